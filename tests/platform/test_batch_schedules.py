"""Schedules: jobs that the clock starts, by cron or by rule, true to the clocks of their zone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api

PATH = "/api/v1/batch-schedules"
EXPORT = {"type": "export", "export": {"resource": "events", "format": "jsonl"}}


def schedule(api: Api, job: dict[str, Any] | None = None, **when: str) -> dict[str, Any]:
    body = {"name": "Nightly", "job": job or EXPORT, "schedule": when or {"cron": "0 3 * * *"}}
    answer = api.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def latest(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATH}/{made['id']}").json()
    return found


def job_of(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/v1/batch-jobs/{latest(api, made)['lastRun']['jobId']}").json()
    return found


class TestCreateBatchSchedule:
    def test_plans_the_first_run(self, api: Api) -> None:
        made = schedule(api, cron="30 2 * * 1-5", timezone="Europe/Warsaw")
        assert made["nextRunAt"] == "2026-11-19T01:30:00.000Z"
        assert (made["status"], made["lastRun"]) == ("active", None)

    def test_runs_by_the_clock_again_and_again(self, api: Api) -> None:
        made = schedule(api, cron="0 */6 * * *")
        api.advance("PT24H")
        jobs = [j for j in api.get("/api/v1/batch-jobs").json()["data"] if j["scheduleId"] == made["id"]]
        assert [job["createdAt"][:16] for job in sorted(jobs, key=lambda each: each["createdAt"])] == [
            "2026-11-18T12:00",
            "2026-11-18T18:00",
            "2026-11-19T00:00",
            "2026-11-19T06:00",
        ]
        assert {job["status"] for job in jobs} == {"completed"}
        assert latest(api, made)["nextRunAt"] == "2026-11-19T12:00:00.000Z"

    def test_local_times_stay_when_the_clocks_change(self, api: Api) -> None:
        api.control.put("/sandbox/v1/clock", json={"mode": "offset", "now": "2027-03-26T12:00:00Z"})
        cron = schedule(api, cron="0 6 * * *", timezone="Europe/Warsaw")
        rule = schedule(api, rrule="FREQ=DAILY;BYHOUR=6;BYMINUTE=0", timezone="Europe/Warsaw")
        seen = []
        for _ in range(3):
            seen.append((latest(api, cron)["nextRunAt"][:16], latest(api, rule)["nextRunAt"][:16]))
            api.advance("PT24H")
        assert [first for first, _ in seen] == ["2027-03-27T05:00", "2027-03-28T04:00", "2027-03-29T04:00"]
        assert [second for _, second in seen] == [first for first, _ in seen]

    def test_a_rule_that_ends_leaves_no_next_run(self, api: Api) -> None:
        made = schedule(api, rrule="FREQ=HOURLY;COUNT=3")
        api.advance("PT12H")
        assert latest(api, made)["nextRunAt"] is None
        assert job_of(api, made)["status"] == "completed"

    def test_a_rule_runs_on_the_last_day_that_it_names_too(self, api: Api) -> None:
        rule = "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;UNTIL=20261119"
        assert schedule(api, rrule=rule, timezone="Europe/Warsaw")["nextRunAt"][:16] == "2026-11-19T05:00"

    @pytest.mark.parametrize(
        "when",
        [
            {},
            {"cron": "*/4 * * * *"},
            {"cron": "0 0 31 2 *"},
            {"cron": "* * * * * *"},
            {"cron": "61 * * * *"},
            {"cron": "0 3 * * *", "rrule": "FREQ=DAILY"},
            {"rrule": "FREQ=SECONDLY"},
            {"rrule": "FREQ=MINUTELY;INTERVAL=4"},
            {"rrule": "FREQ=DAILY;INTERVAL=0"},
            {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
            {"rrule": "FREQ=DAILY;UNTIL=20200101"},
            {"rrule": "FREQ=DAILY;UNTIL=soon"},
            {"rrule": "FREQ=DAILY;UNTIL=00010101T000000Z", "timezone": "America/New_York"},
            {"rrule": "every day"},
        ],
    )
    def test_what_cannot_be_followed_is_refused(self, api: Api, when: dict[str, str]) -> None:
        answer = api.post(PATH, json={"name": "x", "job": EXPORT, "schedule": when})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID_SCHEDULE"), answer.text

    def test_an_unknown_zone_is_refused(self, api: Api) -> None:
        body = {"name": "x", "job": EXPORT, "schedule": {"cron": "0 3 * * *", "timezone": "Mars/Olympus"}}
        assert api.post(PATH, json=body).json()["error"]["code"] == "INVALID_TIMEZONE"

    @pytest.mark.parametrize(
        ("job", "code"),
        [
            ({"type": "export"}, "BUSINESS_RULE_VIOLATION"),
            ({**EXPORT, "type": "sync", "sync": {"provider": "salesforce"}}, "BUSINESS_RULE_VIOLATION"),
            (
                {"type": "export", "export": {"resource": "events", "fields": ["x"]}},
                "INVALID_FIELD_SELECTION",
            ),
        ],
    )
    def test_a_job_says_how(self, api: Api, job: dict[str, Any], code: str) -> None:
        answer = api.post(PATH, json={"name": "x", "job": job, "schedule": {"cron": "0 3 * * *"}})
        assert answer.json()["error"]["code"] == code, answer.text

    def test_an_exchange_without_a_connection_fails_when_it_runs(self, api: Api) -> None:
        made = schedule(api, {"type": "sync", "sync": {"provider": "salesforce", "objects": ["contacts"]}})
        api.advance("PT24H")
        job = job_of(api, made)
        assert (job["type"], job["status"]) == ("sync", "failed")
        assert (job["error"]["code"], job["error"]["target"]) == (
            "INTEGRATION_NOT_CONNECTED",
            "/job/sync/provider",
        )
        assert "'salesforce' is not connected" in job["error"]["details"]

    def test_schedules_of_others_are_unknown(self, api: Api) -> None:
        made = schedule(api)
        other = api.as_("partner-other")
        assert other.get(f"{PATH}/{made['id']}").status_code == 404
        assert made["id"] not in [each["id"] for each in other.get(PATH).json()["data"]]

    def test_it_does_no_more_than_who_made_it_may_now(self, api: Api) -> None:
        chief = api.persona("organizer")
        made = schedule(chief, {"type": "export", "export": {"resource": "registrations", "format": "csv"}})
        roles = f"/api/v1/users/{api.fixture('user.organizer')}/roles"
        api.put(f"{roles}/staff")
        api.delete(f"{roles}/organizer")
        api.advance("PT24H")
        [job] = api.workspace.store.find("batch_job", {"scheduleId": made["id"]})
        assert (job["status"], job["error"]["code"]) == ("failed", "INSUFFICIENT_SCOPE")


class TestUpdateBatchSchedule:
    def test_paused_it_does_not_run(self, api: Api) -> None:
        made = schedule(api)
        paused = api.patch(f"{PATH}/{made['id']}", json={"status": "paused"})
        assert paused.status_code == 200, paused.text
        assert paused.json()["nextRunAt"] is None
        api.advance("P2D")
        assert latest(api, made)["lastRun"] is None
        resumed = api.patch(f"{PATH}/{made['id']}", json={"status": "active"}).json()
        assert resumed["nextRunAt"] == "2026-11-21T03:00:00.000Z"

    def test_a_new_time_replaces_the_old_one(self, api: Api) -> None:
        made = schedule(api)
        changed = api.patch(f"{PATH}/{made['id']}", json={"schedule": {"rrule": "FREQ=WEEKLY;BYHOUR=9"}})
        assert changed.status_code == 200, changed.text
        assert changed.json()["schedule"] == {"rrule": "FREQ=WEEKLY;BYHOUR=9", "timezone": "UTC"}

    def test_what_cannot_be_followed_is_refused(self, api: Api) -> None:
        made = schedule(api)
        answer = api.patch(f"{PATH}/{made['id']}", json={"schedule": {"cron": "* * * * *"}})
        assert answer.json()["error"]["code"] == "INVALID_SCHEDULE"

    def test_an_old_version_is_refused(self, api: Api) -> None:
        made = schedule(api)
        address = f"{PATH}/{made['id']}"
        tag = api.get(address).headers["etag"]
        assert api.patch(address, json={"name": "A"}, headers={"If-Match": tag}).status_code == 200
        assert api.patch(address, json={"name": "B"}, headers={"If-Match": tag}).status_code == 412


class TestDeleteBatchSchedule:
    def test_it_runs_no_more(self, api: Api) -> None:
        made = schedule(api)
        assert api.delete(f"{PATH}/{made['id']}").status_code == 204
        api.advance("P2D")
        jobs = api.get("/api/v1/batch-jobs").json()["data"]
        assert not [job for job in jobs if job["scheduleId"] == made["id"]]


class TestRunBatchSchedule:
    def test_runs_out_of_turn(self, api: Api) -> None:
        made = schedule(api)
        answer = api.post(f"{PATH}/{made['id']}/run")
        assert answer.status_code == 202
        assert answer.headers["Location"] == f"/api/v1/batch-jobs/{answer.json()['id']}"
        api.advance("PT1S")
        assert job_of(api, made)["status"] == "completed"
        assert latest(api, made)["nextRunAt"] == made["nextRunAt"]


class TestReports:
    def test_a_report_of_the_month_before_by_the_clock_of_its_zone(self, api: Api) -> None:
        job = {"type": "report", "report": {"period": "previous_month", "groupBy": "provider"}}
        made = schedule(api, job, cron="30 0 1 * *", timezone="Asia/Tokyo")
        assert made["nextRunAt"] == "2026-11-30T15:30:00.000Z"
        api.advance("P13D")
        done = job_of(api, made)
        assert (done["type"], done["status"]) == ("export", "completed")
        report = api.get(f"/api/v1/financial-reports/{done['resourceId']}").json()
        assert (report["from"], report["to"], report["status"]) == ("2026-11-01", "2026-11-30", "completed")

    def test_needs_the_right_to_report(self, api: Api) -> None:
        body = {
            "name": "x",
            "job": {"type": "report", "report": {"period": "previous_day"}},
            "schedule": {"cron": "0 3 * * *"},
        }
        answer = api.as_("clinic-demo").post(PATH, json=body)
        assert answer.status_code == 403


class TestCredentials:
    def test_a_schedule_is_paused_when_its_maker_may_no_longer_call(self, api: Api) -> None:
        made = schedule(api)
        with api.workspace.transaction() as tx:
            credential = tx.need("credential", made["submittedBy"])
            tx.put("credential", {**credential, "status": "revoked"})
        api.advance("P1D")
        after = api.workspace.store.get("batch_schedule", made["id"])
        assert after is not None
        assert (after["status"], after["nextRunAt"], after["lastRun"]) == ("paused", None, None)
