"""A booking that must be paid first, all the way through the payment provider and back."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NINE, NOWAK, TEN, book, emitted, freeze


def begin(api: Api, booking: str, word: str = "first", **more: Any) -> str:
    body = {"subject": {"type": "booking", "id": booking}, "provider": "stripe", **more}
    made = api.post("/api/v1/payments", json=body, headers={"Idempotency-Key": f"pay-{booking}-{word}"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def confirm(api: Api, payment: str, card: str = "pm_card_visa") -> None:
    done = api.post(
        f"/api/v1/payments/{payment}/confirm",
        json={"paymentMethod": card},
        headers={"Idempotency-Key": f"confirm-{payment}"},
    )
    assert done.status_code == 200, done.text


def pay(api: Api, booking: str, card: str = "pm_card_visa", word: str = "first", **more: Any) -> Any:
    payment = begin(api, booking, word, **more)
    confirm(api, payment, card)
    api.advance("PT1S")
    return api.get(f"/api/v1/payments/{payment}").json()


class TestPrepaidBooking:
    def test_payment_confirms_and_cancellation_pays_back(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        assert (made["status"], made["payment"]["status"]) == ("pending", "unpaid")
        assert "confirm" not in made["_links"]  # by hand: its payment does
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

    def test_one_that_begins_this_moment_can_be_paid_until_it_is_over(self, clinic: Api) -> None:
        clinic.patch(f"/api/v1/assignments/{NOWAK}", json={"minLeadMinutes": 0})
        freeze(clinic, NINE)
        made = book(clinic, NINE, offering=3)
        clinic.advance("PT1S")
        assert NINE < made["confirmationExpiresAt"] <= made["endsAt"]
        assert pay(clinic, made["id"])["status"] == "completed"
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["status"] == "confirmed"

    def test_a_part_confirms_nothing_and_goes_back_when_the_time_is_over(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        part = {"amount": {"amount": "10.00", "currency": "PLN"}}
        taken = pay(clinic, made["id"], captureMethod="manual")
        once = {"Idempotency-Key": "part"}
        clinic.post(f"/api/v1/payments/{taken['id']}/capture", json=part, headers=once)
        booking = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (booking["status"], booking["payment"]["status"]) == ("pending", "unpaid")
        body = {"subject": {"type": "booking", "id": made["id"]}, "provider": "stripe"}
        rest = clinic.post("/api/v1/payments", json=body, headers={"Idempotency-Key": "rest"}).json()
        assert rest["amount"]["amount"] == "240.00"
        clinic.advance("PT31M")
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["status"] == "expired"
        assert clinic.get(f"/api/v1/payments/{taken['id']}").json()["status"] == "refunded"

    def test_paid_twice_and_given_back_once_is_paid(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        twice = [begin(clinic, made["id"], word) for word in ("first", "second")]
        for payment in twice:
            confirm(clinic, payment)
        clinic.advance("PT1S")
        statuses = [clinic.get(f"/api/v1/payments/{each}").json()["status"] for each in twice]
        assert statuses == ["completed", "refunded"]
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["payment"]["status"] == "paid"

    def test_what_is_paid_beyond_the_price_goes_back(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        held, whole = (
            begin(clinic, made["id"], word, captureMethod=how)
            for word, how in (("first", "manual"), ("second", "automatic"))
        )
        confirm(clinic, held)
        part = {"amount": {"amount": "10.00", "currency": "PLN"}}
        clinic.post(f"/api/v1/payments/{held}/capture", json=part, headers={"Idempotency-Key": "part"})

        confirm(clinic, whole)
        clinic.advance("PT1S")

        given = clinic.get(f"/api/v1/payments/{whole}").json()
        assert (given["status"], given["amountRefunded"]["amount"]) == ("partially_refunded", "10.00")
        booking = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (booking["status"], booking["payment"]["status"]) == ("confirmed", "paid")

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
        assert booking["payment"]["status"] == "partially_refunded"
        assert booking["payment"]["paymentIds"] == [lost["id"], paid["id"]]
