"""Below rows that are somebody's: what a caller does not see, they neither read further nor change."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from sandbox.contract.document import load, operations
from tests.conftest import Api
from tests.system.rows import caller_of, guarded_resources, listed

NOBODY = "00000000-0000-4000-8000-000000000000"
VALUES = {"roleName": "staff"}
CLOSED = {(403, "INSUFFICIENT_SCOPE"), (401, "AUTHENTICATION_REQUIRED")}
NOT_THERE = (404, "RESOURCE_NOT_FOUND")
COMPONENTS = load("platform")["components"]["schemas"]


class Below(NamedTuple):
    """An operation on a row, or on something that belongs to it."""

    name: str
    method: str
    path: str
    body: Any


def below(collection: str) -> Iterator[Below]:
    """All operations under one row of the collection but the plain reading of it."""
    for path, method, operation in operations(load("platform")):
        if path.startswith(f"{collection}/{{") and (
            method != "get" or path.count("/") > collection.count("/") + 1
        ):
            yield Below(operation["operationId"], method.upper(), path, _body(operation))


def _body(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if operation["operationId"] == "moveBreak":
        return {"startsAt": "2026-12-01T10:00:00Z", "endsAt": "2026-12-01T11:00:00Z"}
    if operation["operationId"].startswith("update"):
        return {"metadata": {"seen": "no"}}
    schema = content["schema"]
    schema = COMPONENTS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return content.get("example", schema.get("example", {}))


def rows(api: Api, caller: Api, name: str) -> dict[str, tuple[str, set[str]]]:
    """By collection: what is kept in it, and which of those are the caller's."""
    found = {
        collection: (resource.name, listed(caller, collection) or set())
        for collection, resource in guarded_resources().items()
    }
    if name == "partner-other":
        return found
    find, person = api.workspace.store.find, caller.get("/api/v1/me").json()["id"]
    mine = found["/api/v1/registrations"][1]
    found["/api/v1/tickets"] = ("ticket", {t["id"] for t in find("ticket") if t["registrationId"] in mine})
    for path, kind in (("consents", "consent"), ("opt-outs", "opt_out")):
        own = {each["id"] for each in find(kind) if each["subject"]["id"] == person}
        found[f"/api/v1/privacy/{path}"] = (kind, own)
    return found


def foreign(api: Api, kind: str, own: set[str]) -> list[str]:
    """Ids that the caller is not shown: one for each status."""
    chosen: dict[Any, str] = {}
    for each in api.workspace.store.find(kind):
        if each["id"] not in own and each.get("status") != "erased":
            chosen.setdefault(each.get("status"), each["id"])
    return list(chosen.values())[:5]


def filled(api: Api, path: str, key: str) -> str:
    """The path with the row's id and those of things that belong to it."""
    first, *others = re.findall(r"{(\w+)}", path)
    filled_path = path.replace(f"{{{first}}}", key)
    for name in others:
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Id")).lower()
        children = api.workspace.store.find(kind) if name.endswith("Id") else []
        mine = [child["id"] for child in children if child.get(first) == key]
        filled_path = filled_path.replace(f"{{{name}}}", VALUES.get(name) or (mine or [NOBODY])[0])
    return filled_path


def answer_to(caller: Api, asked: Below, url: str) -> tuple[int, str]:
    """Status and code."""
    headers = {"Idempotency-Key": asked.name} | ({"If-Match": "*"} if asked.method == "PUT" else {})
    answer = caller.request(asked.method, url, json=asked.body, headers=headers)
    return answer.status_code, answer.json().get("error", {}).get("code", "") if answer.content else ""


@pytest.mark.parametrize("name", ["attendee", "attendee_other", "speaker", "partner-other"])
def test_nothing_below_a_row_that_is_not_shown(api: Api, name: str) -> None:
    caller, wrong, asked_for = caller_of(api, name), [], 0
    for collection, (kind, own) in rows(api, caller, name).items():
        for key in foreign(api, kind, own):
            for asked in below(collection):
                url = filled(api, asked.path, key)
                found = answer_to(caller, asked, url)
                asked_for += found not in CLOSED
                if found != NOT_THERE and found not in CLOSED:
                    wrong.append(f"{asked.name} {asked.method} {url}: {found}")
    assert "\n".join(wrong) == ""
    assert asked_for >= 20


def under_another(api: Api, path: str) -> str | None:
    """The path of a thing that exists, under a row that it does not belong to; None where there is none."""
    first, *_, last = re.findall(r"{(\w+)}", path)
    parent, child = (
        re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Id")).lower() for name in (first, last)
    )
    find = api.workspace.store.find
    for thing in find(child):
        others = [row["id"] for row in find(parent, limit=5) if row["id"] != thing.get(first)]
        if first in thing and others:
            middle = path.replace(f"{{{first}}}", others[0]).replace(f"{{{last}}}", thing["id"])
            return middle.format_map(defaultdict(lambda: NOBODY, thing))
    return None


def test_nothing_is_found_under_what_it_does_not_belong_to(api: Api) -> None:
    wrong, asked_for = [], 0
    for path, method, operation in operations(load("platform")):
        url = under_another(api, path) if path.count("{") > 1 else None
        if url is not None:
            asked = Below(operation["operationId"], method.upper(), url, _body(operation))
            found = answer_to(api, asked, url)
            asked_for += 1
            if found != NOT_THERE:
                wrong.append(f"{asked.name} {asked.method} {url}: {found}")
    assert "\n".join(wrong) == ""
    assert asked_for > 20
