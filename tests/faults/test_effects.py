"""Effects are decoded by type, and refuse settings that make no sense."""

from __future__ import annotations

from random import Random

import pytest

from sandbox.faults.decoding import EFFECTS, decode_effect
from sandbox.faults.effects import LONGEST_DELAY_MS, Delay
from sandbox.faults.engine import compile_fault
from sandbox.faults.presets import PRESETS
from sandbox.kernel.errors import FaultInvalid


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ({"type": "explode"}, "/action/type"),
        ({"type": "respond"}, "/action"),
        ({"type": "respond", "errorCode": "NO_SUCH_CODE"}, "/action/errorCode"),
        ({"type": "respond", "errorCode": "SLOT_HELD", "body": {}}, "/action/body"),
        ({"type": "respond", "status": 204, "body": {}}, "/action/body"),
        ({"type": "respond", "status": 503, "headers": {"a\n": "b"}}, "/action/headers"),
        ({"type": "delay"}, "/action"),
        ({"type": "delay", "fixedMs": 1, "uniform": {"min": 1, "max": 2}}, "/action"),
        ({"type": "delay", "fixedMs": LONGEST_DELAY_MS + 1}, "/action/fixedMs"),
        ({"type": "delay", "uniform": {"min": 2, "max": 1}}, "/action/uniform"),
        ({"type": "delay", "lognormal": {"medianMs": 0, "sigma": 1}}, "/action/lognormal"),
        ({"type": "delay", "status": 503}, "/action"),
    ],
    ids=str,
)
def test_a_senseless_action_is_refused_where_it_is_wrong(action, target):
    with pytest.raises(FaultInvalid) as caught:
        decode_effect(action)
    assert target == caught.value.target


def test_a_drawn_wait_stays_in_bounds():
    chance = Random(3)
    uniform = Delay(uniform={"min": 10, "max": 20})
    assert all(0.01 <= uniform.seconds(lambda: chance) <= 0.02 for _ in range(200))
    wild = Delay(lognormal={"medianMs": LONGEST_DELAY_MS, "sigma": 5})
    assert all(0 <= wild.seconds(lambda: chance) <= LONGEST_DELAY_MS / 1000 for _ in range(200))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_sense(name):
    for fault in PRESETS[name]["faults"]:
        assert compile_fault({"id": "new", **fault}).effect.type in EFFECTS
