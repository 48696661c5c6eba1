"""Messages in every language: complete, with the same values, chosen by what the caller prefers."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest

from sandbox.kernel.errors import BY_CODE
from sandbox.languages.catalogue import LANGUAGES, catalogue, field_message, language_of

OTHERS = LANGUAGES[1:]
PLACE = re.compile(r"\{\w+\}")
FAULTS = [
    ({"type": "object", "required": ["name"]}, {}),
    ({"type": "object", "additionalProperties": False}, {"odd": 1}),
    ({"type": "object", "additionalProperties": False}, {"odd": 1, "odder": 2}),
    ({"minLength": 1}, ""),
    ({"minLength": 2}, "x"),
    ({"maxLength": 1}, "xx"),
    ({"maxLength": 2}, "xxx"),
    ({"type": "string"}, 5),
    ({"type": ["string", "null"]}, 5),
    ({"minimum": 1}, 0),
    ({"maximum": 1}, 2),
    ({"exclusiveMinimum": 1}, 1),
    ({"exclusiveMaximum": 1}, 1),
    ({"multipleOf": 5}, 3),
    ({"enum": ["a", "b"]}, "c"),
    ({"enum": ["a", "b", "c", "d", "e"]}, "f"),
    ({"pattern": "^a$"}, "b"),
    ({"minItems": 1}, []),
    ({"minItems": 2}, [1]),
    ({"maxItems": 1}, [1, 2]),
    ({"maxItems": 2}, [1, 2, 3]),
    ({"uniqueItems": True}, [1, 1]),
    ({"minProperties": 1}, {}),
    ({"minProperties": 2}, {"a": 1}),
    ({"maxProperties": 1}, {"a": 1, "b": 2}),
    ({"maxProperties": 2}, {"a": 1, "b": 2, "c": 3}),
    ({"format": "date-time"}, "soon"),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1),
    ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, 3),
    ({"not": {"type": "string"}}, "x"),
    ({"const": 3}, 4),
]


class TestCatalogues:
    @pytest.mark.parametrize("language", OTHERS)
    def test_every_code_has_a_message(self, language: str) -> None:
        messages = catalogue(language)["messages"]
        assert set(messages) == set(BY_CODE)
        assert all(PLACE.findall(messages[code]) == PLACE.findall(BY_CODE[code].message) for code in messages)
        assert all(text.strip().endswith((".", "。")) for text in messages.values())

    @pytest.mark.parametrize("language", OTHERS)
    def test_no_message_is_left_in_english_or_says_two_things(self, language: str) -> None:
        messages = catalogue(language)["messages"]
        assert not [code for code, text in messages.items() if text == BY_CODE[code].message]
        assert len(set(messages.values())) == len(messages)

    @pytest.mark.parametrize("language", OTHERS)
    def test_messages_of_fields_keep_their_values(self, language: str) -> None:
        fields = catalogue(language)["fields"]
        assert set(fields) == set(catalogue("de")["fields"])
        for template, text in fields.items():
            assert sorted(PLACE.findall(template)) == sorted(PLACE.findall(text)), template

    @pytest.mark.parametrize("language", OTHERS)
    @pytest.mark.parametrize(("schema", "value"), FAULTS)
    def test_whatever_the_validator_says_is_known(self, language: str, schema: Any, value: Any) -> None:
        [fault] = jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(value)
        said = field_message(language, fault.message)
        assert said != fault.message
        assert not PLACE.search(said)

    def test_what_no_template_knows_stays_as_it_is(self) -> None:
        assert field_message("de", "something of its own") == "something of its own"

    def test_braces_in_values_are_no_templates(self) -> None:
        said = field_message("de", '{"a":{"b":1}} is not of type "string"')
        assert said == '{"a":{"b":1}} ist nicht vom Typ "string"'


class TestPreference:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("de", "de"),
            ("de-AT, en;q=0.8", "de"),
            ("PL", "pl"),
            ("fr, ja;q=0.4, en;q=0.3", "ja"),
            ("en;q=0.2, pl;q=0.9", "pl"),
            ("de;q=0, pl", "pl"),
            ("fr", "en"),
            ("*", "en"),
            (";;,,q=1,de;q=oops", "en"),
            ("x" * 5000, "en"),
        ],
    )
    def test_the_best_there_is(self, header: str, language: str) -> None:
        assert language_of(header) == language


class TestAnswers:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_message_is_translated_and_the_code_is_not(self, api: Any, language: str) -> None:
        answer = api.get("/api/v1/events/none", headers={"Accept-Language": f"{language}-XX, en;q=0.1"})
        error = answer.json()["error"]
        english = BY_CODE[error["code"]].message
        assert answer.headers["content-language"] == language
        assert (error["message"] == english) is (language == "en")
        assert "Accept-Language" in answer.headers["vary"]

    def test_faults_of_fields_too(self, api: Any) -> None:
        body = {"name": 5, "format": "hybrid", "timezone": "Europe/Warsaw"}
        answer = api.post("/api/v1/events", json=body, headers={"Accept-Language": "ja"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
        assert {fault["code"] for fault in error["errors"]} == {"VALIDATION_ERROR"}
        assert '5 は "string" 型ではありません' in [fault["message"] for fault in error["errors"]]

    def test_problems_too(self, api: Any) -> None:
        headers = {"Accept-Language": "pl", "Accept": "application/problem+json"}
        problem = api.get("/api/v1/nothing", headers=headers).json()
        assert (problem["code"], problem["title"]) == (
            "ENDPOINT_NOT_FOUND",
            "Pod tą ścieżką nie ma żadnej operacji.",
        )

    def test_without_a_wish_it_is_english(self, api: Any) -> None:
        answer = api.get("/api/v1/nothing")
        assert answer.headers["content-language"] == "en"
        assert answer.json()["error"]["message"] == "No operation lives at this path."
