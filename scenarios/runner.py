"""Plays a scenario step by step through a `send` port and says what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scenarios.answers import Answer, Body, Send, Unreachable
from scenarios.expressions import Context, Unresolved
from scenarios.model import Action, Scenario, Step, Workflow

STEP_LIMIT = 500
"""How many steps one run may take: an endless goto ends here."""

Status = Literal["passed", "failed"]


@dataclass(frozen=True, slots=True)
class StepResult:
    """One attempt at one step. `faults` are the criteria not met, or why nothing could be sent."""

    step: Step
    faults: tuple[str, ...]
    seconds: float
    attempt: int = 1
    answer: Answer | None = None
    retried: bool = False
    """Failed, but its action said to try again."""

    @property
    def status(self) -> Status:
        """Passed when nothing was wrong."""
        return "failed" if self.faults else "passed"


@dataclass(slots=True)
class Run:
    """One workflow played to its end."""

    scenario: Scenario
    workflow: Workflow
    results: list[StepResult] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        """Passed when nothing was wrong."""
        return "failed" if self.faults else "passed"


Watch = Callable[[StepResult], None]


class Runner:
    """Plays scenarios. `pause` waits before a retry; `watch` hears of every attempt as it ends."""

    def __init__(
        self, send: Send, *, pause: Callable[[float], None] = time.sleep, watch: Watch = lambda result: None
    ) -> None:
        self._send = send
        self._pause = pause
        self._watch = watch

    def run(self, scenario: Scenario, inputs: Mapping[str, Any] | None = None) -> list[Run]:
        """Every workflow of the document, those depended on first; nothing runs after a failed dependency."""
        runs: dict[str, Run] = {}
        for name in scenario.workflows:
            self._run_with_dependencies(scenario, name, inputs or {}, runs)
        return list(runs.values())

    def _run_with_dependencies(
        self, scenario: Scenario, name: str, inputs: Mapping[str, Any], runs: dict[str, Run]
    ) -> None:
        if name in runs:
            return
        workflow = scenario.workflows[name]
        for needed in workflow.depends_on:
            self._run_with_dependencies(scenario, needed, inputs, runs)
        broken = [needed for needed in workflow.depends_on if runs[needed].faults]
        if broken:
            runs[name] = Run(
                scenario, workflow, faults=[f"{needed}, on which this depends, failed" for needed in broken]
            )
        else:
            runs[name] = self._play(scenario, workflow, inputs, runs)

    def _play(
        self, scenario: Scenario, workflow: Workflow, inputs: Mapping[str, Any], runs: Mapping[str, Run]
    ) -> Run:
        started = time.perf_counter()
        earlier = {name: {"outputs": run.outputs, "inputs": inputs} for name, run in runs.items()}
        sources = {name: {"url": str(path)} for name, path in scenario.sources.items()}
        context = Context({**workflow.inputs, **inputs}, workflows=earlier, sources=sources)
        run = Run(scenario, workflow)
        _Play(self, run, context).go()
        if not run.faults:
            run.faults += _keep(workflow.outputs, context, run.outputs)
        run.seconds = time.perf_counter() - started
        return run

    def attempt(self, run: Run, step: Step, context: Context, attempt: int) -> StepResult:
        """Call the step's operation, or play its workflow, and judge the answer."""
        started = time.perf_counter()
        context.answer = None
        try:
            if step.workflow:
                faults = self._call_workflow(run, step, context)
            else:
                context.answer = self._call(step, context)
                faults = _judge(step, context)
        except (Unresolved, Unreachable) as reason:
            faults = [str(reason)]
        return StepResult(step, tuple(faults), time.perf_counter() - started, attempt, context.answer)

    def _call(self, step: Step, context: Context) -> Answer:
        parameters = [
            parameter._replace(value=context.fill(parameter.value)) for parameter in step.parameters
        ]
        body = step.body and Body(step.body.content_type, context.fill(step.body.payload))
        return self._send(step.operation, parameters, body)

    def _call_workflow(self, run: Run, step: Step, context: Context) -> list[str]:
        inputs = {**context.inputs, **{p.name: context.fill(p.value) for p in step.parameters}}
        called = self._play(run.scenario, run.scenario.workflows[step.workflow], inputs, {})
        context.steps[step.id] = called.outputs
        context.outputs = called.outputs
        return [*called.faults, *_judge(step, context)]

    def pause(self, seconds: float) -> None:
        """Wait before trying again."""
        if seconds > 0:
            self._pause(seconds)

    def watch(self, result: StepResult) -> None:
        """Tell whoever watches."""
        self._watch(result)


