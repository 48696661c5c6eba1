"""A role that was given for one location reaches no further."""

from __future__ import annotations

import pytest

from tests.conftest import Api
from tests.platform import event_desk as desk
from tests.platform.cash_desk import paid, register
from tests.platform.clinic import NINE, SMITH, ask, book, key, refused
from tests.platform.receiving import new_bin, waited

BOOKINGS, PAYMENTS = "/api/v1/bookings", "/api/v1/payments"
WARSAW, LONDON = key("c1", 1), key("c1", 2)
ORGANIZER, STAFF, RECEPTIONIST = key("a1", 2), key("a1", 3), key("a1", 16)
HERE, THERE = desk.OPEN_HOUSE, desk.DEVCONF
TICKET_THERE = "OTHEREVENTTICK23"


def limited(api: Api, persona: str, user: str, event: str = HERE) -> Api:
    """A persona whose role is from now on for one event only, and who may attend any."""
    limit = {"scopeType": "event", "scopeId": event}
    for role, scope in ((persona, limit), ("attendee", {"scopeType": "global"})):
        given = api.persona("admin").put(f"/api/v1/users/{user}/roles/{role}", json=scope)
        assert given.status_code in (200, 201), given.text
    return api.persona(persona)


def elsewhere(api: Api) -> str:
    """A booking in London."""
    rows = api.get(BOOKINGS, params={"locationId": LONDON, "pageSize": 1}).json()["data"]
    return str(rows[0]["id"])


class TestReceptionistOfOneLocation:
    def test_sees_the_bookings_of_the_place(self, clinic: Api) -> None:
        desk = clinic.persona("receptionist")
        rows = desk.get(BOOKINGS, params={"pageSize": 100}).json()["data"]
        assert {row["locationId"] for row in rows} == {WARSAW}
        assert desk.get(BOOKINGS, params={"locationId": LONDON}).json()["data"] == []
        assert desk.get(f"{BOOKINGS}/{key('cb', 1)}").status_code == 200

    def test_those_of_other_places_are_unknown(self, clinic: Api) -> None:
        desk, other = clinic.persona("receptionist"), elsewhere(clinic)
        refused(desk.get(f"{BOOKINGS}/{other}"), 404, "RESOURCE_NOT_FOUND")
        refused(desk.post(f"{BOOKINGS}/{other}/cancel", json={"reason": "?"}), 404, "RESOURCE_NOT_FOUND")
        refused(desk.get(f"{BOOKINGS}/{other}/history"), 404, "RESOURCE_NOT_FOUND")

    def test_books_and_moves_there_only(self, clinic: Api) -> None:
        desk = clinic.persona("receptionist")
        made = book(desk)
        offering = clinic.get(f"/api/v1/assignments/{SMITH}/offerings").json()["data"][0]["id"]
        there = {"assignmentId": SMITH, "offeringId": offering, "startsAt": "2026-11-23T10:00:00Z"}
        refused(desk.post(BOOKINGS, json={**ask(), **there}), 403, "INSUFFICIENT_PERMISSIONS")
        moved = desk.post(f"{BOOKINGS}/{made['id']}/reschedule", json=there)
        refused(moved, 403, "INSUFFICIENT_PERMISSIONS")
        assert clinic.get(f"{BOOKINGS}/{made['id']}").json()["startsAt"] == NINE

    def test_everywhere_once_the_role_is_unlimited(self, clinic: Api) -> None:
        other, admin = elsewhere(clinic), clinic.persona("admin")
        unlimited = admin.put(
            f"/api/v1/users/{RECEPTIONIST}/roles/receptionist", json={"scopeType": "global"}
        )
        assert unlimited.status_code in (200, 201), unlimited.text
        assert clinic.persona("receptionist").get(f"{BOOKINGS}/{other}").status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PATCH", f"/api/v1/locations/{LONDON}", {"phone": "+48123456789"}),
            ("POST", f"/api/v1/assignments/{SMITH}/calendar/disable", {}),
            ("DELETE", f"/api/v1/assignments/{SMITH}/availability?date=2026-11-30", None),
            (
                "POST",
                f"/api/v1/assignments/{SMITH}/breaks",
                {"startsAt": "2026-11-30T10:00:00Z", "endsAt": "2026-11-30T11:00:00Z"},
            ),
        ],
    )
    def test_reads_the_hours_of_other_places_and_changes_none(
        self, clinic: Api, method: str, path: str, body: object
    ) -> None:
        front = clinic.persona("receptionist")
        refused(front.request(method, path, json=body), 403, "INSUFFICIENT_PERMISSIONS")
        assert front.get(f"/api/v1/assignments/{SMITH}/schedule").status_code == 200
        assert len(front.get("/api/v1/locations").json()["data"]) > 1


