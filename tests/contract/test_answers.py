"""What is answered is what the contract names: nothing comes that a strict client would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.contract.document import load
from tests.conftest import Api

Schema = Mapping[str, Any]
FIXTURES = {
    "jobId": "batch_job",
    "scheduleId": "batch_schedule",
    "seriesId": "event_series",
    "holdId": "slot_hold",
    "requestId": "privacy_request",
    "codeId": "promo_code",
}
"""Parameters that are not called like the kind of their fixtures."""


def resolved(schema: Schema, document: Schema) -> Schema:
    """Behind all references."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].split("/")[1:]:
            found = found[part]
        schema = found
    return schema


def members(schema: Schema, document: Schema) -> tuple[dict[str, Schema], bool]:
    """What an object may hold by name, and whether it may hold anything else."""
    schema = resolved(schema, document)
    parts = [part for word in ("allOf", "oneOf", "anyOf") for part in schema.get(word, ())]
    named: dict[str, Schema] = {}
    is_open = bool(schema.get("additionalProperties")) or not (parts or "properties" in schema)
    for part in parts:
        others, other_is_open = members(part, document)
        named, is_open = {**others, **named}, is_open or other_is_open
    return {**named, **schema.get("properties", {})}, is_open


def unnamed(value: Any, schema: Schema, document: Schema, place: str) -> Iterator[str]:
    """Places of members that the schema does not name."""
    if isinstance(value, dict):
        named, is_open = members(schema, document)
        for name, member in value.items():
            if name in named:
                yield from unnamed(member, named[name], document, f"{place}.{name}")
            elif not is_open:
                yield f"{place}.{name}"
    elif isinstance(value, list):
        for item in value:
            yield from unnamed(item, resolved(schema, document).get("items", {}), document, f"{place}[]")


def readings(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Path, operationId and schema of every answer that is read as JSON and ends."""
    for path, item in document["paths"].items():
        reading = item.get("get")
        content = reading and resolved(reading["responses"].get("200", {}), document).get("content", {})
        if content and "application/json" in content and "/wait" not in path:
            yield path, reading["operationId"], content["application/json"].get("schema", {})


def fixtures(api: Api) -> dict[str, str]:
    """An id of each kind that has a named fixture."""
    found: dict[str, str] = {}
    for page in range(1, 5):
        listed = api.control.get("/sandbox/v1/fixtures", params={"page": page, "pageSize": 100}).json()
        for fixture in listed["data"]:
            found.setdefault(fixture["type"], fixture["id"])
    return found


@pytest.mark.parametrize("name", ["platform", "control"])
def test_nothing_is_answered_that_the_contract_does_not_name(api: Api, name: str) -> None:
    document, known = load(name), fixtures(api)
    clients = [api, api.control, api.as_("internal-demo"), api.persona("admin")]
    seen, strange = 0, set()

    def id_of(parameter: re.Match[str]) -> str:
        plain = re.sub(r"([A-Z])", lambda letter: f"_{letter[0].lower()}", parameter[1].removesuffix("Id"))
        return known.get(FIXTURES.get(parameter[1], plain), "00000000-0000-4000-8000-000000000000")

    for path, operation, schema in readings(document):
        answers = (client.get(re.sub(r"{(\w+)}", id_of, path)) for client in clients)
        answer = next((each for each in answers if each.status_code not in (401, 403)), None)
        if answer is not None and answer.status_code == 200:
            seen += 1
            strange |= set(unnamed(answer.json(), schema, document, operation))
    assert not strange
    assert seen > 20
