"""Patterns have names: they are told instead, and their examples keep to them."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from sandbox.contract import patterns
from tests.conftest import Api

BUILT = Path(__file__).parents[2] / "sandbox" / "contract" / "built"
TEXT = "".join((BUILT / name).read_text() for name in ("platform.json", "control.json"))
EXAMPLES = [
    (pattern, example)
    for pattern, name in patterns._NAMES.items()
    if " such as " in name
    for example in name.partition(" such as ")[2].split(" or ")
]


@pytest.mark.parametrize("pattern", patterns._NAMES)
def test_every_named_pattern_stands_in_a_contract(pattern: str) -> None:
    assert orjson.dumps(pattern).decode() in TEXT


@pytest.mark.parametrize(("pattern", "example"), EXAMPLES)
def test_examples_match(pattern: str, example: str) -> None:
    assert re.search(pattern, example)


def test_a_prefix_is_told() -> None:
    assert "id of bin_ and 24 hexadecimal digits" == patterns.name_of("^bin_[0-9a-f]{24}$")


class TestFrontDoor:
    def test_a_member_is_told_what_it_is_not(self, api: Api) -> None:
        wrong = {"name": "Ada", "email": "ada"}
        errors = api.post("/api/v1/customers", json=wrong).json()["error"]["errors"]
        assert '"ada" is not a "email"' in [
            error["message"] for error in errors if error["target"] == "/email"
        ]

    def test_so_is_a_parameter_in_the_language_of_the_caller(self, api: Api) -> None:
        headers = {"Accept-Language": "de"}
        [error] = api.get("/api/v1/bookings?locationId=warsaw", headers=headers).json()["error"]["errors"]
        assert '"warsaw" ist kein gültiger Wert des Formats "uuid"' == error["message"]
