"""What becomes of the money when a paid registration, or its event, is cancelled."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import Json, order

REGISTRATIONS = "/api/v1/registrations"


def paid(api: Any, event_id: str = desk.DEVCONF) -> Json:
    """A registration that was paid by card."""
    made = api.post(REGISTRATIONS, json=order(event_id)).json()
    subject = {"subject": {"type": "registration", "id": made["id"]}, "provider": "stripe"}
    payment = api.post("/api/v1/payments", json=subject, headers={"Idempotency-Key": "start"}).json()
    confirmation = f"/api/v1/payments/{payment['id']}/confirm"
    api.post(confirmation, json={"paymentMethod": "pm_card_visa"}, headers={"Idempotency-Key": "confirm"})
    settled: Json = api.get(f"{REGISTRATIONS}/{made['id']}").json()
    assert (settled["status"], settled["payment"]["status"]) == ("confirmed", "paid")
    return settled


def after_refund(api: Any, registration: Json) -> Json:
    """The registration when everything due has run."""
    api.advance("PT5M")
    found: Json = api.get(f"{REGISTRATIONS}/{registration['id']}").json()
    return found


def test_in_time_the_money_comes_back(api: Any) -> None:
    registration = paid(api)
    answer = api.post(f"{REGISTRATIONS}/{registration['id']}/cancel", json={"reason": "Ill"})
    assert answer.json()["status"] == "cancelled"
    gone = after_refund(api, registration)
    assert (gone["payment"]["status"], gone["totals"]["refunded"]["amount"]) == ("refunded", "199.00")


def test_the_policy_says_how_much(api: Any) -> None:
    api.patch(f"/api/v1/events/{desk.DEVCONF}", json={"refundPolicy": {"type": "strict", "percent": 50}})
    registration = paid(api)
    api.post(f"{REGISTRATIONS}/{registration['id']}/cancel", json={"reason": "Ill"})
    gone = after_refund(api, registration)
    assert (gone["payment"]["status"], gone["totals"]["refunded"]["amount"]) == (
        "partially_refunded",
        "99.50",
    )


def test_nobody_has_to_take_it_back(api: Any) -> None:
    registration = paid(api)
    api.post(f"{REGISTRATIONS}/{registration['id']}/cancel", json={"reason": "Ill", "refund": "none"})
    assert after_refund(api, registration)["payment"]["status"] == "paid"


def test_a_cancelled_event_gives_everything_back(api: Any) -> None:
    api.patch(f"/api/v1/events/{desk.KWD_FORUM}", json={"refundPolicy": {"type": "none", "percent": 0}})
    registration = paid(api, desk.KWD_FORUM)
    api.post(f"/api/v1/events/{desk.KWD_FORUM}/cancel", json={"reason": "Storm"})
    gone = after_refund(api, registration)
    assert (gone["status"], gone["payment"]["status"]) == ("cancelled", "refunded")
    assert gone["totals"]["refunded"] == {"amount": "12.500", "currency": "KWD"}
