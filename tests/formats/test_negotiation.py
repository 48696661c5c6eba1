"""The form of an answer: by Accept with its qualities, or by `format`; the same on both chains."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import xmltodict

from sandbox.contract.document import load, operations
from sandbox.contract.media import MEDIA
from sandbox.gateway.negotiation import accepted

EVENTS = "/api/v1/events"
DEVCONF = f"{EVENTS}/e1000000-0000-4000-8000-000000000001"


def media(answer: Any) -> str:
    """Type and subtype."""
    return str(answer.headers["content-type"].partition(";")[0])


class TestAccept:
    @pytest.mark.parametrize(
        ("accept", "wanted"),
        [
            ("*/*", "application/json"),
            ("application/*", "application/json"),
            ("text/csv", "text/csv"),
            ("text/csv;header=present", "text/csv"),
            ("TEXT/CSV", "text/csv"),
            ("text/*", "text/csv"),
            ("application/xml, application/json", "application/json"),
            ("application/json;q=0.5, application/xml;q=0.6", "application/xml"),
            ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/xml"),
            ("*/*, application/json;q=0", "application/xml"),
            ("image/png, text/calendar;q=0.1", "text/calendar"),
            ("application/problem+json", "application/json"),
        ],
    )
    def test_the_best_of_what_there_is(self, api: Any, accept: str, wanted: str) -> None:
        answer = api.get(EVENTS, headers={"Accept": accept})
        assert (answer.status_code, media(answer)) == (200, wanted)
        assert "Accept" in answer.headers["vary"]

    @pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", "text/csv;q=0"])
    def test_nothing_fits(self, api: Any, accept: str) -> None:
        answer = api.get(EVENTS, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")
        assert "text/csv" in answer.json()["error"]["details"]

    def test_only_what_the_operation_offers(self, api: Any) -> None:
        assert api.get(f"{DEVCONF}/calendar", headers={"Accept": "application/json"}).status_code == 406
        assert api.get("/api/v1/locations", headers={"Accept": "text/csv"}).status_code == 406

    def test_a_write_that_could_not_be_answered_is_not_done(self, api: Any) -> None:
        before = api.get("/api/v1/customers").headers["x-total-count"]
        body = {"givenName": "Nina", "email": "nina@example.com"}
        answer = api.post("/api/v1/customers", json=body, headers={"Accept": "text/csv"})
        assert answer.status_code == 406
        assert api.get("/api/v1/customers").headers["x-total-count"] == before

    def test_money_does_not_move_either(self, api: Any) -> None:
        url = "/api/v1/payments/d1000000-0000-4000-8000-000000000003"
        before = api.get(url).json()
        body = {"paymentMethod": "pm_card_visa"}
        answer = api.post(
            f"{url}/confirm", json=body, headers={"Accept": "application/pdf", "Idempotency-Key": "k"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")
        assert api.get(url).json() == before

    def test_qualities_are_read_strictly(self) -> None:
        assert accepted("a/b;q=0.123, c/d;q=1.5, e/f;level=1;q=0.2,,") == [
            ("a/b", 0.123),
            ("c/d", 0.0),
            ("e/f", 0.2),
        ]


class TestFormat:
    def test_it_wins_over_accept(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}?format=csv", headers={"Accept": "application/xml"})
        assert media(answer) == "text/csv"
        assert media(api.get(f"{EVENTS}?format=json", headers={"Accept": "text/csv"})) == "application/json"

    def test_what_is_not_offered_is_a_wrong_parameter(self, api: Any) -> None:
        assert api.get(f"{EVENTS}?format=pdf").json()["error"]["code"] == "INVALID_PARAMETER"
        assert api.get("/api/v1/locations?format=xml").json()["error"]["code"] == "UNKNOWN_PARAMETER"

    def test_events_are_still_found_by_how_they_are_held(self, api: Any) -> None:
        rows = api.get(f"{EVENTS}?format=virtual").json()["data"]
        assert {row["format"] for row in rows} == {"virtual"}
        both = api.get(f"{EVENTS}?format=virtual", headers={"Accept": "text/csv"})
        cells = list(csv.DictReader(io.StringIO(both.text)))
        assert {row["format"] for row in cells} == {"virtual"}
        assert [row["id"] for row in cells] == [row["id"] for row in rows]


class TestXml:
    def test_it_says_what_the_json_says(self, api: Any) -> None:
        usual = api.get(DEVCONF).json()
        answer = api.get(DEVCONF, headers={"Accept": "application/xml"})
        event = xmltodict.parse(answer.content)["event"]
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        assert event["name"] == usual["name"]
        assert event["venue"]["city"] == usual["venue"]["city"]
        assert event["tags"]["item"] == usual["tags"]
        assert event["coverImageUrl"] == {"@nil": "true"}
        assert event["allDay"] == "false"

    def test_lists_name_their_items(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}?format=xml&pageSize=2")
        page = xmltodict.parse(answer.content)["eventList"]
        assert len(page["data"]["event"]) == 2
        assert page["pagination"]["pageSize"] == "2"
        assert answer.headers["x-total-count"] == page["pagination"]["totalItems"]
        assert "format=xml" in answer.headers["link"]

    def test_fields_are_heeded(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}?format=xml&pageSize=1&fields=name")
        assert set(xmltodict.parse(answer.content)["eventList"]["data"]["event"]) == {"id", "name"}

    def test_it_has_a_tag_of_its_own(self, api: Any) -> None:
        first = api.get(f"{DEVCONF}?format=xml")
        assert first.headers["etag"] != api.get(DEVCONF).headers["etag"]
        again = api.get(f"{DEVCONF}?format=xml", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304

    def test_requests_are_not_read_as_xml(self, api: Any) -> None:
        answer = api.post(EVENTS, content="<event/>", headers={"Content-Type": "application/xml"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")

    def test_errors_stay_json(self, api: Any) -> None:
        answer = api.get(
            f"{EVENTS}/e1000000-0000-4000-8000-000000009999", headers={"Accept": "application/xml"}
        )
        assert (answer.status_code, media(answer)) == (404, "application/json")


class TestCsv:
    def test_columns_are_dotted_and_rows_are_those_of_the_page(self, api: Any) -> None:
        usual = api.get(f"{EVENTS}?pageSize=5&sort=-createdAt").json()["data"]
        answer = api.get(f"{EVENTS}?pageSize=5&sort=-createdAt&format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"] == 'attachment; filename="events.csv"'
        assert answer.content.count(b"\r\n") == len(usual) + 1
        assert [row["id"] for row in rows] == [event["id"] for event in usual]
        assert [row["venue.city"] for row in rows] == [
            (event["venue"] or {}).get("city", "") for event in usual
        ]

    def test_an_empty_list_has_its_columns(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}?q=no-such-event&format=csv")
        assert answer.text.startswith("id,version,createdAt")
        assert answer.text.count("\r\n") == 1

    def test_chosen_fields_are_the_columns(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}?format=csv&fields=name,venue&pageSize=1")
        head = answer.text.partition("\r\n")[0].split(",")
        assert {"id", "name", "venue.city"} <= set(head)
        assert not {"status", "createdAt"} & set(head)

    @pytest.mark.parametrize("list_", ["registrations", "attendees", "check-ins", "payments", "refunds"])
    def test_every_list_that_promises_it(self, api: Any, list_: str) -> None:
        self._read(api, list_)

    @pytest.mark.parametrize("list_", ["invoices", "transactions", "bookings", "customers"])
    def test_of_money_and_appointments(self, api: Any, list_: str) -> None:
        self._read(api, list_)

    def _read(self, api: Any, list_: str) -> None:
        usual = api.get(f"/api/v1/{list_}?pageSize=50").json()["data"]
        rows = list(csv.DictReader(io.StringIO(api.get(f"/api/v1/{list_}?pageSize=50&format=csv").text)))
        assert usual
        assert [row["id"] for row in rows] == [each["id"] for each in usual]
        assert all(None not in row for row in rows)

    def test_a_formula_is_no_formula_any_more(self, api: Any) -> None:
        body = {"givenName": '=HYPERLINK("http://x")', "familyName": "@SUM(A1)", "phone": "+48600100200"}
        key = api.post("/api/v1/customers", json=body).json()["id"]
        text = api.get("/api/v1/customers?format=csv&sort=-createdAt&pageSize=1").text
        [row] = csv.DictReader(io.StringIO(text))
        assert row["id"] == key
        assert row["givenName"] == '\'=HYPERLINK("http://x")'
        assert row["familyName"] == "'@SUM(A1)"
        assert row["phone"] == "'+48600100200"


class TestEveryPromise:
    def test_a_form_that_is_promised_can_be_made(self, server: Any) -> None:
        """XML and CSV are made of the JSON; for the rest, a room has to say how."""
        own = server.sandbox.gateway.renderer._forms
        for name in ("platform", "control"):
            for _, _, operation in operations(load(name)):
                for form in operation.get("x-formats", ()):
                    assert form in MEDIA
                    made = form in ("json", "xml", "csv") or form in own.get(operation["operationId"], {})
                    assert made, f"{operation['operationId']} promises {form}"
