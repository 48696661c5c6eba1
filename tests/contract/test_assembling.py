"""Parts that say something which cannot be meant are refused by the place of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.contract.assemble import PartFault, add_part

EMPTY = {"paths": {}}
PART = """
tag: Things
description: What there is.
schemas:
  Thing:
    type: object
    properties:
      name: {{type: string, {said}}}
"""


def assembled(folder: Path, said: str) -> None:
    part = folder / "things.yaml"
    part.write_text(PART.format(said=said), encoding="utf-8")
    add_part({**EMPTY, "components": {"schemas": {}}, "tags": []}, part)


class TestKeysWithoutAValue:
    def test_text_with_a_comma_that_is_not_quoted_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PartFault, match=r"things\.yaml: .*/schemas/Thing/properties/name/or nick name;"):
            assembled(tmp_path, "description: First name, or nick name")

    def test_inside_a_list_too(self, tmp_path: Path) -> None:
        with pytest.raises(PartFault, match=r"/schemas/Thing/properties/name/oneOf/0/maxLength"):
            assembled(tmp_path, "oneOf: [{type: string, maxLength}]")

    @pytest.mark.parametrize(
        "said",
        [
            'description: "First name, or nick name"',
            "nullable: true, default: null",
            "example: {givenName: Teller, familyName: null}",
            "enum: [a, null]",
        ],
    )
    def test_what_is_meant_stays(self, tmp_path: Path, said: str) -> None:
        assembled(tmp_path, said)


class TestErrors:
    def test_a_code_that_no_error_has_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "things.yaml"
        path.write_text("tag: Things\npaths: {/things: {get: {errors: [TOO_GREEN]}}}\n", encoding="utf-8")

        with pytest.raises(PartFault, match=r"things\.yaml: no error has the code TOO_GREEN"):
            add_part(EMPTY, path)