class TestStaffOfOneEvent:
    @pytest.mark.parametrize("rows", ["registrations", "check-ins"])
    def test_sees_the_rows_of_that_event(self, api: Api, rows: str) -> None:
        sam = limited(api, "staff", STAFF)
        listed = sam.get(f"/api/v1/{rows}", params={"pageSize": 100}).json()
        assert {row["eventId"] for row in listed["data"]} == {HERE}
        assert sam.get(f"/api/v1/{rows}", params={"eventId": THERE}).json()["data"] == []

    def test_those_of_others_are_unknown(self, api: Api) -> None:
        sam = limited(api, "staff", STAFF)
        refused(sam.get(f"/api/v1/registrations/{desk.registration(1)}"), 404, "RESOURCE_NOT_FOUND")
        refused(sam.get(f"/api/v1/attendees/{desk.person(5)}"), 404, "RESOURCE_NOT_FOUND")
        refused(sam.get(f"/api/v1/events/{THERE}/attendees"), 403, "INSUFFICIENT_PERMISSIONS")
        assert sam.get(f"/api/v1/events/{THERE}").status_code == 200

    def test_lets_in_there_only(self, api: Api) -> None:
        sam = limited(api, "staff", STAFF)
        elsewhere = sam.post("/api/v1/check-ins", json={"ticketCode": TICKET_THERE})
        refused(elsewhere, 403, "INSUFFICIENT_PERMISSIONS")
        told = sam.post("/api/v1/ticket-validations", json={"code": TICKET_THERE}).json()
        assert (told["valid"], told["reason"], told["attendee"]) == (False, "wrong_event", None)
        made = sam.post("/api/v1/check-ins", json={"ticketCode": "VALIDTICKET23456"})
        assert made.status_code == 201, made.text


