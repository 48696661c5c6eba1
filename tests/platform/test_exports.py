"""Exports: what a list shows its caller, as a file that is kept for a day."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import icalendar
import pytest
import xmltodict

from tests.conftest import Api

PATH = "/api/v1/batch/exports"


def exported(api: Api, **wanted: Any) -> dict[str, Any]:
    answer = api.post(PATH, json=wanted)
    assert answer.status_code == 202, answer.text
    api.advance("PT1S")
    job: dict[str, Any] = api.get(answer.headers["Location"]).json()
    assert job["status"] == "completed", job
    return job


def rows(api: Api, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(exported(api, **wanted)["outputUrl"]).json()
    return found


class TestCreateExport:
    @pytest.mark.parametrize(
        ("resource", "path"),
        [
            ("events", "events"),
            ("registrations", "registrations"),
            ("attendees", "attendees"),
            ("check_ins", "check-ins"),
            ("payments", "payments"),
            ("transactions", "transactions"),
            ("invoices", "invoices"),
            ("bookings", "bookings"),
            ("customers", "customers"),
        ],
    )
    def test_holds_as_many_rows_as_the_list(self, api: Api, resource: str, path: str) -> None:
        staff = api.as_("internal-demo")
        listed = staff.get(f"/api/v1/{path}", params={"pageSize": 1})
        assert listed.status_code == 200, listed.text
        assert len(rows(staff, resource=resource)) == listed.json()["pagination"]["totalItems"]

    def test_filters_are_those_of_the_list(self, api: Api) -> None:
        found = rows(api, resource="bookings", filters={"status": ["completed", "no_show"]})
        assert {each["status"] for each in found} == {"completed", "no_show"}

    def test_fields_keep_the_id(self, api: Api) -> None:
        found = rows(api, resource="registrations", fields=["status", "code"])
        assert set(found[0]) == {"id", "status", "code"}

    def test_json_lines(self, api: Api) -> None:
        job = exported(api, resource="events", format="jsonl")
        answer = api.get(job["outputUrl"])
        assert answer.headers["content-type"].startswith("application/jsonl")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert len(lines) == job["progress"]["total"]

    def test_csv_opens_in_a_spreadsheet(self, api: Api) -> None:
        job = exported(api, resource="customers", format="csv", fields=["familyName", "email"])
        answer = api.get(job["outputUrl"])
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"].startswith('attachment; filename="customers-')
        found = list(csv.DictReader(io.StringIO(answer.text)))
        assert set(found[0]) == {"id", "familyName", "email"}
        assert len(found) == job["progress"]["succeeded"]

    def test_xml(self, api: Api) -> None:
        job = exported(api, resource="events", format="xml", filters={"status": "cancelled"})
        found = xmltodict.parse(api.get(job["outputUrl"]).text)["eventList"]["data"]["event"]
        assert len(found) == job["progress"]["succeeded"]

    @pytest.mark.parametrize("resource", ["events", "bookings"])
    def test_calendars(self, api: Api, resource: str) -> None:
        job = exported(api, resource=resource, format="ics")
        calendar = icalendar.Calendar.from_ical(api.get(job["outputUrl"]).text)
        assert len(calendar.walk("VEVENT")) == job["progress"]["succeeded"]

    def test_only_what_takes_place_is_a_calendar(self, api: Api) -> None:
        answer = api.post(PATH, json={"resource": "customers", "format": "ics"})
        assert answer.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"

    def test_anonymised_rows_name_nobody_and_still_belong_together(self, api: Api) -> None:
        plain = {each["id"]: each for each in rows(api, resource="registrations")}
        hidden = {each["id"]: each for each in rows(api, resource="registrations", anonymise=True)}
        text = json.dumps(list(hidden.values()))
        for each in plain.values():
            assert each["contact"]["email"] not in text
            assert each["contact"]["name"] not in text
        ada = api.fixture("registration.confirmed_paid")
        same = [
            key for key, each in plain.items() if each["contact"]["email"] == plain[ada]["contact"]["email"]
        ]
        assert {hidden[key]["contact"]["email"] for key in same} == {hidden[ada]["contact"]["email"]}
        assert hidden[ada]["eventId"] == plain[ada]["eventId"]

    def test_rows_of_others_stay_out(self, api: Api) -> None:
        secret = api.fixture("booking.other_partner")
        assert secret not in {each["id"] for each in rows(api, resource="bookings")}

    def test_reading_what_is_exported_must_be_allowed(self, api: Api) -> None:
        finance = api.persona("finance")
        answer = finance.post(PATH, json={"resource": "customers"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({"fields": ["shoeSize"]}, "INVALID_FIELD_SELECTION"),
            ({"filters": {"colour": "red"}}, "UNKNOWN_PARAMETER"),
            ({"filters": {"page": 3}}, "UNKNOWN_PARAMETER"),
            ({"filters": {"status": "asleep"}}, "INVALID_PARAMETER"),
            (
                {
                    "filters": {
                        "createdAfter": "2025-01-01T00:00:00Z",
                        "createdBefore": "2026-02-01T00:00:00Z",
                    }
                },
                "DATE_RANGE_TOO_LARGE",
            ),
            (
                {
                    "filters": {
                        "createdAfter": "2026-01-02T00:00:00Z",
                        "createdBefore": "2026-01-01T00:00:00Z",
                    }
                },
                "INVALID_DATE_RANGE",
            ),
        ],
    )
    def test_refusals_come_at_once(self, api: Api, wanted: dict[str, Any], code: str) -> None:
        answer = api.post(PATH, json={"resource": "registrations", **wanted})
        assert answer.json()["error"]["code"] == code, answer.text

    def test_tells_that_the_file_is_ready(self, api: Api) -> None:
        job = exported(api, resource="events")
        events = [e for e in api.workspace.store.find("outbox") if e["kind"] == "batch_job"]
        assert [e["type"] for e in events] == ["batch.completed", "export.ready"]
        assert events[1]["data"]["outputUrl"] == f"/api/v1/batch-jobs/{job['id']}/output"

    def test_tells_by_mail_who_asked_for_it(self, api: Api) -> None:
        job = exported(api, resource="events", notifyEmail="ops@sandbox.example")
        [letter] = [e for e in api.workspace.store.find("email") if e["related"]["id"] == job["id"]]
        assert letter["to"]["email"] == "ops@sandbox.example"
        exported(api, resource="events", notifyEmail="suppressed+ops@sandbox.example")


class TestDownloadBatchOutput:
    def test_is_not_sent_twice_to_who_has_it(self, api: Api) -> None:
        address = exported(api, resource="events")["outputUrl"]
        tag = api.get(address).headers["etag"]
        assert api.get(address, headers={"If-None-Match": tag}).status_code == 304

    def test_is_gone_after_a_day(self, api: Api) -> None:
        job = exported(api, resource="events")
        api.advance("PT23H")
        assert api.get(job["outputUrl"]).status_code == 200
        api.advance("PT1H")
        answer = api.get(job["outputUrl"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "JOB_OUTPUT_EXPIRED")
        later = api.get(f"/api/v1/batch-jobs/{job['id']}").json()
        assert later["outputUrl"] is None
        assert later["outputExpiresAt"] == job["outputExpiresAt"]

    def test_a_job_without_a_file_has_none(self, api: Api) -> None:
        job = api.post("/api/v1/batch/check-ins", json={"items": [{"ticketCode": "X"}]}).json()
        api.advance("PT1S")
        assert api.get(f"/api/v1/batch-jobs/{job['id']}/output").status_code == 404
