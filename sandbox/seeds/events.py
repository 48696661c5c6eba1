"""Events: the named ones with their registrations and tickets, and a believable crowd around them."""

from __future__ import annotations

from typing import Any

from sandbox.seeds import event_documents as make
from sandbox.seeds.event_crowd import put_crowd
from sandbox.seeds.event_documents import Doc
from sandbox.seeds.event_fixtures import put_fixture_events
from sandbox.seeds.promo_codes import put_promo_codes
from sandbox.seeds.registration_desk import Desk
from sandbox.seeds.series_fixtures import put_series
from sandbox.seeds.world import SeedWorld

ADA = {"name": "Ada Attendee", "email": "attendee@sandbox.example"}
OMAR = {"name": "Omar Other", "email": "attendee_other@sandbox.example"}


def seed_events(world: SeedWorld) -> None:
    """Fixtures first: their numbers and draws do not depend on the crowd."""
    if not world.fixtures_wanted:
        return
    desk = Desk(world)
    put_fixture_events(world)
    occurrences = put_series(world)
    put_promo_codes(world)
    _put_named_registrations(world, desk)
    _fill_fixture_events(world, desk)
    _put_named_tickets(world, desk)
    put_crowd(world, desk, occurrences)
    desk.close()


def _put_named_registrations(world: SeedWorld, desk: Desk) -> None:
    ada, omar = world.id("a1", 6), world.id("a1", 7)
    cancelled = {"cancellationReason": "Cannot come", "created": world.at(days=-15)}
    timeout = {"cancellationReason": "payment_timeout", "cancelledBy": "system", "created": world.at(days=-2)}
    first = {"userId": ada, "_payments": _captured(world, 1, 19900), "payment": _paid(world, 1)}
    gala = {"_payments": _captured(world, 9, 15000), "payment": _paid(world, 9)}
    group = {"names": ["Grace Group", "Gus Group", "Gita Group"], "quantity": 3}
    _named(desk, 1, "confirmed_paid", 2, ADA, "confirmed", **first)
    _named(desk, 2, "pending_unpaid", 2, _guest("Paula Pending"), "pending", created=world.at(minutes=-5))
    _named(desk, 3, "pending_expired", 2, _guest("Edgar Expired"), "cancelled", **timeout)
    _named(desk, 4, "waitlisted_first", 11, _guest("Wanda Waiting"), "waitlisted")
    refunded = _named(desk, 5, "cancelled_refunded", 2, _guest("Rosa Refunded"), "cancelled", **cancelled)
    _give_back(world, refunded)
    _named(desk, 6, "checked_in", 27, _guest("Ingo Inside"), "checked_in")
    _named(desk, 7, "free_confirmed", 9, ADA, "confirmed", userId=ada)
    _named(desk, 8, "group", 9, _guest("Grace Group"), "confirmed", **group)
    _named(desk, 9, "other_users", 2, OMAR, "confirmed", userId=omar)
    _named(desk, 10, "jpy", 4, _guest("Jun Yen"), "confirmed", **gala)
    _register_who_chose_too_much(world, desk)


def _register_who_chose_too_much(world: SeedWorld, desk: Desk) -> None:
    """Somebody comes to the event whose sessions overlap."""
    overlapping = world.id("e1", 13)
    for ticket_type in [one for one in world.all("ticket_type") if one["eventId"] == overlapping][:1]:
        desk.register(99, ticket_type, _guest("Olga Overlap"), "confirmed")


def _named(desk: Desk, number: int, name: str, kind: int, person: Doc, status: str, **members: Any) -> Doc:
    world = desk.world
    ticket_type = world.get("ticket_type", world.id("e3", kind))
    stored = desk.register(number, ticket_type, person, status, **members)
    event = world.get("event", stored["eventId"])["name"]
    world.fixture(
        f"registration.{name}", "registration", stored["id"], f"{person['name']} at {event}", ["event"]
    )
    return stored


def _captured(world: SeedWorld, payment: int, units: int, refunded: int = 0) -> Doc:
    """What a registration remembers of its payment."""
    status = "refunded" if refunded else "completed"
    return {world.id("d1", payment): {"status": status, "captured": units, "refunded": refunded}}


def _paid(world: SeedWorld, payment: int, status: str = "paid") -> Doc:
    return {"required": True, "status": status, "paymentIds": [world.id("d1", payment)]}


