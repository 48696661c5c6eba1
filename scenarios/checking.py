"""What a well-shaped document can still get wrong: dangling names, unreadable conditions, wrong calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scenarios.conditions import WrongCondition
from scenarios.criteria import looks_at, parse_criterion
from scenarios.descriptions import Operation, load_description
from scenarios.expressions import expressions_in, is_expression, references
from scenarios.shape import IDENTIFIER, Fault

Json = Mapping[str, Any]
_ACTIONS = {"successActions": ("end", "goto"), "failureActions": ("end", "goto", "retry")}


def reference_faults(document: Json, directory: Path) -> Iterator[Fault]:
    """Every fault of a document whose shape is right."""
    if not document["arazzo"].startswith("1.0."):
        yield "#/arazzo", f"is {document['arazzo']}, not 1.0.x"
    descriptions: dict[str, dict[str, Operation]] = {}
    for n, source in enumerate(document["sourceDescriptions"]):
        place = f"#/sourceDescriptions/{n}"
        yield from _identifier_faults(source["name"], place)
        path = (directory / source["url"]).resolve()
        if path.exists():
            descriptions[source["name"]] = load_description(path)
        else:
            yield f"{place}/url", f"{source['url']} does not exist"
    yield from _repeated("workflowId", document["workflows"], "#/workflows")
    for n, workflow in enumerate(document["workflows"]):
        yield from _Checked(document, workflow, descriptions, f"#/workflows/{n}").faults()


class _Checked:
    """One workflow under examination."""

    def __init__(
        self, document: Json, workflow: Json, descriptions: dict[str, dict[str, Operation]], place: str
    ):
        self.workflow = workflow
        self.components = document.get("components", {})
        self.workflows = {entry["workflowId"] for entry in document["workflows"]}
        self.sources = [entry["name"] for entry in document["sourceDescriptions"]]
        self.descriptions = descriptions
        called = {entry["workflowId"]: set(entry.get("outputs", {})) for entry in document["workflows"]}
        self.outputs = {
            step["stepId"]: set(step.get("outputs", {})) | called.get(step.get("workflowId", ""), set())
            for step in workflow["steps"]
        }
        self.inputs = set(workflow.get("inputs", {}).get("properties", {}))
        self.place = place

    def faults(self) -> Iterator[Fault]:
        workflow, place = self.workflow, self.place
        yield from _identifier_faults(workflow["workflowId"], place)
        yield from _repeated("stepId", workflow["steps"], f"{place}/steps")
        for name in workflow.get("dependsOn", ()):
            if name not in self.workflows:
                yield f"{place}/dependsOn", f"there is no workflow {name!r}"
        yield from self.parameters(workflow.get("parameters", ()), f"{place}/parameters")
        yield from self.actions(workflow, "successActions", "successActions", place)
        yield from self.actions(workflow, "failureActions", "failureActions", place)
        for n, step in enumerate(workflow["steps"]):
            yield from self.step(step, f"{place}/steps/{n}")
        yield from self.expressions(workflow.get("outputs", {}), f"{place}/outputs")

    def step(self, step: Json, place: str) -> Iterator[Fault]:
        yield from _identifier_faults(step["stepId"], place)
        called = [key for key in ("operationId", "operationPath", "workflowId") if key in step]
        if len(called) != 1:
            yield place, f"needs exactly one of operationId and workflowId, has {', '.join(called) or 'none'}"
        elif called == ["operationPath"]:
            yield f"{place}/operationPath", "is not supported: name the operation by its operationId"
        elif called == ["workflowId"] and step["workflowId"] not in self.workflows:
            yield f"{place}/workflowId", f"there is no workflow {step['workflowId']!r}"
        elif called == ["operationId"]:
            yield from self.operation(step, place)
        yield from self.parameters(step.get("parameters", ()), f"{place}/parameters")
        yield from self.expressions(
            step.get("requestBody", {}).get("payload"), f"{place}/requestBody/payload"
        )
        yield from self.criteria(step.get("successCriteria", ()), f"{place}/successCriteria")
        yield from self.actions(step, "onSuccess", "successActions", place)
        yield from self.actions(step, "onFailure", "failureActions", place)
        yield from self.expressions(step.get("outputs", {}), f"{place}/outputs")

    def operation(self, step: Json, place: str) -> Iterator[Fault]:
        source, _, name = step["operationId"].removeprefix("$sourceDescriptions.").rpartition(".")
        source = source or self.sources[0]
        if source not in self.sources:
            yield f"{place}/operationId", f"there is no source description {source!r}"
        elif source in self.descriptions:
            operation = self.descriptions[source].get(name)
            if operation is None:
                yield f"{place}/operationId", f"{source} has no operation {name!r}"
            else:
                yield from self.call(step, operation, place)

    def call(self, step: Json, operation: Operation, place: str) -> Iterator[Fault]:
        """Whether the operation's required parameters are given and no other but headers."""
        entries = [*self.workflow.get("parameters", ()), *step.get("parameters", ())]
        wholes = [{**self.component(entry), **entry} for entry in entries]
        given = {(str(whole.get("name")), str(whole.get("in", "query"))) for whole in wholes}
        for (name, where), required in operation.parameters.items():
            if required and (name, where) not in given:
                yield f"{place}/parameters", f"{operation.id} needs the {where} parameter {name!r}"
        for name, where in sorted((n, w) for n, w in given if w in ("path", "query")):
            if (name, where) not in operation.parameters:
                yield f"{place}/parameters", f"{operation.id} has no {where} parameter {name!r}"
        if operation.body_required and "requestBody" not in step:
            yield place, f"{operation.id} needs a request body"

    def parameters(self, raw: Any, place: str) -> Iterator[Fault]:
        for n, entry in enumerate(raw):
            if "reference" in entry and not self.component(entry):
                yield f"{place}/{n}", f"{entry['reference']} points nowhere"
                continue
            whole = {**self.component(entry), **entry}
            missing = [key for key in ("name", "value") if key not in whole]
            if missing:
                yield f"{place}/{n}", f"{' and '.join(missing)} is missing"
            yield from self.expressions(whole.get("value"), f"{place}/{n}/value")

    def criteria(self, raw: Any, place: str) -> Iterator[Fault]:
        for n, criterion in enumerate(raw):
            try:
                parse_criterion(criterion)
                yield from self.known(looks_at(criterion), f"{place}/{n}")
            except WrongCondition as fault:
                yield f"{place}/{n}/condition", str(fault)

    def actions(self, holder: Json, key: str, group: str, place: str) -> Iterator[Fault]:
        for n, entry in enumerate(holder.get(key, ())):
            here = f"{place}/{key}/{n}"
            action = {**self.component(entry), **entry}
            if "type" not in action:
                yield here, f"{entry['reference']} points nowhere"
                continue
            if action["type"] not in _ACTIONS[group]:
                yield f"{here}/type", f"must be one of {', '.join(_ACTIONS[group])}"
            if action.get("stepId", next(iter(self.outputs))) not in self.outputs:
                yield f"{here}/stepId", f"there is no step {action['stepId']!r}"
            if action.get("workflowId", next(iter(self.workflows))) not in self.workflows:
                yield f"{here}/workflowId", f"there is no workflow {action['workflowId']!r}"
            if action["type"] == "goto" and ("stepId" in action) == ("workflowId" in action):
                yield here, "goto needs one of stepId and workflowId"
            yield from self.criteria(action.get("criteria", ()), f"{here}/criteria")

    def expressions(self, template: Any, place: str) -> Iterator[Fault]:
        yield from self.known(expressions_in(template), place)

    def known(self, expressions: list[str], place: str) -> Iterator[Fault]:
        for expression in expressions:
            points_at = references(expression)
            if not is_expression(expression):
                yield place, f"{expression} is not a runtime expression"
            elif points_at.step and points_at.output not in self.outputs.get(points_at.step, ()):
                yield place, f"{expression} points at an output that no step has"
            elif points_at.input and points_at.input not in self.inputs:
                yield place, f"{expression} points at an input that is not declared"
            elif points_at.workflow and points_at.workflow not in self.workflows:
                yield place, f"{expression} points at a workflow that is not there"
            elif points_at.source and points_at.source not in self.sources:
                yield place, f"{expression} points at a source that is not there"

    def component(self, entry: Json) -> Json:
        parts = str(entry.get("reference", "")).split(".", 2)
        found: Json = self.components.get(parts[1], {}).get(parts[2], {}) if len(parts) == 3 else {}
        return found


def _identifier_faults(text: str, place: str) -> Iterator[Fault]:
    if not IDENTIFIER.match(text):
        yield place, f"{text!r} may hold letters, digits, - and _ only"


def _repeated(key: str, entries: list[Json], place: str) -> Iterator[Fault]:
    for name, count in Counter(entry[key] for entry in entries).items():
        if count > 1:
            yield place, f"{key} {name!r} is used {count} times"