class _Play:
    """Where one workflow run stands."""

    def __init__(self, runner: Runner, run: Run, context: Context) -> None:
        self.runner = runner
        self.run = run
        self.context = context
        self.order = {step.id: n for n, step in enumerate(run.workflow.steps)}
        self.retries: dict[tuple[str, str], int] = {}

    def go(self) -> None:
        position: int | None = 0
        for _ in range(STEP_LIMIT):
            if position is None or position >= len(self.run.workflow.steps):
                return
            position = self.take(position)
        self.run.faults.append(f"stopped after {STEP_LIMIT} steps: the workflow goes in circles")

    def take(self, position: int) -> int | None:
        """Play one step; the next position, or None at the end."""
        step = self.run.workflow.steps[position]
        attempts = 1 + sum(count for (name, _), count in self.retries.items() if name == step.id)
        result = self.runner.attempt(self.run, step, self.context, attempts)
        if not result.faults:
            kept: dict[str, Any] = dict(self.context.steps.get(step.id, {}))
            missing = _keep(step.outputs, self.context, kept)
            self.context.steps[step.id] = kept
            result = StepResult(step, tuple(missing), result.seconds, attempts, result.answer)
        return self.after(step, position, result)

    def after(self, step: Step, position: int, result: StepResult) -> int | None:
        actions = step.on_failure if result.faults else step.on_success
        action = next((action for action in actions if self.chosen(step, action)), None)
        again = bool(result.faults) and action is not None and action.type != "end"
        self.note(
            StepResult(step, result.faults, result.seconds, result.attempt, result.answer, retried=again)
        )
        if action is None or action.type == "end":
            if result.faults:
                self.run.faults += [f"{step.id}: {fault}" for fault in result.faults]
                return None
            return None if action else position + 1
        return self.follow(step, position, action)

    def chosen(self, step: Step, action: Action) -> bool:
        """Whether an action is to be taken: its criteria are met, and it was not retried to its limit."""
        exhausted = action.type == "retry" and self.retries.get((step.id, action.name), 0) >= action.limit
        return not exhausted and action.applies(self.context)

    def follow(self, step: Step, position: int, action: Action) -> int | None:
        if action.type == "retry":
            key = step.id, action.name
            self.retries[key] = self.retries.get(key, 0) + 1
            self.runner.pause(action.after)
            if action.step:
                between = self.run.workflow.steps[self.order[action.step]]
                self.note(self.runner.attempt(self.run, between, self.context, 1))
            return position
        if action.workflow:
            workflow = self.run.scenario.workflows[action.workflow]
            self.run.faults += self.runner._play(self.run.scenario, workflow, self.context.inputs, {}).faults
            return None
        return self.order[action.step]

    def note(self, result: StepResult) -> None:
        self.run.results.append(result)
        self.runner.watch(result)


def _judge(step: Step, context: Context) -> list[str]:
    """The criteria not met; without any, an answer of the 2xx family is a success."""
    if not step.criteria and context.answer is not None and not 200 <= context.answer.status < 300:
        return [f"expected a success, got {context.answer.status}"]
    return [reason for criterion in step.criteria if (reason := criterion.unmet(context))]


def _keep(outputs: Mapping[str, str], context: Context, kept: dict[str, Any]) -> list[str]:
    """Resolve outputs into `kept`; the reasons for those that have no value."""
    faults = []
    for name, expression in outputs.items():
        try:
            kept[name] = context.fill(expression)
        except Unresolved as missing:
            faults.append(f"output {name}: {missing}")
    return faults
