"""Reads an Arazzo document and reports all its faults at once, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scenarios.answers import Body, Parameter
from scenarios.checking import reference_faults
from scenarios.criteria import parse_criterion
from scenarios.descriptions import LOADER
from scenarios.model import Action, Scenario, Step, Workflow
from scenarios.shape import Fault, shape_faults

SUFFIX = ".arazzo.yaml"


class WrongScenario(ValueError):
    """Every fault of one document, each with its place."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        super().__init__(f"{path.name}: " + "; ".join(f"{place} {what}" for place, what in faults))
        self.path = path
        self.faults = faults


def read_scenario(path: Path) -> Scenario:
    """Raises WrongScenario with every fault."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise WrongScenario(path, [("#", f"cannot be read: {fault}")]) from None
    faults = list(shape_faults(document)) or list(reference_faults(document, path.parent))
    if faults:
        raise WrongScenario(path, faults)
    return _scenario(path, document)


def find_scenarios(directory: Path) -> list[Path]:
    """The documents of a directory, by name."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _scenario(path: Path, document: Mapping[str, Any]) -> Scenario:
    info, components = document["info"], document.get("components", {})
    default = document["sourceDescriptions"][0]["name"]
    workflows = [_workflow(raw, components, default) for raw in document["workflows"]]
    return Scenario(
        path.name.removesuffix(SUFFIX),
        path,
        info["title"],
        (info.get("summary") or info.get("description", "")).strip(),
        {
            source["name"]: (path.parent / source["url"]).resolve()
            for source in document["sourceDescriptions"]
        },
        {workflow.id: workflow for workflow in workflows},
    )


def _workflow(raw: Mapping[str, Any], components: Mapping[str, Any], default: str) -> Workflow:
    properties = raw.get("inputs", {}).get("properties", {})
    return Workflow(
        raw["workflowId"],
        raw.get("summary", ""),
        raw.get("description", "").strip(),
        {name: schema["default"] for name, schema in properties.items() if "default" in schema},
        tuple(raw.get("dependsOn", ())),
        tuple(_step(step, raw, components, default) for step in raw["steps"]),
        dict(raw.get("outputs", {})),
    )


def _step(
    raw: Mapping[str, Any], workflow: Mapping[str, Any], components: Mapping[str, Any], default: str
) -> Step:
    body = raw.get("requestBody")
    return Step(
        raw["stepId"],
        raw.get("description", "").strip(),
        _operation(raw.get("operationId", ""), default),
        raw.get("workflowId", ""),
        _parameters([*workflow.get("parameters", ()), *raw.get("parameters", ())], components),
        Body(body.get("contentType", "application/json"), body.get("payload")) if body else None,
        tuple(parse_criterion(criterion) for criterion in raw.get("successCriteria", ())),
        _actions(raw.get("onSuccess", workflow.get("successActions", ())), components),
        _actions(raw.get("onFailure", workflow.get("failureActions", ())), components),
        dict(raw.get("outputs", {})),
    )


def _operation(text: str, default: str) -> str:
    """`$sourceDescriptions.control.resetWorkspace` or `resetWorkspace` as `<source>.<operationId>`."""
    if not text:
        return ""
    return text.removeprefix("$sourceDescriptions.") if text.startswith("$") else f"{default}.{text}"


def _parameters(raw: list[Mapping[str, Any]], components: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Workflow parameters first: a step's own of the same name and place replaces them."""
    merged: dict[tuple[str, str], Parameter] = {}
    for entry in raw:
        whole = {**_component(entry, components), **entry}
        parameter = Parameter(whole["name"], whole.get("in", "query"), whole["value"])
        merged[parameter.name, parameter.place] = parameter
    return tuple(merged.values())


def _actions(raw: Any, components: Mapping[str, Any]) -> tuple[Action, ...]:
    wholes = [{**_component(entry, components), **entry} for entry in raw]
    return tuple(
        Action(
            whole["name"],
            whole["type"],
            whole.get("stepId", ""),
            whole.get("workflowId", ""),
            float(whole.get("retryAfter", 0)),
            int(whole.get("retryLimit", 1)),
            tuple(parse_criterion(criterion) for criterion in whole.get("criteria", ())),
        )
        for whole in wholes
    )


def _component(entry: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    if "reference" not in entry:
        return {}
    _, group, name = entry["reference"].split(".", 2)
    found: Mapping[str, Any] = components[group][name]
    return found
