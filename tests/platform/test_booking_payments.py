"""A booking that must be paid first, all the way through the payment provider and back."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NINE, TEN, book, emitted


def pay(api: Api, booking: str, card: str = "pm_card_visa", word: str = "first") -> dict[str, Any]:
    body = {"subject": {"type": "booking", "id": booking}, "provider": "stripe"}
    made = api.post("/api/v1/payments", json=body, headers={"Idempotency-Key": f"pay-{booking}-{word}"})
    assert made.status_code == 201, made.text
    done = api.post(
        f"/api/v1/payments/{made.json()['id']}/confirm",
        json={"paymentMethod": card},
        headers={"Idempotency-Key": f"confirm-{booking}-{word}"},
    )
    assert done.status_code == 200, done.text
    api.advance("PT1S")
    paid: dict[str, Any] = api.get(f"/api/v1/payments/{made.json()['id']}").json()
    return paid


class TestPrepaidBooking:
    def test_payment_confirms_and_cancellation_pays_back(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        assert (made["status"], made["payment"]["status"]) == ("pending", "unpaid")
        found = clinic.get("/api/v1/bookings", params={"paymentStatus": "unpaid", "from": NINE, "to": TEN})
        assert made["id"] in [booking["id"] for booking in found.json()["data"]]
        paid = pay(clinic, made["id"])
        assert (paid["status"], paid["amount"]) == ("completed", {"amount": "250.00", "currency": "PLN"})
        booking = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (booking["status"], booking["payment"]["status"]) == ("confirmed", "paid")
        assert booking["payment"]["paymentIds"] == [paid["id"]]
        events = emitted(clinic)
        assert events.index("payment.completed") < events.index("booking.confirmed")
        clinic.post(f"/api/v1/bookings/{made['id']}/cancel", json={"reason": "Ill"})
        clinic.advance("PT1S")
        assert clinic.get(f"/api/v1/payments/{paid['id']}").json()["status"] == "refunded"
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["payment"]["status"] == "refunded"

    def test_what_is_charged_back_is_due_again(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        lost = pay(clinic, made["id"], "pm_card_dispute")
        part = {"amount": {"amount": "20.00", "currency": "PLN"}, "reason": "other"}
        once = {"Idempotency-Key": "part"}
        clinic.post(f"/api/v1/payments/{lost['id']}/refunds", json=part, headers=once)
        clinic.advance("PT61M")
        [dispute] = clinic.get("/api/v1/disputes", params={"paymentId": lost["id"]}).json()["data"]
        clinic.post(f"/api/v1/disputes/{dispute['id']}/evidence", json={"text": "losing_evidence"})
        clinic.advance("PT5S")
        owed = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (owed["status"], owed["payment"]["status"]) == ("confirmed", "unpaid")
        paid = pay(clinic, made["id"], word="second")
        booking = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (paid["status"], paid["amount"]["amount"]) == ("completed", "230.00")
        assert booking["payment"]["status"] == "paid"
        assert booking["payment"]["paymentIds"] == [lost["id"], paid["id"]]
