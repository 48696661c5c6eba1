"""Rows that are somebody's: what a caller's list leaves out is not there for them by its id either."""

from __future__ import annotations

import sys

import pytest

from sandbox.contract.document import load
from sandbox.platform.resource import Resource
from tests.conftest import Api

SAMPLE = 40


def _guarded() -> dict[str, Resource]:
    """Resources with a row rule that are listed and read at the top of the API, by collection."""
    paths = load("platform")["paths"]
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("sandbox.platform."):
            for each in vars(module).values():
                if isinstance(each, Resource) and each.visible is not None and each.path.count("{") == 1:
                    collection = each.path.rpartition("/")[0]
                    if "get" in paths.get(collection, {}) and "get" in paths.get(each.path, {}):
                        found[collection] = each
    return found


GUARDED = ("/api/v1/registrations", "/api/v1/payments", "/api/v1/mappings", "/api/v1/events")


def listed(caller: Api, collection: str) -> set[str] | None:
    """Ids of all the caller's rows; None if the collection is closed to them."""
    found: set[str] = set()
    for page in range(1, 60):
        answer = caller.get(collection, params={"page": page, "pageSize": 100})
        if answer.status_code == 403:
            return None
        assert answer.status_code == 200, (collection, answer.text)
        rows = answer.json()["data"]
        found |= {row["id"] for row in rows}
        if len(rows) < 100:
            break
    return found


def _caller(api: Api, name: str) -> Api:
    return api.as_(name) if name == "partner-other" else api.persona(name)


@pytest.mark.parametrize("name", ["attendee", "attendee_other", "speaker", "partner-other"])
def test_what_is_not_listed_is_not_found(api: Api, name: str) -> None:
    guarded, caller, wrong = _guarded(), _caller(api, name), []
    assert set(GUARDED) <= set(guarded)
    for collection, resource in guarded.items():
        own = listed(caller, collection)
        if own is None:
            continue
        kept = api.workspace.store.find(resource.name)
        ids = {each["id"] for each in kept if each.get("status") != "erased"}  # of those it says 410
        for foreign in sorted(ids - own)[:SAMPLE]:
            status = caller.get(f"{collection}/{foreign}").status_code
            if status != 404:
                wrong.append(f"{collection}/{foreign}: {status}")
        for mine in sorted(own)[:SAMPLE]:
            status = caller.get(f"{collection}/{mine}").status_code
            if status != 200:
                wrong.append(f"{collection}/{mine}: {status} though listed")
    assert wrong == []
