"""What each room brings: handlers, resources, kinds, jobs, effects and reactions, found by their names."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from sandbox.contract.parameters import snake
from sandbox.gateway.forms import Form
from sandbox.kernel.agenda import Effect, Rule
from sandbox.kernel.documents import Kind
from sandbox.kernel.gates import Gate
from sandbox.kernel.workspace import Reaction, Reactions
from sandbox.platform.operations import Operations
from sandbox.platform.resource import Resource

Handler = Callable[..., Any]


class Rooms:
    """The modules of some packages, read once."""

    def __init__(self, *packages: ModuleType) -> None:
        self.modules = {
            f"{package.__name__}.{found.name}": importlib.import_module(f"{package.__name__}.{found.name}")
            for package in packages
            for found in pkgutil.iter_modules(package.__path__)
        }

    def handler(self, package: str, tag: str, operation_id: str) -> Handler | None:
        """The function of the tag's module, or the generic verb of one of its resources."""
        module = self.modules.get(f"{package}.{module_name(tag)}")
        if module is None:
            return None
        name = snake(operation_id)
        own = getattr(module, name, None)
        if inspect.isfunction(own) and own.__module__ == module.__name__:
            return own
        for resource in _resources(module):
            generic = resource.verbs().get(name)
            if generic is not None:
                return generic
        return None

    def handlers(self, package: str, tags: list[str]) -> Iterator[str]:
        """`tag.function` of every function that takes a call."""
        for tag in tags:
            module = self.modules.get(f"{package}.{module_name(tag)}")
            for name, function in vars(module).items() if module is not None else ():
                if name[0] != "_" and _is_handler(module, function):
                    yield f"{tag}.{name}"

    def resources(self) -> dict[str, Resource]:
        """By the schema of their representation."""
        return {
            resource.schema: resource for module in self.modules.values() for resource in _resources(module)
        }

    def kinds(self) -> list[Kind]:
        """Of resources and of KINDS."""
        declared = [kind for module in self.modules.values() for kind in getattr(module, "KINDS", ())]
        return [resource.kind for resource in self.resources().values()] + declared

    def forms(self) -> dict[str, Mapping[str, Form]]:
        """FORMS of all modules: operation -> form -> what makes it of the handler's result."""
        return {
            operation: forms
            for module in self.modules.values()
            for operation, forms in getattr(module, "FORMS", {}).items()
        }

    def rules(self) -> dict[str, Rule]:
        """JOBS of all modules."""
        return {
            name: job for module in self.modules.values() for name, job in getattr(module, "JOBS", {}).items()
        }

    def effects(self) -> dict[str, Effect]:
        """EFFECTS of all modules."""
        return {
            name: job
            for module in self.modules.values()
            for name, job in getattr(module, "EFFECTS", {}).items()
        }

    def gates(self) -> dict[str, Gate]:
        """GATES of all modules: what holds the effects of a job back."""
        return {
            name: gate
            for module in self.modules.values()
            for name, gate in getattr(module, "GATES", {}).items()
        }

    def workers(self, operations: Operations) -> dict[str, Effect]:
        """WORKERS of all modules: effects that perform operations of the API on a caller's behalf."""
        return {
            name: partial(work, operations)
            for module in self.modules.values()
            for name, work in getattr(module, "WORKERS", {}).items()
        }

    def reactions(self) -> Reactions:
        """REACTIONS of all modules, by type of event."""
        found: dict[str, list[Reaction]] = {}
        for module in self.modules.values():
            for event, reaction in getattr(module, "REACTIONS", {}).items():
                found.setdefault(event, []).append(reaction)
        return found


def module_name(tag: str) -> str:
    """`Ticket types` -> `ticket_types`."""
    return tag.lower().replace("&", "and").replace("-", " ").replace(" ", "_")


def _resources(module: ModuleType) -> list[Resource]:
    return [value for value in vars(module).values() if isinstance(value, Resource)]


def _is_handler(module: ModuleType | None, function: Any) -> bool:
    if not inspect.isfunction(function) or module is None or function.__module__ != module.__name__:
        return False
    return "call" == next(iter(inspect.signature(function).parameters), None)
