"""Batches of items: each by the rules of its single operation, all of them watched through one job."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api

PATHS = {
    "registrations": "/api/v1/batch/registrations",
    "check_ins": "/api/v1/batch/check-ins",
    "bookings": "/api/v1/batch/bookings",
}


def registration(api: Api, number: int, **members: Any) -> dict[str, Any]:
    person = {"name": f"Guest {number}", "email": f"guest{number}@sandbox.example"}
    event = api.fixture("event.free_meetup")
    [kind] = api.get(f"/api/v1/events/{event}/ticket-types").json()["data"][:1]
    item = {"ticketTypeId": kind["id"], "quantity": 1, "attendees": [person]}
    return {"clientRef": f"row-{number}", "eventId": event, "contact": person, "items": [item], **members}


def many(api: Api, count: int) -> list[dict[str, Any]]:
    first = registration(api, 0)
    return [
        {**first, "clientRef": f"row-{n}", "contact": {"name": f"G {n}", "email": f"g{n}@sandbox.example"}}
        for n in range(count)
    ]


def submitted(api: Api, kind: str, items: list[Any], **members: Any) -> dict[str, Any]:
    answer = api.post(PATHS[kind], json={"items": items, **members})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def ended(api: Api, job: dict[str, Any], within: str = "PT10S") -> dict[str, Any]:
    api.advance(within)
    after: dict[str, Any] = api.get(f"/api/v1/batch-jobs/{job['id']}").json()
    return after


def results(api: Api, job: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = api.get(
            f"/api/v1/batch-jobs/{job['id']}/results", params={"cursor": cursor, "pageSize": "100", **query}
        )
        assert page.status_code == 200, page.text
        found += page.json()["data"]
        cursor = page.json()["pagination"].get("nextCursor")
        if not cursor:
            return found


def freeze(api: Api) -> None:
    answer = api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
    assert answer.status_code == 200, answer.text


class TestCreateRegistrationBatch:
    def test_registers_each_item(self, api: Api) -> None:
        answer = api.post(
            PATHS["registrations"], json={"items": [registration(api, 1), registration(api, 2)]}
        )
        assert answer.status_code == 202
        job = answer.json()
        assert job["status"] == "queued"
        assert answer.headers["Location"] == f"/api/v1/batch-jobs/{job['id']}"
        assert answer.headers["Retry-After"] == "1"
        job = ended(api, job)
        assert job["status"] == "completed"
        assert job["progress"] == {"total": 2, "processed": 2, "succeeded": 2, "failed": 0}
        assert job["progressPercent"] == 100
        made = results(api, job)
        assert [each["clientRef"] for each in made] == ["row-1", "row-2"]
        for each in made:
            assert api.get(f"/api/v1/registrations/{each['resourceId']}").json()["status"] == "confirmed"

    def test_a_refusal_is_what_the_single_operation_answers(self, api: Api) -> None:
        bad = [registration(api, 1, contact={"name": "X"}), registration(api, 2), registration(api, 3)]
        bad[2]["eventId"] = api.fixture("event.sold_out")
        single = api.post(
            "/api/v1/registrations", json={k: v for k, v in bad[0].items() if k != "clientRef"}
        ).json()["error"]
        job = ended(api, submitted(api, "registrations", bad))
        assert job["status"] == "completed_with_errors"
        made = results(api, job)
        assert [each["status"] for each in made] == ["failed", "succeeded", "failed"]
        error = made[0]["error"]
        assert {m: error[m] for m in ("code", "status", "target", "details", "errors", "documentation")} == {
            m: single[m] for m in ("code", "status", "target", "details", "errors", "documentation")
        }
        assert made[2]["error"]["status"] in (409, 422)
        assert [each["index"] for each in results(api, job, status="failed")] == [0, 2]

    def test_all_or_nothing_undoes_what_was_done(self, api: Api) -> None:
        items = [registration(api, 1), registration(api, 2), registration(api, 2), registration(api, 3)]
        items[2]["eventId"] = api.fixture("event.draft_ready")
        before = api.get("/api/v1/registrations", params={"pageSize": 1}).json()["pagination"]["totalItems"]
        job = ended(api, submitted(api, "registrations", items, mode="all_or_nothing"))
        assert job["status"] == "failed"
        assert job["error"]["target"].startswith("/items/2")
        assert [each["status"] for each in results(api, job)] == ["skipped", "skipped", "failed", "skipped"]
        after = api.get("/api/v1/registrations", params={"pageSize": 1}).json()["pagination"]["totalItems"]
        assert after == before

    def test_all_or_nothing_does_all(self, api: Api) -> None:
        items = [registration(api, n) for n in range(3)]
        job = ended(api, submitted(api, "registrations", items, mode="all_or_nothing"))
        assert (job["status"], job["progress"]["succeeded"]) == ("completed", 3)

    def test_all_or_nothing_tells_every_fault_of_form(self, api: Api) -> None:
        items = [{"clientRef": "a"}, registration(api, 1), {"clientRef": "b", "eventId": 7}]
        job = ended(api, submitted(api, "registrations", items, mode="all_or_nothing"))
        assert [each["status"] for each in results(api, job)] == ["failed", "skipped", "failed"]

    def test_more_than_500_are_refused(self, api: Api) -> None:
        answer = api.post(PATHS["registrations"], json={"items": [{}] * 501})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "BATCH_TOO_LARGE")

    def test_none_is_refused(self, api: Api) -> None:
        assert api.post(PATHS["registrations"], json={"items": []}).status_code == 400

    def test_needs_both_scopes(self, api: Api) -> None:
        answer = api.as_("readonly-demo").post(PATHS["registrations"], json={"items": [{}]})
        assert answer.status_code == 403

    def test_the_same_key_gives_the_same_job(self, api: Api) -> None:
        keyed = {"Idempotency-Key": "batch-1"}
        body = {"items": [registration(api, 1)]}
        first = api.post(PATHS["registrations"], json=body, headers=keyed)
        again = api.post(PATHS["registrations"], json=body, headers=keyed)
        assert again.json()["id"] == first.json()["id"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]

    def test_progress_can_be_watched_on_the_clock(self, api: Api) -> None:
        freeze(api)
        job = submitted(api, "registrations", many(api, 120))
        seen: list[tuple[str, int, int]] = []
        for _ in range(3):
            api.advance("PT0.2S" if seen else "PT0S")
            now = api.get(f"/api/v1/batch-jobs/{job['id']}").json()
            seen.append((now["status"], now["progress"]["processed"], now["progressPercent"]))
        assert seen == [("running", 50, 41), ("running", 100, 83), ("completed_with_errors", 120, 100)]

    def test_results_wait_for_the_end(self, api: Api) -> None:
        freeze(api)
        job = submitted(api, "registrations", many(api, 51))
        api.advance("PT0S")
        answer = api.get(f"/api/v1/batch-jobs/{job['id']}/results", params={"cursor": ""})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JOB_NOT_READY")
        assert answer.headers["Retry-After"] == "1"


class TestCreateCheckInBatch:
    def test_records_each_scan(self, api: Api) -> None:
        items = [
            {"clientRef": "ok", "ticketCode": "VALIDTICKET23456"},
            {"clientRef": "used", "ticketCode": "USEDTICKET234567"},
            {"clientRef": "none", "ticketCode": "NOSUCHTICKET"},
        ]
        job = ended(api, submitted(api, "check_ins", items))
        codes = [(each["error"] or {}).get("code") for each in results(api, job)]
        assert codes[1:] == ["ALREADY_CHECKED_IN", "TICKET_INVALID"]

    def test_takes_a_thousand(self, api: Api) -> None:
        job = submitted(api, "check_ins", [{"ticketCode": "X"}] * 1000)
        assert job["progress"]["total"] == 1000
        answer = api.post(PATHS["check_ins"], json={"items": [{}] * 1001})
        assert answer.json()["error"]["code"] == "BATCH_TOO_LARGE"


class TestCreateBookingBatch:
    def test_books_cancels_and_refuses(self, api: Api) -> None:
        start = "2026-11-23T08:00:00Z"
        booking = {
            "assignmentId": api.fixture("assignment.nowak_warsaw"),
            "offeringId": api.fixture("offering.nowak_consultation"),
            "startsAt": start,
            "customerId": api.fixture("customer.standard"),
        }
        items: list[Any] = [
            {"clientRef": "new", "op": "create", "body": booking},
            {"clientRef": "twice", "op": "create", "body": booking},
            {
                "op": "cancel",
                "bookingId": api.fixture("booking.pending_manual"),
                "body": {"reason": "closed"},
            },
            {"op": "paint", "body": {}},
            {"op": "presence", "body": {"presence": "present"}},
            {"op": "cancel", "bookingId": api.fixture("booking.other_partner"), "body": {"reason": "mine?"}},
            {"op": "create", "body": booking, "colour": "red"},
        ]
        job = ended(api, submitted(api, "bookings", items))
        made = results(api, job)
        assert [each["status"] for each in made] == [
            "succeeded",
            "failed",
            "succeeded",
            "failed",
            "failed",
            "failed",
            "failed",
        ]
        assert made[1]["error"]["status"] == 409
        assert [each["error"]["target"] for each in made[3:5]] == ["/op", "/bookingId"]
        assert made[5]["error"]["status"] == 404
        assert made[6]["error"]["target"] == "/colour"


class TestJobs:
    def test_cancel_between_slices_keeps_what_was_done(self, api: Api) -> None:
        freeze(api)
        job = submitted(api, "registrations", many(api, 80))
        api.advance("PT0S")
        cancelled = api.post(f"/api/v1/batch-jobs/{job['id']}/cancel")
        assert cancelled.status_code == 200, cancelled.text
        assert cancelled.json()["status"] == "cancelled"
        api.advance("PT10S")
        made = [each["status"] for each in results(api, job)]
        assert made.count("skipped") == 30
        assert len(made) == 80
        again = api.post(f"/api/v1/batch-jobs/{job['id']}/cancel")
        assert again.json()["error"]["code"] == "JOB_NOT_CANCELLABLE"

    def test_jobs_of_others_are_unknown(self, api: Api) -> None:
        job = submitted(api, "registrations", [registration(api, 1)])
        other = api.as_("partner-other")
        assert other.get(f"/api/v1/batch-jobs/{job['id']}").status_code == 404
        assert other.post(f"/api/v1/batch-jobs/{job['id']}/cancel").status_code == 404
        assert job["id"] not in [each["id"] for each in other.get("/api/v1/batch-jobs").json()["data"]]
        assert api.as_("internal-demo").get(f"/api/v1/batch-jobs/{job['id']}").status_code == 200

    def test_lists_by_type_and_status(self, api: Api) -> None:
        ended(api, submitted(api, "registrations", [registration(api, 1)]))
        ended(api, submitted(api, "check_ins", [{"ticketCode": "X"}]))
        found = api.get("/api/v1/batch-jobs", params={"type": "check_ins", "status": "completed_with_errors"})
        assert {each["type"] for each in found.json()["data"]} == {"check_ins"}

    def test_an_unknown_job(self, api: Api) -> None:
        assert api.get("/api/v1/batch-jobs/f2000000-0000-4000-8000-000000009999").status_code == 404

    def test_its_end_is_an_event(self, api: Api) -> None:
        job = submitted(api, "registrations", [registration(api, 1)])
        silent = submitted(api, "registrations", [registration(api, 2)], notifyWebhook=False)
        ended(api, job)
        events = [e for e in api.workspace.store.find("outbox") if e["kind"] == "batch_job"]
        assert [(e["type"], e["resourceId"]) for e in events] == [("batch.completed", job["id"])]
        assert silent["id"] != job["id"]


@pytest.mark.parametrize("path", PATHS.values())
def test_nobody_batches_without_a_credential(api: Api, path: str) -> None:
    assert api.anonymous.post(path, json={"items": [{}]}).status_code == 401


class TestFixtures:
    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("completed", "completed"),
            ("with_errors", "completed_with_errors"),
            ("all_or_nothing_failed", "failed"),
            ("cancelled", "cancelled"),
            ("export_expired", "completed"),
        ],
    )
    def test_every_end_has_an_example(self, api: Api, name: str, status: str) -> None:
        job = api.get(f"/api/v1/batch-jobs/{api.fixture(f'batch_job.{name}')}").json()
        assert job["status"] == status
        if job["resultsUrl"]:
            made = results(api, job)
            assert len(made) == job["progress"]["total"]
            assert sum(each["status"] == "failed" for each in made) == job["progress"]["failed"]

    def test_the_file_of_one_is_gone(self, api: Api) -> None:
        key = api.fixture("batch_job.export_expired")
        assert api.get(f"/api/v1/batch-jobs/{key}/output").json()["error"]["code"] == "JOB_OUTPUT_EXPIRED"

    def test_a_schedule_runs_when_its_time_comes(self, api: Api) -> None:
        key = api.fixture("batch_schedule.monthly_export")
        planned = api.get(f"/api/v1/batch-schedules/{key}").json()["nextRunAt"]
        assert planned == "2026-12-01T01:30:00.000Z"
        api.advance("P14D")
        after = api.get(f"/api/v1/batch-schedules/{key}").json()
        assert after["lastRun"]["at"] == planned
        assert api.get(f"/api/v1/batch-jobs/{after['lastRun']['jobId']}").json()["status"] == "completed"

    @pytest.mark.parametrize("event", ["batch.completed", "batch.failed", "export.ready"])
    def test_their_events_can_be_triggered(self, api: Api, event: str) -> None:
        answer = api.control.post("/sandbox/v1/webhook-triggers", json={"event": event})
        assert answer.status_code == 202, answer.text
        [delivery, *_] = answer.json()["deliveries"]
        kinds = {"export.ready": ["export"], "batch.failed": ["registrations"]}
        assert delivery["payload"]["data"]["type"] in kinds.get(
            event, ["export", "check_ins", "registrations"]
        )
