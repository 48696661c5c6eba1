"""Rows that are somebody's: where they are, who asks for them, and what is listed to them."""

from __future__ import annotations

import sys

from sandbox.contract.document import load
from sandbox.platform.resource import Resource
from tests.conftest import Api


def guarded_resources() -> dict[str, Resource]:
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


def caller_of(api: Api, name: str) -> Api:
    return api.as_(name) if name == "partner-other" else api.persona(name)
