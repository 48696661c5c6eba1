"""Rows that are somebody's: what a caller's list leaves out is not there for them by its id either."""

from __future__ import annotations

import pytest

from tests.conftest import Api
from tests.system.rows import caller_of, guarded_resources, listed

SAMPLE = 40
GUARDED = ("/api/v1/registrations", "/api/v1/payments", "/api/v1/mappings", "/api/v1/events")


@pytest.mark.parametrize("name", ["attendee", "attendee_other", "speaker", "partner-other"])
def test_what_is_not_listed_is_not_found(api: Api, name: str) -> None:
    guarded, caller, wrong = guarded_resources(), caller_of(api, name), []
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
