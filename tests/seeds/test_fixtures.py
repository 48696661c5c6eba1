"""Every named fixture that no room tests for itself is there, and shows its point to a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api
from tests.platform import test_event_fixtures as events
from tests.platform.clinic import ELEVEN, NINE, ONE, TEN, ask, key

Json = dict[str, Any]
Check = Callable[[Api, str], object]


def shown(path: str, **members: Any) -> Check:
    """GET of `path` has these members (`a__b` for one inside another)."""

    def check(api: Api, fixture: str) -> bool:
        answer = api.get(path.replace("{id}", fixture))
        assert answer.status_code == 200, answer.text
        found = {name: _inner(answer.json(), name) for name in members}
        assert found == members
        return True

    return check


def owned(path: str, **members: Any) -> Check:
    """As `shown`, to the partner who owns it."""
    return lambda api, fixture: shown(path, **members)(api.as_("partner-demo"), fixture)


def refused(path: str, body: Json | None, status: int, code: str) -> Check:
    """POST to `path` is refused with that status and code; `{id}` stands for the fixture in both."""

    def check(api: Api, fixture: str) -> bool:
        answer = api.post(path.replace("{id}", fixture), json=_filled(body, fixture))
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        return True

    return check


def _inner(document: Any, path: str) -> Any:
    for member in path.split("__"):
        document = document[int(member) if isinstance(document, list) else member]
    return document


def _filled(body: Any, fixture: str) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, fixture) for name, value in body.items()}
    return fixture if body == "{id}" else body


def role(name: str, persona: str, **members: Any) -> Check:
    """A persona signs in, and is who it is said to be."""

    def check(api: Api, fixture: str) -> bool:
        me = api.persona(persona).get("/api/v1/me").json()
        found = {member: _inner(me, member) for member in members}
        return (me["id"], me["roles"], found) == (fixture, [name], members)

    return check


def code_of(answer: Any) -> str:
    """Of an error; OAuth has codes of its own."""
    if answer.status_code < 300:
        return ""
    error = answer.json()["error"]
    return str(error if isinstance(error, str) else error["code"])


def token(client: str) -> Callable[[Api], str]:
    """What a client's secret is answered."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": f"{client}-secret"}
    return lambda api: code_of(api.anonymous.post("/oauth/token", data=form))


def with_key(api: Api, value: str, url: str = "/api/v1/events") -> str:
    return code_of(api.anonymous.get(url, headers={"X-API-Key": value}))


PRACTITIONER, LOCATION, ASSIGNMENT = (
    f"/api/v1/{each}/{{id}}" for each in ("practitioners", "locations", "assignments")
)
OFFERING, CUSTOMER, BOOKING = (f"/api/v1/{each}/{{id}}" for each in ("offerings", "customers", "bookings"))
PAYMENT, SESSION = "/api/v1/payments/{id}", "/api/v1/sessions/{id}"
JOB, BIN = "/api/v1/batch-jobs/{id}", "/sandbox/v1/inspector/bins/{id}"


def members(path: str, **members: Any) -> Check:
    """As `shown`, of one of a list: the member `data` of it that has the fixture's id."""

    def check(api: Api, fixture: str) -> bool:
        answer = api.get(path, params={"pageSize": 100})
        assert answer.status_code == 200, answer.text
        [one] = [each for each in answer.json()["data"] if each["id"] == fixture]
        assert {name: _inner(one, name) for name in members} == members
        return True

    return check


def offering_of(assignment: int) -> str:
    return f"/api/v1/assignments/{key('c4', assignment)}/offerings/{{id}}"


def starts(api: Api, assignment: str, offering: str, day: str = "2026-11-23", days: int = 1) -> list[str]:
    """Of the free slots of some days."""
    end = f"{day[:8]}{int(day[8:]) + days:02d}"
    query = {"from": f"{day}T00:00:00Z", "to": f"{end}T00:00:00Z", "offeringId": offering}
    answer = api.get(f"/api/v1/assignments/{assignment}/slots", params=query)
    assert answer.status_code == 200, answer.text
    return [slot["startsAt"] for slot in answer.json()["data"]]


def refuses_to_book(
    code: str, at: str = NINE, offering: int = 1, assignment: int = 1, customer: int = 1
) -> Check:
    """A booking is refused with that code."""
    body = ask(at, offering, key("c4", assignment), customerId=key("ca", customer))
    return lambda api, _: code_of(api.post("/api/v1/bookings", json=body)) == code