class TestOrganizerOfOneEvent:
    def test_changes_that_event_only(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        for method, path, body in (
            ("PATCH", f"/api/v1/events/{THERE}", {"summary": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/cancel", {"reason": "No"}),
            ("POST", f"/api/v1/events/{THERE}/ticket-types", {"name": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/rooms", {"name": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/sessions", {"title": "Mine"}),
            ("POST", "/api/v1/events", desk.new_event()),
            ("PATCH", f"/api/v1/event-series/{key('e2', 1)}", {"name": "Mine"}),
            ("PATCH", "/api/v1/promo-codes/EARLY20", {"percent": 99}),
            ("POST", "/api/v1/promo-codes", {"code": "MINE", "percent": 99}),
        ):
            refused(oskar.request(method, path, json=body), 403, "INSUFFICIENT_PERMISSIONS")
        assert oskar.patch(f"/api/v1/events/{HERE}", json={"summary": "Mine"}).status_code == 200

    def test_sees_no_drafts_and_no_figures_of_others(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        refused(oskar.get(f"/api/v1/events/{desk.DRAFT_READY}"), 404, "RESOURCE_NOT_FOUND")
        assert oskar.get("/api/v1/events", params={"status": "draft"}).json()["data"] == []
        refused(oskar.get(f"/api/v1/events/{THERE}/statistics"), 403, "INSUFFICIENT_PERMISSIONS")
        assert oskar.get(f"/api/v1/events/{HERE}/statistics").status_code == 200

    def test_sees_no_plans_and_no_codes_of_others(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        for path in (f"events/{THERE}/schedule-conflicts", "promo-codes/EARLY20"):
            refused(oskar.get(f"/api/v1/{path}"), 403, "INSUFFICIENT_PERMISSIONS")
        assert THERE not in oskar.get("/api/v1/promo-codes", params={"pageSize": 100}).text
        assert oskar.get(f"/api/v1/events/{HERE}/schedule-conflicts").status_code == 200

    def test_attends_others_like_anybody(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        made = oskar.post("/api/v1/registrations", json=desk.order(desk.FREE_MEETUP))
        assert made.status_code == 201, made.text
        assert oskar.get(f"/api/v1/registrations/{made.json()['id']}").status_code == 200


class TestFinanceOfOneEvent:
    def test_sees_the_money_of_that_event(self, api: Api) -> None:
        fiona = limited(api, "finance", key("a1", 4), THERE)
        paid = fiona.get("/api/v1/payments", params={"subjectType": "registration"}).json()["data"]
        behind = [api.get(f"/api/v1/registrations/{row['subject']['id']}").json() for row in paid]
        assert {each["eventId"] for each in behind} == {THERE}
        billed = fiona.get("/api/v1/invoices", params={"pageSize": 100}).json()["data"]
        assert 0 < len(billed) < 100
        refused(fiona.get(f"/api/v1/payments/{key('d1', 8)}"), 404, "RESOURCE_NOT_FOUND")
        elsewhere = {"subject": {"bookingId": key("cb", 8)}, "billTo": {"name": "X"}}
        refused(fiona.post("/api/v1/invoices", json=elsewhere), 403, "INSUFFICIENT_PERMISSIONS")

    def test_the_figures_are_those_of_that_event(self, api: Api) -> None:
        day = {"from": "2026-11-18", "to": "2026-11-18"}
        paid(api)
        fiona = limited(api, "finance", key("a1", 4), THERE)
        told = fiona.get("/api/v1/financial-summary", params=day).json()["totals"]
        assert [each["gross"]["amount"] for each in told] == ["199.00"]
        everything = api.post("/api/v1/financial-reports", json=day).json()["id"]
        own = fiona.post("/api/v1/financial-reports", json=day).json()["id"]
        limited(api, "finance", key("a1", 4), HERE)
        assert fiona.get("/api/v1/financial-summary", params=day).json()["totals"] == []
        for query in ({"eventId": THERE}, {"locationId": WARSAW}):
            answer = fiona.get("/api/v1/financial-summary", params={**day, **query})
            refused(answer, 403, "INSUFFICIENT_PERMISSIONS")
        for report in (everything, own):
            refused(fiona.get(f"/api/v1/financial-reports/{report}"), 404, "RESOURCE_NOT_FOUND")
        made = fiona.post("/api/v1/financial-reports", json=day).json()["id"]
        listed = fiona.get("/api/v1/financial-reports").json()["data"]
        assert [each["id"] for each in listed] == [made]
        for _ in range(2):
            api.advance("PT1S")
        assert fiona.get(f"/api/v1/financial-reports/{made}").json()["totals"] == []
        assert api.get(f"/api/v1/financial-reports/{own}").json()["totals"] == told

    def test_moves_no_money_of_others(self, api: Api) -> None:
        fiona, payment = limited(api, "finance", key("a1", 4), HERE), paid(api)
        subject = {"type": "registration", "id": register(api, "Otto Other")["id"]}
        for provider in ("stripe", "offline"):
            asked, once = {"subject": subject, "provider": provider}, {"Idempotency-Key": provider}
            refused(fiona.post(PAYMENTS, json=asked, headers=once), 422, "BUSINESS_RULE_VIOLATION")
        for action in ("refunds", "confirm", "capture", "cancel"):
            moved = fiona.post(f"{PAYMENTS}/{payment['id']}/{action}", json={}, headers=once)
            refused(moved, 404, "RESOURCE_NOT_FOUND")
        limited(api, "finance", key("a1", 4), THERE)
        again = {"Idempotency-Key": "there"}
        begun = fiona.post(PAYMENTS, json={"subject": subject, "provider": "offline"}, headers=again)
        assert begun.status_code == 201, begun.text
        back = fiona.post(f"{PAYMENTS}/{payment['id']}/refunds", json={}, headers=again)
        assert back.status_code == 201, back.text


class TestSubscriptionsOfOneEvent:
    """Somebody with a role for one event subscribes."""

    def subscribed(self, api: Api) -> tuple[Api, str, dict[str, str]]:
        """Oskar of the festival, his subscription to all, and the bin that it goes to."""
        oskar, bin_ = limited(api, "organizer", ORGANIZER, desk.FESTIVAL), new_bin(api)
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["*"]}
        made = oskar.post("/api/v1/webhooks", json=body)
        assert made.status_code == 201, made.text
        return oskar, f"/api/v1/webhooks/{made.json()['id']}", bin_

    def test_it_is_told_of_that_event_and_its_parts(self, api: Api) -> None:
        oskar, webhook, bin_ = self.subscribed(api)
        paid(api)
        api.post("/api/v1/users", json={"email": "x@sandbox.example", "displayName": "X"})
        for event in (THERE, desk.FESTIVAL, desk.FESTIVAL_DAY):
            changed = api.patch(f"/api/v1/events/{event}", json={"summary": "Soon"})
            assert changed.status_code == 200, changed.text
        about = [each["bodyJson"]["data"]["id"] for each in waited(api, bin_, 2)]
        assert sorted(about) == sorted([desk.FESTIVAL, desk.FESTIVAL_DAY])
        assert oskar.get(f"{webhook}/deliveries").json()["pagination"]["totalItems"] == 2
        why = {"event": "event.updated", "resourceId": THERE, "webhookId": webhook.rpartition("/")[2]}
        told = api.control.get("/sandbox/v1/webhook-explanations", params=why)
        assert told.status_code == 200, told.text
        assert told.json()["reason"] == "filtered"

    def test_it_is_told_nothing_once_the_role_is_gone(self, api: Api) -> None:
        _, _, bin_ = self.subscribed(api)
        api.persona("admin").delete(f"/api/v1/users/{ORGANIZER}/roles/organizer")
        api.patch(f"/api/v1/events/{desk.FESTIVAL}", json={"summary": "Soon"})
        api.advance("PT1S")
        assert api.control.get(f"/sandbox/v1/inspector/bins/{bin_['id']}/requests").json()["data"] == []

    def test_it_is_sent_no_trial_about_others(self, api: Api) -> None:
        oskar, webhook, bin_ = self.subscribed(api)
        trial = {"eventType": "event.published", "resourceId": THERE}
        answer = oskar.post(f"{webhook}/test", json=trial)
        refused(answer, 422, "BUSINESS_RULE_VIOLATION")
        sent = oskar.post(f"{webhook}/test", json={"eventType": "event.published"})
        assert sent.status_code in (200, 201, 202), sent.text
        (arrived,) = waited(api, bin_)
        assert arrived["bodyJson"]["data"]["id"] in (desk.FESTIVAL, desk.FESTIVAL_DAY)

    def test_those_of_others_are_unknown(self, api: Api) -> None:
        oskar, webhook, bin_ = self.subscribed(api)
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["*"]}
        other = f"/api/v1/webhooks/{api.post('/api/v1/webhooks', json=body).json()['id']}"
        for path in ("", "/deliveries", "/statistics"):
            assert oskar.get(f"{webhook}{path}").status_code == 200
            refused(oskar.get(f"{other}{path}"), 404, "RESOURCE_NOT_FOUND")
        refused(oskar.patch(other, json={"description": "Mine"}), 404, "RESOURCE_NOT_FOUND")
        assert [
            f"/api/v1/webhooks/{each['id']}" for each in oskar.get("/api/v1/webhooks").json()["data"]
        ] == [webhook]
