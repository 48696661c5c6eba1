"""The shape of the contract: paths without ambiguity, names that an SDK can use."""

import re
from collections import defaultdict
from typing import Any

import pytest

from sandbox.contract.document import load, operations
from sandbox.contract.references import referred

DOCUMENTS = ("platform", "control")


@pytest.fixture(name="document", params=DOCUMENTS)
def _document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


class TestPaths:
    def test_no_word_stands_beside_a_parameter(self, document: dict[str, Any]) -> None:
        """`/events/{eventId}` and `/events/search` could not be told apart by every router."""
        beside = defaultdict(set)
        for path in document["paths"]:
            parts = path.split("/")
            for place, part in enumerate(parts):
                beside["/".join(parts[:place])].add("{}" if part.startswith("{") else part)

        assert [] == [parent for parent, parts in beside.items() if "{}" in parts and len(parts) > 1]

    def test_a_parameter_is_called_the_same_in_every_path(self, document: dict[str, Any]) -> None:
        names = defaultdict(set)
        for path in document["paths"]:
            for found in re.finditer(r"{(\w+)}", path):
                names[re.sub(r"{\w+}", "{}", path[: found.start()])].add(found[1])

        assert {} == {parent: called for parent, called in names.items() if len(called) > 1}


class TestOperations:
    def test_an_operation_id_is_a_camel_case_verb_and_noun(self, document: dict[str, Any]) -> None:
        ids = [operation["operationId"] for _, _, operation in operations(document)]

        assert [] == [each for each in ids if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", each)]
        assert len(ids) == len(set(ids))

    def test_every_success_of_a_read_has_a_schema(self, document: dict[str, Any]) -> None:
        bare = [
            f"{method} {path}"
            for path, method, operation in operations(document)
            if method == "get" and not any("content" in each for each in operation["responses"].values())
        ]

        assert [] == bare


class TestSchemas:
    """Each is a class in a client that is generated from the document."""

    def test_each_is_led_to_by_something(self, document: dict[str, Any]) -> None:
        assert set() == document["components"]["schemas"].keys() - set(referred(document))

    def test_an_object_elsewhere_is_not_referred_to_with_a_default_of_its_own(
        self, document: dict[str, Any]
    ) -> None:
        """Generators have no class for "that one, only with another default", and leave out who needs it."""
        assert [] == [
            f"{name}.{member}"
            for name, schema in document["components"]["schemas"].items()
            for member, said in schema.get("properties", {}).items()
            if "default" in said and "allOf" in said
        ]
