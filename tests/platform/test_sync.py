"""The change feed and the notification queue, through the front door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NINE, NOWAK, book, close, key, new_offering, refused

Json = dict[str, Any]


def changes(api: Api, **query: Any) -> Json:
    answer = api.get("/api/v1/changes", params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def types(found: Json) -> list[str]:
    return [change["type"] for change in found["data"]]


def pulled(api: Api, **query: Any) -> Json:
    answer = api.get("/api/v1/notification-queue", params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def acknowledged(api: Api, ids: list[str]) -> Json:
    answer = api.post("/api/v1/notification-queue/acknowledgements", json={"ids": ids})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


class TestListChanges:
    def test_tells_in_order_and_goes_on_where_it_ended(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        made = book(clinic)
        found = changes(clinic, cursor=start)
        assert types(found) == ["customer.created", "booking.created", "booking.confirmed"]
        assert found["data"][1]["resource"] == {"type": "booking", "id": made["id"], "version": 1}
        assert [change["operation"] for change in found["data"]] == ["created", "created", "updated"]
        assert found["pagination"]["hasMore"] is False
        following = found["pagination"]["nextCursor"]
        assert types(changes(clinic, cursor=following)) == []
        cancelled = f"/api/v1/bookings/{made['id']}/cancel"
        assert clinic.post(cancelled, json={"reason": "ill"}).status_code == 200
        assert types(changes(clinic, cursor=following)) == ["booking.cancelled"]

    def test_page_by_page(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        book(clinic)
        seen, cursor, more = [], start, True
        while more:
            found = changes(clinic, cursor=cursor, pageSize=1)
            seen += types(found)
            cursor, more = found["pagination"]["nextCursor"], found["pagination"]["hasMore"]
        assert seen == ["customer.created", "booking.created", "booking.confirmed"]

    def test_misses_no_version_of_what_changed_along(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        made = book(clinic)
        clinic.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": made["startsAt"]})
        clinic.put(f"/api/v1/bookings/{made['id']}/presence", json={"presence": "present"})
        clinic.post(f"/api/v1/assignments/{NOWAK}/calendar/disable")
        subject = {"type": "customer", "id": made["customerId"]}
        clinic.post("/api/v1/privacy/restrictions", json={"subject": subject})
        clinic.patch(f"/api/v1/locations/{key('c1', 1)}", json={"timezone": "Europe/Berlin"})
        told = changes(clinic, cursor=start, pageSize=100)["data"]
        known = {change["resource"]["id"]: change["resource"]["version"] for change in told}
        for address in (f"customers/{made['customerId']}", f"bookings/{made['id']}"):
            shown = clinic.get(f"/api/v1/{address}").json()
            assert known[shown["id"]] == shown["version"], address
        versions = {(c["resource"]["type"], c["resource"]["id"]): c["resource"]["version"] for c in told}
        assert versions["assignment", NOWAK] == clinic.get(f"/api/v1/assignments/{NOWAK}").json()["version"]
        hours = clinic.get(f"/api/v1/assignments/{NOWAK}/schedule").json()
        assert versions["schedule", NOWAK] == hours["version"]

    def test_deletions_leave_tombstones(self, clinic: Api) -> None:
        body = {"name": "Passing place", "city": "Warsaw", "country": "PL", "timezone": "Europe/Warsaw"}
        start = changes(clinic)["pagination"]["nextCursor"]
        place = clinic.post("/api/v1/locations", json=body).json()["id"]
        clinic.delete(f"/api/v1/locations/{place}")
        close(clinic, new_offering(clinic))
        found = changes(clinic, cursor=start, include="data", types="location,offering")
        told = [(change["resource"]["type"], change["operation"], change["data"]) for change in found["data"]]
        gone = [("location", "created", None), ("location", "deleted", None)]
        assert told == [*gone, ("offering", "created", None), ("offering", "deleted", None)]

    def test_webhooks_for_everything_are_not_sent_for_what_only_the_feed_tells(self, clinic: Api) -> None:
        url = "https://inspector.sandbox.example/bin_000000000000000000000000"
        webhook = clinic.post("/api/v1/webhooks", json={"url": url, "eventTypes": ["*"]}).json()["id"]
        body = {"name": "Passing place", "city": "Warsaw", "country": "PL", "timezone": "Europe/Warsaw"}
        assert clinic.post("/api/v1/locations", json=body).status_code == 201
        log = clinic.get(f"/api/v1/webhooks/{webhook}/deliveries").json()
        assert log["pagination"]["totalItems"] == 0

    def test_with_the_objects_as_they_were_then(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        made = book(clinic, internalNote="not for outside")
        clinic.post(f"/api/v1/bookings/{made['id']}/cancel", json={"reason": "ill"})
        found = changes(clinic, cursor=start, include="data", types="booking")
        assert [change["data"]["status"] for change in found["data"]] == [
            "confirmed",
            "confirmed",
            "cancelled",
        ]
        assert all(change["data"]["internalNote"] is None for change in found["data"])
        assert not [name for change in found["data"] for name in change["data"] if name[0] == "_"]

    def test_by_type_and_since(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        book(clinic)
        assert types(changes(clinic, cursor=start, types="booking.created")) == ["booking.created"]
        clinic.advance("PT1M")
        book(clinic, "2026-11-23T08:30:00Z", customer={"givenName": "Eva", "email": "eva@sandbox.example"})
        found = changes(clinic, cursor=start, since="2026-11-18T08:01:00Z", types="booking")
        assert types(found) == ["booking.created", "booking.confirmed"]

    def test_only_what_the_credential_may_read(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        foreign = f"/api/v1/bookings/{key('cb', 12)}"
        other = clinic.as_("partner-other")
        assert other.patch(foreign, json={"comment": "ours"}).status_code == 200
        assert types(changes(clinic, cursor=start)) == []
        assert "booking.updated" in types(changes(other, cursor=start))

    def test_a_cursor_is_good_for_thirty_days_in_its_workspace(self, clinic: Api) -> None:
        start = changes(clinic)["pagination"]["nextCursor"]
        refused(clinic.get("/api/v1/changes", params={"cursor": start[:-2] + "xx"}), 400, "INVALID_CURSOR")
        refused(clinic.get("/api/v1/changes", params={"cursor": "%"}), 400, "INVALID_CURSOR")
        clinic.advance("P31D")
        refused(clinic.get("/api/v1/changes", params={"cursor": start}), 410, "CURSOR_EXPIRED")

    def test_a_cursor_does_not_outlive_a_reset(self, clinic: Api) -> None:
        book(clinic)
        cursor = changes(clinic)["pagination"]["nextCursor"]
        with clinic.workspace.transaction() as tx:
            tx.store.events = 0
        refused(clinic.get("/api/v1/changes", params={"cursor": cursor}), 410, "CURSOR_EXPIRED")


class TestNotificationQueue:
    def test_waits_until_it_is_acknowledged(self, clinic: Api) -> None:
        puller = clinic.as_("clinic-demo")
        first = pulled(puller)
        assert acknowledged(puller, [one["id"] for one in first["notifications"]] or ["whk_" + "0" * 24])
        made = book(clinic)
        found = pulled(puller)
        names = ["customer.created", "booking.created", "booking.confirmed"]
        assert [one["event"] for one in found["notifications"]] == names
        assert found["notifications"][1]["data"]["id"] == made["id"]
        assert "signature" not in found["notifications"][0]
        assert pulled(puller) == found
        middle = found["notifications"][1]["id"]
        assert acknowledged(puller, [middle, "whk_" + "f" * 24]) == {
            "acknowledged": [middle],
            "unknown": ["whk_" + "f" * 24],
        }
        rest = pulled(puller, limit=1)
        assert (rest["notifications"][0]["event"], rest["remaining"]) == ("customer.created", 1)
        assert acknowledged(puller, [middle])["acknowledged"] == [middle]
        acknowledged(puller, [one["id"] for one in found["notifications"]])
        assert pulled(puller) == {"notifications": [], "remaining": 0}

    def test_each_credential_has_its_own(self, clinic: Api) -> None:
        name = {"name": "Second", "kind": "api_key", "notificationMode": "pull"}
        second = clinic.control.post("/sandbox/v1/credentials", json=name).json()
        book(clinic)
        key_header = {"X-API-Key": second["apiKey"]}
        found = clinic.anonymous.get("/api/v1/notification-queue", headers=key_header).json()
        acknowledged(clinic.as_("clinic-demo"), [one["id"] for one in found["notifications"]])
        assert clinic.anonymous.get("/api/v1/notification-queue", headers=key_header).json() == found

    def test_expires_after_three_days(self, clinic: Api) -> None:
        def waiting() -> bool:
            found = pulled(clinic.as_("clinic-demo"))
            assert found["remaining"] == 0
            return "booking.created" in [one["event"] for one in found["notifications"]]

        book(clinic)
        clinic.advance("PT72H")
        assert waiting()
        clinic.advance("PT1S")
        assert not waiting()

    def test_holds_and_quiet_changes_are_no_notifications(self, clinic: Api) -> None:
        puller = clinic.as_("clinic-demo")
        slot = {"assignmentId": NOWAK, "offeringId": key("c5", 1), "startsAt": NINE}
        assert clinic.post("/api/v1/slot-holds", json=slot).status_code == 201
        assert pulled(puller)["notifications"] == []

    def test_can_be_waited_for(self, clinic: Api) -> None:
        puller = clinic.as_("clinic-demo")
        assert pulled(puller, waitSeconds=0)["notifications"] == []
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(pulled, puller, waitSeconds=25)
            while not clinic.workspace.followers.reading and not waiting.done():
                wait([waiting], 0.01)
            book(clinic)
            assert waiting.result()["notifications"][0]["event"] == "customer.created"

    def test_not_for_credentials_that_are_pushed_to(self, clinic: Api) -> None:
        partner = clinic.as_("partner-demo")
        refused(partner.get("/api/v1/notification-queue"), 403, "INSUFFICIENT_PERMISSIONS")
        body = {"ids": ["whk_" + "0" * 24]}
        answer = partner.post("/api/v1/notification-queue/acknowledgements", json=body)
        refused(answer, 403, "INSUFFICIENT_PERMISSIONS")


class TestReleaseNotifications:
    def test_pushes_once_more_what_was_given_up_once_an_hour(self, clinic: Api) -> None:
        hook = {
            "url": "https://inspector.sandbox.example/bin_000000000000000000000001",
            "eventTypes": ["booking.created"],
            "retryPolicy": {"preset": "none"},
        }
        webhook = clinic.post("/api/v1/webhooks", json=hook).json()["id"]
        book(clinic)
        log = f"/api/v1/webhooks/{webhook}/deliveries"
        clinic.advance("PT1S")
        assert [one["status"] for one in clinic.get(log).json()["data"]] == ["exhausted"]
        answer = clinic.post("/api/v1/notification-queue/release")
        assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        clinic.advance("PT1S")
        assert [one["attemptCount"] for one in clinic.get(log).json()["data"]] == [2]
        error = clinic.post("/api/v1/notification-queue/release")
        refused(error, 429, "RELEASE_LIMIT_EXCEEDED")
        assert 3590 < int(error.headers["retry-after"]) <= 3600
        clinic.advance("PT1H")
        assert clinic.post("/api/v1/notification-queue/release").status_code == 202