def _give_back(world: SeedWorld, registration: Doc) -> None:
    """The registration was paid before it was cancelled, and has its money back."""
    totals = registration["totals"]
    money = {**totals, "paid": totals["total"], "refunded": totals["total"]}
    payment = _paid(world, 6, "refunded")
    known = _captured(world, 6, 19900, 19900)
    world.put("registration", {**registration, "totals": money, "payment": payment, "_payments": known})


def _fill_fixture_events(world: SeedWorld, desk: Desk) -> None:
    """What sells out, and the guests of the open house."""
    # first registration, ticket type, how many
    for first, kind, count in ((11, 10, 3), (14, 11, 3), (18, 12, 9), (27, 7, 1), (28, 1, 1), (30, 27, 20)):
        ticket_type = world.get("ticket_type", world.id("e3", kind))
        for number in range(first, first + count):
            desk.register(number, ticket_type, _guest(f"Guest {number}"), "confirmed")
    waiting = world.get("ticket_type", world.id("e3", 11))
    desk.register(17, waiting, _guest("Walter Waiting"), "waitlisted")


def _put_named_tickets(world: SeedWorld, desk: Desk) -> None:
    """The five codes that documentation and scenarios use, in place of the tickets their holders have."""
    _rename(desk, 1, 30, "VALIDTICKET23456", "valid")
    _rename(desk, 2, 6, "USEDTICKET234567", "used")
    _take_back(desk, world.id("b3", 2))
    _rename(desk, 3, 31, "REVOKEDTICKET234", "revoked")
    _rename(desk, 5, 1, "OTHEREVENTTICK23", "other_event")
    pending = dict(world.get("registration", world.id("b1", 2)))
    kind = world.get("ticket_type", pending["items"][0]["ticketTypeId"])
    ticket = desk.issue(4, "UNPAIDTICKET2345", pending, kind, pending["contact"]["name"], "valid")
    _name_ticket(world, ticket, "unpaid")
    world.put("registration", {**pending, "ticketCount": 1})


def _rename(desk: Desk, number: int, registration: int, code: str, name: str) -> None:
    """Give the ticket of a registration a fixture's id and code."""
    world, holder = desk.world, desk.world.id("b1", registration)
    old = next(ticket for ticket in world.all("ticket") if ticket["registrationId"] == holder)
    ticket_id, person_id = world.id("b3", number), world.id("b2", number)
    renamed: Doc = {**old, "id": ticket_id, "code": code, "attendeeId": person_id}
    if name == "revoked":
        reason = {"revocationReason": "Reported lost", "revokedAt": world.at(days=-1)}
        renamed |= {"status": "revoked", **reason}
        world.put("registration", {**world.get("registration", holder), "ticketCount": 0})
    person = world.get("attendee", old["attendeeId"])
    for kind, gone in (("ticket", old), ("attendee", person)):
        del world.documents[kind][gone["id"]]
    world.put("attendee", {**person, "id": person_id, "ticketId": ticket_id})
    for scan in world.all("check_in"):
        if scan["ticketId"] == old["id"]:
            world.put(
                "check_in", {**scan, "ticketId": ticket_id, "ticketCode": code, "attendeeId": person_id}
            )
    _name_ticket(world, renamed, name)


def _take_back(desk: Desk, ticket_id: str) -> None:
    """Its holder was let in by mistake, a moment before the entry that stands."""
    world, ticket = desk.world, dict(desk.world.get("ticket", ticket_id))
    entry = next(scan for scan in world.all("check_in") if scan["ticketId"] == ticket_id)
    reverted: Doc = {"revertedAt": make.after(entry["at"], minutes=-1), "version": 2}
    mistake = desk.scan(ticket, make.after(entry["at"], minutes=-3), "entry", **reverted)
    world.fixture("check_in.reverted", "check_in", mistake["id"], "taken back before the entry that stands")


def _name_ticket(world: SeedWorld, ticket: Doc, name: str) -> None:
    stored = world.put("ticket", ticket)
    world.fixture(f"ticket.{name}", "ticket", stored["id"], f"code {stored['code']}", ["event"])


def _guest(name: str) -> Doc:
    """A person by an address made of the name."""
    return {"name": name, "email": f"{name.lower().replace(' ', '.')}@sandbox.example"}
