"""Events of one busy morning: each is in the catalogue, and its message is as its schema says."""

import orjson
import pytest

from sandbox.contract.document import load
from sandbox.contract.event_catalogue import EVENT_TYPES
from sandbox.contract.schemas import Schemas
from sandbox.webhooks.deliveries import message_of
from tests.platform.clinic import NINE, NOWAK, _clinic, book
from tests.platform.event_desk import FREE_MEETUP, new_event, order

__all__ = ["_clinic"]

EXPECTED = {
    "booking.created",
    "booking.confirmed",
    "booking.rescheduled",
    "booking.updated",
    "booking.cancelled",
    "customer.created",
    "customer.updated",
    "event.created",
    "event.updated",
    "event.published",
    "event.cancelled",
    "location.updated",
    "registration.created",
    "registration.confirmed",
    "registration.cancelled",
    "schedule.break_created",
    "schedule.break_moved",
    "schedule.break_removed",
    "schedule.disabled",
    "schedule.enabled",
    "service.updated",
    "mapping.created",
    "mapping.updated",
    "mapping.deleted",
}


def appointments(api) -> None:
    """A booking that moves and is called off, a break that moves and ends, a calendar closed for a moment."""
    booking = book(api, NINE)["id"]
    api.patch(f"/api/v1/bookings/{booking}", json={"comment": "By the window"})
    api.post(f"/api/v1/bookings/{booking}/reschedule", json={"startsAt": "2026-11-24T08:00:00.000Z"})
    api.post(f"/api/v1/bookings/{booking}/cancel", json={"reason": "Ill"})
    breaks = f"/api/v1/assignments/{NOWAK}/breaks"
    pause = api.post(breaks, json={"startsAt": "2026-11-25T08:00:00Z", "endsAt": "2026-11-25T09:00:00Z"})
    moved = {"startsAt": "2026-11-25T09:00:00Z", "endsAt": "2026-11-25T10:00:00Z"}
    api.patch(f"{breaks}/{pause.json()['id']}", json=moved)
    api.delete(f"{breaks}/{pause.json()['id']}")
    for verb in ("disable", "enable"):
        api.post(f"/api/v1/assignments/{NOWAK}/calendar/{verb}", json={})


def people_and_places(api) -> None:
    """Somebody new, and small changes of what is there."""
    made = api.post("/api/v1/customers", json={"givenName": "Olga", "email": "olga@sandbox.example"})
    api.patch(f"/api/v1/customers/{made.json()['id']}", json={"familyName": "Lis"})
    staff = api.as_("internal-demo")
    for kind in ("location", "service"):
        first = staff.get(f"/api/v1/{kind}s", params={"limit": 1}).json()["data"][0]
        staff.patch(f"/api/v1/{kind}s/{first['id']}", json={"name": "Another name"})
    names = {"system": "pms", "resourceType": "customer"}
    body = {**names, "externalId": "O-1", "platformId": made.json()["id"]}
    mapping = api.post("/api/v1/mappings", json=body).json()
    api.patch(f"/api/v1/mappings/{mapping['id']}", json={"externalId": "O-2"})
    api.delete(f"/api/v1/mappings/{mapping['id']}")


def events(api) -> None:
    """One is drawn up, changed, published and called off; for another somebody registers, and cancels."""
    event = api.post("/api/v1/events", json=new_event()).json()["id"]
    path = f"/api/v1/events/{event}"
    api.post(f"{path}/ticket-types", json={"name": "Free", "kind": "free"})
    api.patch(path, json={"summary": "Bring a hat."})
    api.post(f"{path}/publish")
    api.post(f"{path}/cancel", json={"reason": "Rain"})
    made = api.post("/api/v1/registrations", json=order(FREE_MEETUP)).json()
    api.post(f"/api/v1/registrations/{made['id']}/cancel", json={"reason": "No time"})


@pytest.fixture(name="recorded")
def _recorded(clinic):
    for part in (appointments, people_and_places, events):
        part(clinic)
    with clinic.workspace.transaction() as tx:
        return [event for event in tx.find("outbox") if not event["type"].startswith("change.")]


class TestLiveEvents:
    def test_each_is_in_the_catalogue_as_its_schema_says(self, recorded):
        contract = Schemas(load("platform"))
        assert EXPECTED - {event["type"] for event in recorded} == set()
        for event in recorded:
            declared = EVENT_TYPES[event["type"]]
            envelope = orjson.loads(orjson.dumps(message_of(event).envelope))
            validator = contract.validator(contract.components[declared.message])
            faults = [
                f"{each.instance_path}: {each.message:.200}" for each in validator.iter_errors(envelope)
            ]
            assert (declared.name, declared.kind, faults) == (event["type"], event["kind"], [])
            assert declared.path.format_map(envelope["data"])
