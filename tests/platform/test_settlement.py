"""What payments do to a registration, as the payments' side calls it."""

from __future__ import annotations

from typing import Any

from sandbox.platform.registrations import note_payment, registration_due, settle_registration
from tests.platform import event_desk as desk
from tests.platform.cash_desk import confirm, register, start
from tests.platform.ledger import pass_days

PENDING = desk.registration(2)


def payment(captured: str = "0.00", refunded: str = "0.00", status: str = "completed") -> dict[str, Any]:
    """A payment as it is stored."""
    amounts = {"amountCaptured": captured, "amountRefunded": refunded}
    money = {member: {"amount": amount, "currency": "EUR"} for member, amount in amounts.items()}
    return {"id": "d1000000-0000-4000-8000-000000000099", "status": status, **money}


def test_paid_in_full_confirms_and_issues(workspace: Any) -> None:
    with workspace.transaction() as tx:
        assert registration_due(tx, PENDING) == {"amount": "199.00", "currency": "EUR"}
        settled = settle_registration(tx, PENDING, payment("199.00"))
        assert (settled["status"], settled["payment"]["status"], settled["ticketCount"]) == (
            "confirmed",
            "paid",
            1,
        )
        assert registration_due(tx, PENDING) == {"amount": "0.00", "currency": "EUR"}
        assert tx.get("agenda", f"registration.expire:{PENDING}") is None
        assert tx.count("ticket", {"registrationId": PENDING}) == 1  # the one it had before


def test_paid_when_the_event_is_over_admits_nobody(api: Any) -> None:
    made = register(api)
    event = made["eventId"]
    assert api.post(f"/api/v1/events/{event}/complete").status_code == 200
    payment = confirm(api, start(api, made), "pm_card_visa").json()
    assert payment["status"] == "completed"
    url = f"/api/v1/registrations/{made['id']}"
    assert api.get(url).json()["status"] == "confirmed"
    assert [ticket["status"] for ticket in api.get(f"{url}/tickets").json()["data"]] == ["expired"]


def test_the_same_payment_twice_counts_once(workspace: Any) -> None:
    with workspace.transaction() as tx:
        first = settle_registration(tx, PENDING, payment("199.00"))
        assert settle_registration(tx, PENDING, payment("199.00")) == first


def test_a_part_leaves_the_rest_due(workspace: Any) -> None:
    with workspace.transaction() as tx:
        part = settle_registration(tx, PENDING, payment("99.00"))
        assert (part["status"], part["totals"]["due"]["amount"]) == ("pending", "100.00")


def test_refunds_show_in_the_summary(workspace: Any) -> None:
    with workspace.transaction() as tx:
        settle_registration(tx, PENDING, payment("199.00"))
        partly = note_payment(tx, PENDING, payment("199.00", "50.00", "partially_refunded"))
        assert (partly["payment"]["status"], partly["totals"]["refunded"]["amount"]) == (
            "partially_refunded",
            "50.00",
        )
        assert (
            note_payment(tx, PENDING, payment("199.00", "199.00", "refunded"))["payment"]["status"]
            == "refunded"
        )


def test_authorised_money_keeps_the_hold(api: Any) -> None:
    with api.workspace.transaction() as tx:
        note_payment(tx, PENDING, payment(status="authorized"))
    pass_days(api, "P10D", "registration")
    assert api.get(f"/api/v1/registrations/{PENDING}").json()["status"] == "pending"


def test_a_cancelled_registration_stays_cancelled(workspace: Any) -> None:
    with workspace.transaction() as tx:
        late = settle_registration(tx, desk.registration(3), payment("199.00"))
        assert (late["status"], late["totals"]["paid"]["amount"]) == ("cancelled", "199.00")
        assert registration_due(tx, "b1000000-0000-4000-8000-000000099999") is None
