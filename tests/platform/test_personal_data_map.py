"""The map of personal data is complete: what a schema names like personal data is declared, or excused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.contract.document import load
from sandbox.platform.personal_data import HOLDINGS, NOT_A_PERSON
from tests.conftest import Server

PERSONAL = re.compile(
    r"(e[mM]ail|receiptEmail|contactEmail|(given|family|first|last|display|badge|full)Name|phone|mobile"
    r"|birthDate|dateOfBirth|nationalId|gender|photoUrl|avatarUrl|dietary|accessibilityNeeds)"
)
IN_ORDERS = "items."
"""Lines of an order name attendees, who may be others: each is found by their own address."""


def properties(schema: Mapping[str, Any], components: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Dotted paths of all properties, through references; lists are not told apart from their items."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", ()):
        yield from properties(part, components, path)
    if "items" in schema:
        yield from properties(schema["items"], components, path)
    for name, inner in schema.get("properties", {}).items():
        if name == "_links" or inner.get("type") == "boolean":
            continue
        here = f"{path}.{name}" if path else name
        yield here
        yield from properties(inner, components, here)


def undeclared(name: str, schema: Mapping[str, Any], components: Mapping[str, Any]) -> list[str]:
    """Properties that look personal and that the map does not know."""
    if name in NOT_A_PERSON:
        return []
    holding = HOLDINGS.get(name)
    known = set(holding.personal) if holding is not None else set()
    if holding is not None and holding.retained:
        return []
    found = [path for path in properties(schema, components) if PERSONAL.fullmatch(path.rpartition(".")[2])]
    found = [path for path in found if not path.startswith(IN_ORDERS)]
    return [path for path in found if not any(path == each or path.startswith(f"{each}.") for each in known)]


class TestMap:
    def test_knows_every_member_that_looks_personal(self, server: Server) -> None:
        components = load("platform")["components"]["schemas"]
        resources = server.sandbox.gateway.renderer._resources.values()
        missing = {
            resource.name: found
            for resource in resources
            if resource.schema in components
            and (found := undeclared(resource.name, components[resource.schema], components))
        }
        assert missing == {}

    @pytest.mark.parametrize("member", ["email", "firstName", "phone", "birthDate"])
    def test_would_notice_a_new_one(self, member: str) -> None:
        schema = {"properties": {"favourite": {"properties": {member: {"type": "string"}}}}}
        assert undeclared("customer", schema, {}) == [f"favourite.{member}"]
        assert undeclared("something_new", schema, {}) == [f"favourite.{member}"]

    def test_names_members_that_have_a_stand_in_or_may_be_null(self) -> None:
        for holding in HOLDINGS.values():
            assert len(holding.personal) == len(set(holding.personal))
            assert not (holding.retained and holding.personal)
