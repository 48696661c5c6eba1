"""Idempotency keys: one effect, one answer."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import Api

PATH = "/api/v1/customers"
BODY = {"givenName": "Maria", "email": "maria.keys@sandbox.example"}
SOLD_OUT = {
    "eventId": "e1000000-0000-4000-8000-000000000003",
    "contact": {"name": "Ada", "email": "ada.keys@sandbox.example"},
    "items": [{"ticketTypeId": "e3000000-0000-4000-8000-000000000010"}],
    "consents": [{"purpose": "terms", "granted": True}],
}


def post(api: Api, key: str, body: Any = None) -> Any:
    return api.post(PATH, json=body or BODY, headers={"Idempotency-Key": key})


def customers(api: Api) -> int:
    with api.workspace.transaction() as tx:
        return tx.count("customer")


class TestKeys:
    def test_the_second_answer_is_the_first_one_again(self, api: Api) -> None:
        before = customers(api)
        first, second = post(api, "k"), post(api, "k")

        assert (201, first.content) == (second.status_code, second.content)
        assert "true" == second.headers["Idempotent-Replayed"]
        assert first.headers["ETag"] == second.headers["ETag"]
        assert "Idempotent-Replayed" not in first.headers
        assert before + 1 == customers(api)

    def test_another_body_is_refused(self, api: Api) -> None:
        post(api, "k")
        answer = post(api, "k", {**BODY, "givenName": "Anna"})
        assert (422, "IDEMPOTENCY_KEY_REUSED") == (answer.status_code, answer.json()["error"]["code"])

    def test_the_same_in_other_words_is_the_same(self, api: Api) -> None:
        first = post(api, "k")
        text = json.dumps(dict(reversed(BODY.items())), indent=2)
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        assert first.content == api.post(PATH, content=text, headers=headers).content

    def test_a_refusal_is_an_answer_too(self, api: Api) -> None:
        """What failed by a rule fails the same way again, even if the rule would pass now."""
        first = api.post("/api/v1/registrations", json=SOLD_OUT, headers={"Idempotency-Key": "sold-out"})
        second = api.post("/api/v1/registrations", json=SOLD_OUT, headers={"Idempotency-Key": "sold-out"})
        assert (409, "EVENT_SOLD_OUT") == (first.status_code, first.json()["error"]["code"])
        assert (first.content, "true") == (second.content, second.headers["Idempotent-Replayed"])

    def test_a_refusal_tells_the_time_of_its_world(self, api: Api) -> None:
        api.advance("PT36H")
        refused = api.post("/api/v1/registrations", json=SOLD_OUT, headers={"Idempotency-Key": "k"})
        assert 409 == refused.status_code
        assert refused.headers["X-Sandbox-Clock"][:10] == refused.json()["error"]["timestamp"][:10]

    def test_a_malformed_request_keeps_no_answer(self, api: Api) -> None:
        assert 400 == post(api, "k", {"givenName": 1}).status_code
        assert 201 == post(api, "k").status_code

    def test_keys_belong_to_their_credential(self, api: Api) -> None:
        first = post(api, "k")
        other = api.as_("partner-other").post(
            PATH, json={**BODY, "email": "o@sandbox.example"}, headers={"Idempotency-Key": "k"}
        )
        assert (201, 201) == (first.status_code, other.status_code)

    def test_a_key_is_forgotten_after_a_day(self, api: Api) -> None:
        first = post(api, "k", {"givenName": "Twin", "email": "twin@sandbox.example"})
        api.advance("PT25H")
        second = post(api, "k", {"givenName": "Twin", "email": "twin2@sandbox.example"})
        assert first.json()["id"] != second.json()["id"]

    def test_in_parallel_one_is_executed(self, api: Api) -> None:
        before = customers(api)
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: post(api, "parallel"), range(10)))

        assert {201} == {answer.status_code for answer in answers}
        assert 1 == len({answer.content for answer in answers})
        assert before + 1 == customers(api)

    def test_a_key_is_visible_ascii(self, api: Api) -> None:
        answer = post(api, "with space")
        assert (400, "Idempotency-Key") == (answer.status_code, answer.json()["error"]["target"])