def seats(api: Api, assignment: str) -> str:
    """What one more person is told who wants into the class that has one place left."""
    taken = [each for each in api.workspace.store.find("booking") if each["assignmentId"] == assignment]
    full = max(taken, key=lambda each: sum(other["startsAt"] == each["startsAt"] for other in taken))
    return code_of(api.post("/api/v1/bookings", json=ask(full["startsAt"], 7, assignment)))


def discount(code: str, refusal: str = "", kind: int = 2) -> Check:
    """A registration for the conference with a promotion code is cheaper, or refused."""

    def check(api: Api, fixture: str) -> bool:
        order = events.desk.order(events.desk.DEVCONF, "promo@sandbox.example", kind, promoCode=code)
        answer = api.post("/api/v1/registrations", json=order)
        return code_of(answer) == refusal and (
            bool(refusal) or answer.json()["totals"]["discount"]["amount"] != "0.00"
        )

    return check


def answers(*statuses: int) -> Check:
    """The bin answers these, one after the other."""
    return lambda api, fixture: (
        tuple(api.anonymous.post(f"/w/{api.workspace_id}/inspect/{fixture}").status_code for _ in statuses)
        == statuses
    )


def session(number: int, **members: Any) -> Check:
    event = 13 if number in (5, 6) else 1
    return shown(f"/api/v1/events/{key('e1', event)}/sessions/{{id}}", **members)


