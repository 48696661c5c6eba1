"""From an event to the deliveries it causes."""

from contextlib import suppress

import pytest

from sandbox.webhooks import deliveries


class TestFanOut:
    def test_without_subscriptions_nothing_is_written(self, world):
        world.emit()
        assert world.all("delivery") == []

    @pytest.mark.parametrize("selection", ["registration.confirmed", "registration.*", "*"])
    def test_delivers_what_was_asked_for(self, world, selection):
        webhook = world.subscribe(selection)
        event = world.emit()
        [delivery] = world.all("delivery")
        assert delivery["webhookId"] == webhook["id"]
        assert (delivery["messageId"], delivery["eventType"]) == (
            event["messageId"],
            "registration.confirmed",
        )
        assert delivery["resource"] == {"type": "registration", "id": "r-1"}

    def test_one_delivery_even_if_asked_for_in_three_ways(self, world):
        world.subscribe("registration.confirmed", "registration.*", "*")
        world.emit()
        assert len(world.all("delivery")) == 1

    @pytest.mark.parametrize("selection", ["registration.created", "event.*"])
    def test_delivers_nothing_else(self, world, selection):
        world.subscribe(selection)
        world.emit()
        assert world.all("delivery") == []

    def test_everything_does_not_mean_held_slots(self, world):
        world.subscribe("*")
        world.subscribe("slot.*")
        world.emit("slot.held", "slot_hold")
        assert len(world.all("delivery")) == 1

    @pytest.mark.parametrize("status", ["disabled", "auto_disabled"])
    def test_disabled_subscriptions_get_nothing(self, world, status):
        world.subscribe(status=status)
        world.emit()
        assert world.all("delivery") == []

    def test_all_subscribers_of_an_event_get_the_same_message_id(self, world):
        world.subscribe()
        world.subscribe()
        world.emit()
        assert len({delivery["messageId"] for delivery in world.all("delivery")}) == 1

    def test_rolls_back_with_its_cause(self, world):
        world.subscribe()
        with suppress(RuntimeError), world.workspace.transaction() as tx:
            tx.emit("event.created", "event", {"id": "e"})
            raise RuntimeError
        assert (world.all("delivery"), world.all("agenda")) == ([], [])

    def test_payload_is_the_envelope_with_extra_facts_and_without_private_members(self, world):
        world.subscribe()
        with world.workspace.transaction() as tx:
            tx.emit("event.updated", "event", {"id": "e", "name": "x", "_secret": 1}, changedFields=["name"])
        payload = world.all("delivery")[0]["payload"]
        assert list(payload) == ["id", "event", "timestamp", "version", "data"]
        assert payload["data"] == {"id": "e", "name": "x", "changedFields": ["name"]}

    def test_members_that_few_callers_may_see_are_withheld(self, world):
        world.subscribe()
        world.emit("booking.created", "booking", internalNote="allergic to us")
        assert world.all("delivery")[0]["payload"]["data"]["internalNote"] is None

    @pytest.mark.parametrize(
        ("filters", "delivered"),
        [
            (None, 1),
            ({}, 1),
            ({"eventIds": []}, 1),
            ({"eventIds": ["e-1"]}, 1),
            ({"eventIds": ["e-2"]}, 0),
            ({"eventIds": ["e-2"], "locationIds": ["l-1"]}, 0),
            ({"eventIds": ["e-1"], "locationIds": ["l-1"]}, 1),
        ],
    )
    def test_filters_by_what_the_resource_belongs_to(self, world, filters, delivered):
        world.subscribe(filters=filters)
        world.emit(eventId="e-1")
        assert len(world.all("delivery")) == delivered

    def test_a_filter_matches_the_object_itself(self, world):
        world.subscribe(filters={"eventIds": ["e-1"]})
        world.emit("event.created", "event", "e-1")
        assert len(world.all("delivery")) == 1


class TestBounds:
    def test_the_log_keeps_the_newest(self, world, monkeypatch):
        monkeypatch.setattr(deliveries, "MOST_DELIVERIES", 20)
        monkeypatch.setattr(deliveries, "PRUNED_AT_ONCE", 5)
        world.subscribe(ordering="none")
        for number in range(40):
            world.emit(key=f"r-{number}")
            world.advance(seconds=1)
        kept = world.deliveries()
        assert len(kept) <= 20
        assert kept[-1]["resource"]["id"] == "r-39"
        assert len(world.all("delivery_attempt")) == len(kept)

    def test_open_deliveries_are_dropped_only_when_nothing_else_can_be(self, world, monkeypatch):
        monkeypatch.setattr(deliveries, "MOST_DELIVERIES", 5)
        monkeypatch.setattr(deliveries, "MOST_OPEN", 10)
        world.subscribe(ordering="none")
        for number in range(15):
            world.emit(key=f"r-{number}")
        assert len(world.all("delivery")) == 10
        assert len(world.all("agenda")) == 10

    def test_what_was_given_up_is_kept_longer_than_what_arrived(self, world, monkeypatch):
        monkeypatch.setattr(deliveries, "MOST_DELIVERIES", 10)
        monkeypatch.setattr(deliveries, "PRUNED_AT_ONCE", 3)
        world.subscribe(ordering="none", retryPolicy={"preset": "none"}, disableAfterFailures=100)
        world.answer(500, 500, 200)
        for number in range(30):
            world.emit(key=f"r-{number}")
            world.advance(seconds=1)
        kept = world.deliveries()
        assert len(kept) <= 10
        assert [delivery["status"] for delivery in kept].count("exhausted") == 2
