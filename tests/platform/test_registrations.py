"""Registrations: what they cost, whom they keep out, and how they live."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import TERMS, availability, code, emitted, order, ticket_type
from tests.platform.ledger import assert_balanced, records, totals

REGISTRATIONS = "/api/v1/registrations"
CASH = {"method": "offline", "note": "Cash"}
WANTED, KEY = {"reason": "requested_by_customer"}, {"Idempotency-Key": "once"}


def register(api: Any, event_id: str, **members: Any) -> Any:
    """The registration made."""
    answer = api.post(REGISTRATIONS, json=order(event_id, **members))
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestCreateRegistration:
    def test_what_costs_nothing_is_confirmed_with_its_tickets(self, api: Any) -> None:
        made = register(api, desk.FREE_MEETUP, email="New@Sandbox.example", quantity=2)
        assert (made["status"], made["ticketCount"], made["expiresAt"]) == ("confirmed", 2, None)
        assert made["contact"]["email"] == "new@sandbox.example"
        assert made["payment"] == {"required": False, "status": "not_required", "paymentIds": []}
        assert emitted(api) == ["registration.created", "registration.confirmed"]
        assert len(api.get(f"{REGISTRATIONS}/{made['id']}/tickets").json()["data"]) == 2

    def test_what_is_to_be_paid_is_held(self, api: Any) -> None:
        made = register(api, desk.DEVCONF, quantity=2)
        assert (made["status"], made["totals"]["due"]) == ("pending", {"amount": "398.00", "currency": "EUR"})
        assert made["totals"]["tax"] == {"amount": "74.42", "currency": "EUR"}
        assert (made["ticketCount"], emitted(api)) == (0, ["registration.created"])

    @pytest.mark.parametrize(("event_id", "due"), [(desk.JPY_GALA, "15000"), (desk.KWD_FORUM, "12.500")])
    def test_each_currency_has_its_own_decimals(self, api: Any, event_id: str, due: str) -> None:
        assert register(api, event_id)["totals"]["due"]["amount"] == due

    def test_one_of_several_currencies_is_chosen(self, api: Any) -> None:
        assert register(api, desk.MULTI_CURRENCY, currency="GBP")["totals"]["total"]["amount"] == "43.00"
        refused = api.post(
            REGISTRATIONS, json=order(desk.MULTI_CURRENCY, email="b@sandbox.example", currency="JPY")
        )
        assert code(refused) == (422, "CURRENCY_MISMATCH")

    def test_a_promo_code_takes_its_part_off(self, api: Any) -> None:
        totals = register(api, desk.DEVCONF, promoCode="sandbox10")["totals"]
        assert (totals["discount"]["amount"], totals["due"]["amount"]) == ("19.90", "179.10")
        free = register(api, desk.DEVCONF, email="b@sandbox.example", promoCode="SANDBOX100")
        assert free["status"] == "confirmed"

    def test_a_group_ticket_admits_five(self, api: Any) -> None:
        before = availability(api, desk.DEVCONF)["allocated"]
        made = register(api, desk.DEVCONF, kind=8, promoCode="SANDBOX100")
        assert made["ticketCount"] == 5
        assert availability(api, desk.DEVCONF)["allocated"] == before + 5

    def test_approval_comes_before_confirmation(self, api: Any) -> None:
        made = register(api, desk.APPROVAL)
        assert (made["status"], made["expiresAt"]) == ("pending", None)
        confirmed = api.post(f"{REGISTRATIONS}/{made['id']}/confirm").json()
        assert (confirmed["status"], confirmed["approvedAt"] is not None) == ("confirmed", True)

    @pytest.mark.parametrize(
        ("event_id", "members", "expected"),
        [
            (desk.SOLD_OUT, {}, (409, "EVENT_SOLD_OUT")),
            (desk.LAST_SEAT, {"quantity": 2}, (409, "EVENT_SOLD_OUT")),
            (desk.DEVCONF, {"kind": 7}, (409, "TICKET_TYPE_SOLD_OUT")),
            (desk.DEVCONF, {"kind": 6}, (409, "TICKET_TYPE_UNAVAILABLE")),
            (desk.NOT_OPEN, {}, (409, "REGISTRATION_WINDOW_CLOSED")),
            (desk.CLOSED, {}, (409, "REGISTRATION_WINDOW_CLOSED")),
            (desk.DRAFT_READY, {}, (409, "REGISTRATION_WINDOW_CLOSED")),
            (desk.CANCELLED, {}, (409, "EVENT_CANCELLED")),
            (desk.DEVCONF, {"quantity": 11}, (422, "MAX_TICKETS_EXCEEDED")),
            (desk.DEVCONF, {"promoCode": "NOPE"}, (422, "PROMO_CODE_INVALID")),
            (desk.APPROVAL, {"consents": []}, (422, "CONSENT_REQUIRED")),
            (desk.DEVCONF, {"kind": 9}, (422, "BUSINESS_RULE_VIOLATION")),
            (desk.DEVCONF, {"email": "attendee@sandbox.example"}, (409, "DUPLICATE_REGISTRATION")),
        ],
    )
    def test_what_is_against_a_rule_is_refused(
        self, api: Any, event_id: str, members: Any, expected: Any
    ) -> None:
        before = api.workspace.state_hash()
        assert code(api.post(REGISTRATIONS, json=order(event_id, **members))) == expected
        assert api.workspace.state_hash() == before

    def test_a_duplicate_is_told_where_the_first_one_is(self, api: Any) -> None:
        made = register(api, desk.FREE_MEETUP)
        error = api.post(REGISTRATIONS, json=order(desk.FREE_MEETUP, email="NEW@sandbox.example")).json()[
            "error"
        ]
        assert error["_links"]["existing"]["href"] == f"{REGISTRATIONS}/{made['id']}"
        api.post(f"{REGISTRATIONS}/{made['id']}/cancel", json={"reason": "Mistake"})
        register(api, desk.FREE_MEETUP)

    def test_a_reference_of_ones_own_is_used_once(self, api: Any) -> None:
        register(api, desk.FREE_MEETUP, externalRef="CRM-1")
        again = order(desk.FREE_MEETUP, email="b@sandbox.example", externalRef="CRM-1")
        refused = api.post(REGISTRATIONS, json=again)
        assert code(refused) == (409, "DUPLICATE_RESOURCE")
        assert refused.json()["error"]["details"] == "another registration has the same externalRef"
        assert api.as_("partner-other").post(REGISTRATIONS, json=again).status_code == 201

    def test_the_last_seat_is_sold_once(self, api: Any) -> None:
        bodies = [order(desk.LAST_SEAT, email=f"racer{n}@sandbox.example") for n in range(12)]
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda body: api.post(REGISTRATIONS, json=body), bodies))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
        assert {code(answer)[1] for answer in answers if answer.status_code == 409} == {"EVENT_SOLD_OUT"}
        assert availability(api, desk.LAST_SEAT)["remaining"] == 0

    def test_an_attendee_registers_in_their_own_name(self, api: Any) -> None:
        ada = api.persona("attendee")
        body = order(desk.FREE_MEETUP, userId="a1000000-0000-4000-8000-000000000007")
        assert ada.post(REGISTRATIONS, json=body).json()["userId"] == "a1000000-0000-4000-8000-000000000006"


class TestListRegistrations:
    def test_attendees_see_their_own(self, api: Any) -> None:
        ada = api.persona("attendee")
        mine = ada.get(REGISTRATIONS).json()["data"]
        assert [row["id"] for row in mine] == [desk.registration(7), desk.registration(1)]
        assert code(ada.get(f"{REGISTRATIONS}/{desk.registration(9)}")) == (404, "RESOURCE_NOT_FOUND")
        assert ada.get(f"{REGISTRATIONS}/{desk.registration(1)}").status_code == 200

    def test_filters(self, api: Any) -> None:
        def total(**query: str) -> int:
            return int(api.get(REGISTRATIONS, params=query).json()["pagination"]["totalItems"])

        assert total() == 600
        assert (total(status="waitlisted"), total(eventId=desk.LAST_SEAT)) == (20, 9)
        assert total(email="ATTENDEE@sandbox.example") == 2
        assert total(ticketTypeId=ticket_type(7)) == 1
        refunded = api.get(REGISTRATIONS, params={"paymentStatus": "refunded"}).json()["data"]
        assert {row["payment"]["status"] for row in refunded} == {"refunded"}


class TestUpdateRegistration:
    def test_contact_and_notes_change_and_nothing_else_can(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(7)}"
        contact = {"name": "Ada A.", "email": "ada.a@sandbox.example"}
        changed = api.patch(url, json={"contact": contact, "notes": "Window seat"}).json()
        assert (changed["contact"]["email"], changed["notes"]) == ("ada.a@sandbox.example", "Window seat")
        assert emitted(api) == ["registration.updated"]
        moved = api.patch(url, json={"contact": {"email": "ada.b@sandbox.example"}}).json()["contact"]
        assert (moved["name"], moved["email"]) == ("Ada A.", "ada.b@sandbox.example")
        assert code(api.patch(url, json={"items": []})) == (400, "VALIDATION_ERROR")

    def test_not_into_somebody_elses_name_nor_after_the_end(self, api: Any) -> None:
        taken = {"contact": {"name": "A", "email": "attendee@sandbox.example"}}
        assert code(api.patch(f"{REGISTRATIONS}/{desk.registration(9)}", json=taken)) == (
            409,
            "DUPLICATE_REGISTRATION",
        )
        late = api.patch(f"{REGISTRATIONS}/{desk.registration(5)}", json={"notes": "Hello"})
        assert code(late) == (409, "INVALID_STATE_TRANSITION")


class TestConfirmRegistration:
    def test_an_unpaid_one_needs_a_payment(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(2)}/confirm"
        assert code(api.post(url)) == (402, "PAYMENT_REQUIRED")
        confirmed = api.post(url, json={"method": "offline", "note": "Cash"}).json()
        assert (confirmed["status"], confirmed["payment"]["status"]) == ("confirmed", "paid")
        assert (confirmed["totals"]["paid"]["amount"], confirmed["totals"]["due"]["amount"]) == (
            "199.00",
            "0.00",
        )
        assert code(api.post(url)) == (409, "INVALID_STATE_TRANSITION")

    def test_money_at_the_desk_is_a_payment_in_the_books(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(2)}"
        [key] = api.post(f"{url}/confirm", json=CASH).json()["payment"]["paymentIds"]
        payment = api.get(f"/api/v1/payments/{key}").json()
        assert (payment["provider"], payment["status"], payment["fees"]) == ("offline", "completed", None)
        assert payment["amountCaptured"] == {"amount": "199.00", "currency": "EUR"}
        history = api.get(f"/api/v1/payments/{key}/events").json()["data"]
        assert (history[-1]["toStatus"], history[-1]["detail"]) == ("completed", "Cash")
        [written] = records(api, paymentId=key)
        assert_balanced([written])
        assert (written["type"], written["amount"]["amount"]) == ("charge", "199.00")
        assert totals([written]) == {"balance": 19_900, "sales": -16_179, "tax_payable": -3_721}
        receipt = api.get(f"/api/v1/payments/{key}/receipt").json()
        assert (receipt["totals"]["paid"]["amount"], receipt["totals"]["tax"]["amount"]) == (
            "199.00",
            "37.21",
        )
        day = {"from": "2026-11-18", "to": "2026-11-18", "provider": "offline"}
        [figures] = api.get("/api/v1/financial-summary", params=day).json()["totals"]
        assert (figures["gross"]["amount"], figures["count"]) == ("199.00", 1)

    def test_money_taken_at_the_desk_can_go_back(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(2)}"
        [key] = api.post(f"{url}/confirm", json=CASH).json()["payment"]["paymentIds"]
        made = api.post(f"/api/v1/payments/{key}/refunds", json=WANTED, headers=KEY)
        assert (made.status_code, made.json()["status"]) == (201, "succeeded")
        shown = api.get(url).json()
        assert (shown["payment"]["status"], shown["totals"]["refunded"]["amount"]) == ("refunded", "199.00")

    def test_nothing_is_taken_for_what_cannot_be_confirmed(self, api: Any) -> None:
        before = api.workspace.state_hash()
        for number, expected in ((3, "REGISTRATION_EXPIRED"), (4, "INVALID_STATE_TRANSITION")):
            refused = api.post(f"{REGISTRATIONS}/{desk.registration(number)}/confirm", json=CASH)
            assert code(refused) == (409, expected)
        assert api.workspace.state_hash() == before

    def test_on_the_house(self, api: Any) -> None:
        made = register(api, desk.DEVCONF)
        confirmed = api.post(f"{REGISTRATIONS}/{made['id']}/confirm", json={"method": "complimentary"}).json()
        totals = confirmed["totals"]
        assert (totals["discount"]["amount"], totals["total"]["amount"]) == ("199.00", "0.00")
        assert (totals["tax"]["amount"], confirmed["payment"]["status"]) == ("0.00", "not_required")
        bill = {"subject": {"registrationId": made["id"]}, "billTo": {"name": "Nina"}}
        assert api.post("/api/v1/invoices", json=bill).json()["totals"]["total"]["amount"] == "0.00"

    def test_a_lapsed_hold_is_gone(self, api: Any) -> None:
        answer = api.post(f"{REGISTRATIONS}/{desk.registration(3)}/confirm")
        assert code(answer) == (409, "REGISTRATION_EXPIRED")


class TestApproval:
    def paid(self, api: Any) -> Any:
        """A registration that costs something and is to be approved."""
        url = f"/api/v1/events/{desk.APPROVAL}/ticket-types"
        kind = {"name": "Patron", "price": {"amount": "50.00", "currency": "EUR"}}
        item = {"ticketTypeId": api.post(url, json=kind).json()["id"]}
        return api.post(REGISTRATIONS, json={**order(desk.APPROVAL), "items": [item]}).json()

    def test_it_starts_the_time_to_pay(self, api: Any) -> None:
        made = self.paid(api)
        assert (made["status"], made["expiresAt"]) == ("pending", None)
        approved = api.post(f"{REGISTRATIONS}/{made['id']}/confirm").json()
        assert (approved["status"], approved["approvedAt"] is not None) == ("pending", True)
        assert emitted(api)[-1] == "registration.updated"
        assert code(api.post(f"{REGISTRATIONS}/{made['id']}/confirm")) == (402, "PAYMENT_REQUIRED")
        api.advance("PT31M")
        lapsed = api.get(f"{REGISTRATIONS}/{made['id']}").json()
        assert (lapsed["status"], lapsed["cancelledAt"]) == ("cancelled", approved["expiresAt"])

    def test_without_it_the_place_is_kept(self, api: Any) -> None:
        made = self.paid(api)
        api.advance("P2D")
        assert api.get(f"{REGISTRATIONS}/{made['id']}").json()["status"] == "pending"
        confirmed = api.post(f"{REGISTRATIONS}/{made['id']}/confirm", json={"method": "offline"}).json()
        assert (confirmed["status"], confirmed["approvedAt"] is not None) == ("confirmed", True)

    def test_a_rejection_frees_the_place(self, api: Any) -> None:
        before = availability(api, desk.APPROVAL)["allocated"]
        made = register(api, desk.APPROVAL)
        url = f"{REGISTRATIONS}/{made['id']}/cancel"
        rejected = api.post(url, json={"reason": "Not this time"}).json()
        assert (rejected["status"], rejected["cancellationReason"]) == ("cancelled", "Not this time")
        assert availability(api, desk.APPROVAL)["allocated"] == before
        assert emitted(api) == ["registration.created", "registration.cancelled"]


class TestExpiry:
    def test_an_unpaid_hold_gives_its_place_back(self, api: Any) -> None:
        before = availability(api, desk.DEVCONF)["allocated"]
        made = register(api, desk.DEVCONF)
        api.advance("PT29M")
        assert api.get(f"{REGISTRATIONS}/{made['id']}").json()["status"] == "pending"
        api.advance("PT2M")
        lapsed = api.get(f"{REGISTRATIONS}/{made['id']}").json()
        assert (lapsed["status"], lapsed["cancellationReason"]) == ("cancelled", "payment_timeout")
        assert lapsed["cancelledAt"] == made["expiresAt"]
        assert availability(api, desk.DEVCONF)["allocated"] == before


class TestCancelRegistration:
    def test_the_freed_place_goes_to_who_waits_the_longest(self, api: Any) -> None:
        answer = api.post(f"{REGISTRATIONS}/{desk.registration(14)}/cancel", json={"reason": "Ill"})
        assert answer.json()["status"] == "cancelled"
        promoted = api.get(f"{REGISTRATIONS}/{desk.registration(4)}").json()
        assert (promoted["status"], promoted["waitlistPosition"]) == ("confirmed", None)
        assert api.get(f"{REGISTRATIONS}/{desk.registration(17)}").json()["waitlistPosition"] == 1
        expected = ["registration.cancelled", "registration.promoted", "registration.confirmed"]
        assert emitted(api) == expected
        assert availability(api, desk.WAITLIST)["waitlisted"] == 1

    def test_leaving_the_waitlist_frees_no_place(self, api: Any) -> None:
        api.post(f"{REGISTRATIONS}/{desk.registration(4)}/cancel", json={"reason": "Ill"})
        shown = availability(api, desk.WAITLIST)
        assert (shown["allocated"], shown["waitlisted"]) == (3, 1)
        assert api.get(f"{REGISTRATIONS}/{desk.registration(17)}").json()["waitlistPosition"] == 1

    def test_after_the_deadline_only_by_who_may_override(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(30)}/cancel"
        assert code(api.post(url, json={"reason": "Late"})) == (409, "CANCELLATION_WINDOW_CLOSED")
        assert api.post(url, json={"reason": "Late", "override": True}).json()["status"] == "cancelled"

    def test_twice_is_refused(self, api: Any) -> None:
        answer = api.post(f"{REGISTRATIONS}/{desk.registration(5)}/cancel", json={"reason": "Again"})
        assert code(answer) == (409, "INVALID_STATE_TRANSITION")


class TestPromoteRegistration:
    def test_a_full_event_has_no_place_out_of_turn_either(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(17)}/promote"
        assert code(api.post(url)) == (409, "EVENT_SOLD_OUT")
        assert code(api.post(f"{REGISTRATIONS}/{desk.registration(1)}/promote")) == (
            409,
            "INVALID_STATE_TRANSITION",
        )

    def test_nobody_moves_up_at_an_event_that_is_over(self, api: Any) -> None:
        api.post(f"/api/v1/events/{desk.WAITLIST}/complete")
        answer = api.post(f"{REGISTRATIONS}/{desk.registration(17)}/promote")
        assert code(answer) == (409, "INVALID_STATE_TRANSITION")

    def test_the_waitlist_is_joined_in_order(self, api: Any) -> None:
        made = register(api, desk.WAITLIST)
        assert (made["status"], made["waitlistPosition"]) == ("waitlisted", 3)
        assert emitted(api) == ["registration.created", "registration.waitlisted"]


class TestGenerateTickets:
    def test_a_reissued_ticket_revokes_the_old_one(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(7)}/tickets"
        old = api.get(url).json()["data"][0]
        assert api.post(url).json()["data"][0]["id"] == old["id"]
        answer = api.post(url, json={"reissue": True})
        new = answer.json()["data"][0]
        assert (answer.status_code, new["reissueOf"], new["code"] != old["code"]) == (201, old["id"], True)
        assert api.get(f"/api/v1/tickets/{old['id']}").json()["status"] == "revoked"

    def test_not_before_it_is_paid(self, api: Any) -> None:
        answer = api.post(f"{REGISTRATIONS}/{desk.registration(2)}/tickets")
        assert code(answer) == (402, "PAYMENT_REQUIRED")
        gone = api.post(f"{REGISTRATIONS}/{desk.registration(5)}/tickets")
        assert code(gone) == (409, "INVALID_STATE_TRANSITION")


def test_consent_is_asked_for_by_default(api: Any) -> None:
    assert (
        TERMS[0]["purpose"]
        in api.post("/api/v1/events", json=desk.new_event()).json()["registration"]["requiredConsents"]
    )