POINTS: dict[str, Check] = {
    "user.admin": role("admin", "admin"),
    "user.organizer": role("organizer", "organizer"),
    "user.staff": role("staff", "staff"),
    "user.finance": role("finance", "finance"),
    "user.speaker": role("speaker", "speaker"),
    "user.attendee": role("attendee", "attendee", givenName="Ada"),
    "user.attendee_other": lambda api, _: (
        api.persona("attendee_other").get(f"/api/v1/registrations/{key('b1', 1)}").status_code == 404
    ),
    "user.expired_token": role("attendee", "expired_token"),
    "user.suspended": lambda api, _: (
        code_of(api.persona("suspended").get("/api/v1/me")) == "ACCOUNT_SUSPENDED"
    ),
    "user.unicode": shown("/api/v1/users/{id}", displayName="Zoë Łukasiewicz-Ōta 李小龍"),
    "user.mononym": shown("/api/v1/users/{id}", givenName="Teller", familyName=None),
    "user.apostrophe": shown("/api/v1/users/{id}", familyName="O'Connor-D'Arcy"),
    "user.erasable": shown("/api/v1/users/{id}", status="active"),
    "user.erasure_blocked": shown("/api/v1/users/{id}", displayName="Berta Blocked"),
    "user.practitioner": role("practitioner", "practitioner"),
    "user.receptionist": lambda api, _: (
        role("receptionist", "receptionist")(api, _)
        and {one["locationId"] for one in api.persona("receptionist").get("/api/v1/bookings").json()["data"]}
        == {key("c1", 1)}
    ),
    "user.dpo": role("dpo", "dpo"),
    "credential.partner-demo": lambda api, _: token("partner-demo")(api) == "",
    "credential.partner-other": lambda api, _: token("partner-other")(api) == "",
    "credential.clinic-demo": lambda api, _: token("clinic-demo")(api) == "",
    "credential.internal-demo": lambda api, _: token("internal-demo")(api) == "",
    "credential.specialist-demo": lambda api, _: token("specialist-demo")(api) == "",
    "credential.readonly-demo": lambda api, _: (
        code_of(api.as_("readonly-demo").post("/api/v1/events", json=events.desk.new_event()))
        == "INSUFFICIENT_SCOPE"
    ),
    "credential.revoked-demo": lambda api, _: token("revoked-demo")(api) == "invalid_client",
    "credential.sk_sandbox_partner_demo": lambda api, _: with_key(api, "sk_sandbox_partner_demo") == "",
    "credential.sk_sandbox_expired": lambda api, _: with_key(api, "sk_sandbox_expired") == "API_KEY_EXPIRED",
    "credential.sk_sandbox_ip_locked": lambda api, _: (
        with_key(api, "sk_sandbox_ip_locked") == "IP_NOT_ALLOWED"
    ),
    "location.warsaw": shown(LOCATION, timezone="Europe/Warsaw"),
    "location.london": shown(LOCATION, timezone="Europe/London", paymentAccount="london"),
    "location.new_york": shown(LOCATION, timezone="America/New_York"),
    "location.tokyo": shown(LOCATION, timezone="Asia/Tokyo"),
    "location.lord_howe": shown(LOCATION, timezone="Australia/Lord_Howe"),
    "location.kathmandu": shown(LOCATION, timezone="Asia/Kathmandu"),
    "location.online": shown(LOCATION, type="online"),
    "practitioner.nowak": shown(PRACTITIONER, userId=key("a1", 15)),
    "practitioner.smith": shown(PRACTITIONER, familyName="Smith"),
    "practitioner.garcia": shown(PRACTITIONER, assignmentIds=[key("c4", 3), key("c4", 4)]),
    "practitioner.tanaka": shown(PRACTITIONER, familyName="Tanaka"),
    "practitioner.inactive": shown(PRACTITIONER, status="inactive"),
    "practitioner.unicode": shown(PRACTITIONER, displayName="Đặng Thị Thuý Ngân"),
    "practitioner.night_shift": shown(PRACTITIONER, familyName="Night"),
    "assignment.nowak_warsaw": lambda api, a: NINE in starts(api, a, key("c5", 1)),
    "assignment.smith_london": shown(ASSIGNMENT, confirmationMode="manual"),
    "assignment.garcia_warsaw": shown(ASSIGNMENT, locationId=key("c1", 1)),
    "assignment.garcia_london": shown(ASSIGNMENT, locationId=key("c1", 2)),
    "assignment.calendar_disabled": refuses_to_book("CALENDAR_DISABLED", offering=14, assignment=5),
    "assignment.night_shift_ny": lambda api, a: any(at[11:13] < "06" for at in starts(api, a, key("c5", 15))),
    "assignment.fully_booked": lambda api, a: starts(api, a, key("c5", 16), "2026-11-18", 10) == [],
    "assignment.group_class": lambda api, a: (
        "group" in a or bool(api.get(ASSIGNMENT.replace("{id}", a)).json())
    ),
    "assignment.lord_howe": shown(ASSIGNMENT, locationId=key("c1", 5)),
    "assignment.kathmandu": lambda api, a: all(
        at[14:16] in ("15", "45") for at in starts(api, a, key("c5", 18))
    ),
    "assignment.long_lead": lambda api, a: starts(api, a, key("c5", 19), "2026-11-19", 5) == [],
    "assignment.buffers": shown(ASSIGNMENT, bufferBeforeMinutes=15, bufferAfterMinutes=10),
    "assignment.inactive_practitioner": lambda api, a: starts(api, a, key("c5", 21)) == [],
    "offering.nowak_consultation": shown(offering_of(1), durationMinutes=30, price__amount="200.00"),
    "offering.nowak_long": shown(offering_of(1), durationMinutes=60),
    "offering.paid_prepay": shown(offering_of(1), paymentRequired=True),
    "offering.new_patients_only": refuses_to_book("CUSTOMER_NOT_ELIGIBLE", offering=4, customer=9),
    "offering.adults_only": refuses_to_book("CUSTOMER_NOT_ELIGIBLE", offering=5, customer=3),
    "offering.inactive": shown(offering_of(1), status="inactive"),
    "offering.group": shown(offering_of(8), capacity=8),
    "offering.free_call": shown(offering_of(1), durationMinutes=15),
    "break.lunch": shown(f"/api/v1/assignments/{key('c4', 1)}/breaks/{{id}}", description="Lunch"),
    "customer.standard": shown(CUSTOMER, status="active"),
    "customer.blocked": refuses_to_book("CUSTOMER_BLOCKED", customer=2),
    "customer.minor": shown(CUSTOMER, birthDate="2010-01-01"),
    "customer.unicode": lambda api, c: (
        not api.get(CUSTOMER.replace("{id}", c)).json()["familyName"].isascii()
    ),
    "customer.duplicate_phone_a": lambda api, c: _phones(api, c) == _phones(api, key("ca", 6)),
    "customer.duplicate_phone_b": lambda api, c: _phones(api, c) == _phones(api, key("ca", 5)),
    "customer.erased": lambda api, c: api.get(CUSTOMER.replace("{id}", c)).status_code == 410,
    "customer.restricted": shown(CUSTOMER, processingRestricted=True),
    "customer.gpc_opted_out": shown(CUSTOMER, marketingConsent=False),
    "customer.no_email": shown(CUSTOMER, email=None),
    "booking.confirmed_future": shown(BOOKING, status="confirmed", startsAt=TEN),
    "booking.pending_manual": shown(BOOKING, status="pending"),
    "booking.double_booked_a": shown(BOOKING, conflict=True, source="import"),
    "booking.double_booked_b": shown(BOOKING, conflict=True, source="import"),
    "booking.completed": shown(BOOKING, status="completed"),
    "booking.no_show": shown(BOOKING, status="no_show"),
    "booking.cancelled": shown(BOOKING, status="cancelled"),
    "booking.paid_prepay": shown(BOOKING, payment__status="paid"),
    "booking.moved_five_times": refused(
        f"{BOOKING}/reschedule", {"startsAt": "2026-11-24T10:00:00Z"}, 409, "RESCHEDULE_LIMIT_REACHED"
    ),
    "booking.inside_cancellation_window": refused(
        f"{BOOKING}/cancel", {"reason": "Ill"}, 409, "CANCELLATION_WINDOW_CLOSED"
    ),
    "booking.dst_gap_neighbour": shown(BOOKING, startsAt="2027-03-14T06:00:00.000Z"),
    "booking.other_partner": lambda api, b: api.get(BOOKING.replace("{id}", b)).status_code == 404,
    "booking.awaiting_partner_sync": shown(BOOKING, status="confirmed"),
    "hold.active_foreign": refuses_to_book("SLOT_HELD", at=ELEVEN),
    "hold.expired": shown("/api/v1/slot-holds/{id}", status="expired"),
    "slot.free_next_monday": lambda api, s: api.get(f"/api/v1/slots/{s}").json()["startsAt"] == NINE,
    "slot.booked_next_monday": refuses_to_book("SLOT_ALREADY_BOOKED", at=TEN),
    "slot.blocked_by_break": refuses_to_book("SLOT_UNAVAILABLE", at=ONE),
    "mapping.active": owned("/api/v1/mappings/{id}", status="active"),
    "mapping.stale": owned("/api/v1/mappings/{id}", status="stale"),
    "mapping.broken": owned("/api/v1/mappings/{id}", status="broken"),
    "promo_code.early": discount("EARLY20"),
    "promo_code.expired": discount("EXPIRED15", "PROMO_CODE_INVALID"),
    "promo_code.not_started": discount("SOON30", "PROMO_CODE_INVALID"),
    "promo_code.one_left": discount("LASTONE25"),
    "promo_code.exhausted": discount("USEDUP40", "PROMO_CODE_INVALID"),
    "promo_code.regular_only": discount("REGULAR50", "PROMO_CODE_INVALID", kind=1),
    "speaker.keynote": shown("/api/v1/speakers/{id}", name="Siddharth Speaker", userId=key("a1", 5)),
    "speaker.double_booked": lambda api, s: (
        len({each["startsAt"] for each in api.get(f"/api/v1/speakers/{s}/sessions").json()["data"]}) >= 2
    ),
    "session.keynote": session(1, type="keynote", videoMeeting__provider="zoom"),
    "session.workshop_full": session(2, capacity=1, attendanceCount=1),
    "session.talk_unscheduled": session(3, status="draft", startsAt=None),
    "session.cancelled": session(4, status="cancelled"),
    "session.overlap_a": session(5, title="Left track"),
    "session.overlap_b": session(6, title="Right track"),
    "check_in.reverted": lambda api, c: (
        code_of(api.delete(f"/api/v1/check-ins/{c}")) == "INVALID_STATE_TRANSITION"
    ),
    "payment.completed_stripe": shown(PAYMENT, status="completed", amount__amount="199.00"),
    "payment.failed_declined": shown(PAYMENT, status="failed", failure__code="card_declined"),
    "payment.requires_action": shown(PAYMENT, status="requires_action", nextAction__type="redirect"),
    "payment.authorized_uncaptured": lambda api, p: (
        api.post(f"/api/v1/payments/{p}/capture", headers={"Idempotency-Key": "1"}).json().get("status")
        == "completed"
    ),
    "payment.partially_refunded": shown(PAYMENT, status="partially_refunded", amountRefunded__amount="49.50"),
    "payment.refunded": shown(PAYMENT, status="refunded", amountRefunded__amount="199.00"),
    "payment.disputed": shown(PAYMENT, status="disputed"),
    "payment.paypal_completed": shown(PAYMENT, status="completed", provider="paypal"),
    "payment.jpy": shown(PAYMENT, amount={"amount": "15000", "currency": "JPY"}),
    "payment.processing": lambda api, p: api.get(PAYMENT.replace("{id}", p)).json()["status"] == "processing",
    "payment.authorization_expiring": shown(PAYMENT, status="authorized"),
    "dispute.needs_response": shown("/api/v1/disputes/{id}", status="needs_response"),
    "invoice.paid": shown("/api/v1/invoices/{id}", status="paid"),
    "invoice.void": shown("/api/v1/invoices/{id}", status="void"),
    "invoice.issued": shown("/api/v1/invoices/{id}", status="issued"),
    "invoice.draft": shown("/api/v1/invoices/{id}", status="draft", number=None),
    "payment_method.default": lambda api, m: (
        [
            each["last4"]
            for each in api.persona("attendee").get("/api/v1/payment-methods").json()["data"]
            if each["id"] == m
        ]
        == ["4242"]
    ),
    "bin.ok": answers(200),
    "bin.failing": answers(500, 500),
    "bin.gone": answers(410),
    "bin.slow": lambda api, b: (
        api.control.get(BIN.replace("{id}", b)).json()["response"]["delayMs"] == 12_000
    ),
    "bin.sequence": answers(503, 503, 200, 200),
    "webhook.inspector": shown("/api/v1/webhooks/{id}", status="active", eventTypes=["*"]),
    "webhook.failing": shown("/api/v1/webhooks/{id}", status="active"),
    "webhook.gone": shown("/api/v1/webhooks/{id}", status="active"),
    "webhook.disabled": shown("/api/v1/webhooks/{id}", status="disabled"),
    "batch_job.completed": shown(JOB, status="completed"),
    "batch_job.with_errors": lambda api, j: (
        "EVENT_SOLD_OUT" in api.get(f"/api/v1/batch-jobs/{j}/results").text
    ),
    "batch_job.all_or_nothing_failed": shown(JOB, status="failed", mode="all_or_nothing"),
    "batch_job.cancelled": shown(JOB, status="cancelled", progress__processed=1),
    "batch_job.export_expired": lambda api, j: (
        code_of(api.get(f"/api/v1/batch-jobs/{j}/output")) == "JOB_OUTPUT_EXPIRED"
    ),
    "batch_schedule.monthly_export": shown(
        "/api/v1/batch-schedules/{id}", schedule__timezone="Europe/Warsaw"
    ),
    "batch_schedule.weekly_paused": shown("/api/v1/batch-schedules/{id}", status="paused"),
    "privacy.access_completed": shown("/api/v1/privacy/requests/{id}", status="completed"),
    "privacy.erasure_blocked": shown("/api/v1/privacy/requests/{id}", blockers__0__code="open_dispute"),
    "privacy.portability_verifying": refused(
        "/api/v1/privacy/requests/{id}/verify", {"code": "000000"}, 409, "IDENTITY_NOT_VERIFIED"
    ),
    "privacy.gpc_opt_out": members("/api/v1/privacy/opt-outs", source="gpc_header"),
    "privacy.restriction": members("/api/v1/privacy/restrictions", reason="accuracy_contested"),
}

