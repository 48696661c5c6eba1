"""The catalogue against what the platform's own rules emit."""

import re
from pathlib import Path

import pytest

import sandbox.platform
from sandbox.rooms import Rooms
from sandbox.webhooks.catalogue import EVENT_TYPES, is_selection

RESOURCES = Rooms(sandbox.platform).resources().values()
SOURCES = "\n".join(
    path.read_text("utf-8") for path in sorted(Path(sandbox.platform.__path__[0]).glob("*.py"))
)
EMITTED = re.findall(r'\.emit\(\s*"([^"]+)",\s*"([^"]+)"', SOURCES)


class TestCatalogue:
    def test_has_the_fourteen_core_events(self):
        assert sum(event.core for event in EVENT_TYPES.values()) == 14

    def test_holds_every_event_that_a_resource_declares(self):
        declared = {(event, resource.name) for resource in RESOURCES for event in resource.emits.values()}
        assert declared
        known = {(event.name, event.kind) for event in EVENT_TYPES.values()}
        assert declared - known == set()

    def test_holds_every_event_that_a_rule_emits(self):
        assert EMITTED
        assert {(name, kind) for name, kind in EMITTED if EVENT_TYPES[name].kind != kind} == set()

    @pytest.mark.parametrize("text", ["*", "booking.*", "booking.created", "webhook.ping"])
    def test_what_is_a_selection(self, text):
        assert is_selection(text)

    @pytest.mark.parametrize(
        "text", ["", ".", "*.*", "booking.", "booking", "nothing.*", "Booking.*", "booking.*.*"]
    )
    def test_what_is_no_selection(self, text):
        assert not is_selection(text)
