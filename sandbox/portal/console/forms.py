"""Forms that are answered where they stand: what was filled in, and what the API says is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sandbox.portal.console.desk import Answer


class Filled(NamedTuple):
    """A form as it was sent; blank to begin with."""

    values: dict[str, str] = {}
    code: str = ""
    message: str = ""
    faults: dict[str, list[str]] = {}
    """By the field they are about; under the empty name those about none."""


def refused_form(answer: Answer, values: dict[str, str], fields: Collection[str]) -> Filled:
    """The form as it was filled in, with the API's words; fields are named as the members they become."""
    error = answer.error
    found: dict[str, list[str]] = {}
    for fault in error.get("errors") or [_whole(error)]:
        member = fault["target"] or ""
        field = member.split("/")[1] if member.startswith("/") else member
        said = f"{member}: {fault['message']}" if member else fault["message"]
        found.setdefault(field if field in fields else "", []).append(said)
    return Filled(values, error["code"], error["message"], found)


def _whole(error: Mapping[str, Any]) -> dict[str, Any]:
    return {"target": error["target"], "message": error.get("details") or error["message"]}