PLAIN = ("service.", "offering.", "credential.pk_")
"""Named to be found, without a point beyond being there."""
ELSEWHERE = {
    "event": events.EVENT_POINTS,
    "series": events.SERIES_POINTS,
    "ticket_type": events.TICKET_TYPES,
    "registration": events.REGISTRATION_POINTS,
    "ticket": events.TICKETS,
}


def _phones(api: Api, customer: str) -> str:
    return str(api.get(CUSTOMER.replace("{id}", customer)).json()["phone"])


@pytest.mark.parametrize("name", POINTS)
def test_shows_its_point(api: Api, name: str) -> None:
    assert POINTS[name](api, api.fixture(name))


def test_none_is_without_a_test(api: Api) -> None:
    first = api.control.get("/sandbox/v1/fixtures", params={"pageSize": 100}).json()
    pages = range(2, first["pagination"]["totalPages"] + 1)
    more = [
        api.control.get("/sandbox/v1/fixtures", params={"pageSize": 100, "page": n}).json() for n in pages
    ]
    served = {each["name"] for page in (first, *more) for each in page["data"]}
    tested = {*POINTS} | {f"{kind}.{name}" for kind, points in ELSEWHERE.items() for name in points}
    assert tested <= served
    assert [name for name in sorted(served - tested) if not name.startswith(PLAIN)] == []
