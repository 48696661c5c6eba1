"""The simulation header is obeyed exactly or refused loudly."""

from __future__ import annotations

import pytest

from sandbox.faults.simulation import parse_simulation
from sandbox.kernel.errors import FaultInvalid, SlotUnavailable


def test_a_delay_is_in_milliseconds_and_leaves_the_answer():
    outcome = parse_simulation("delay=2500")
    assert (outcome.seconds, outcome.answer()) == (2.5, None)


def test_parts_combine_in_any_order():
    outcome = parse_simulation(" delay = 10 ; error=SLOT_UNAVAILABLE;status=503 ")
    assert outcome.seconds == 0.01
    with pytest.raises(SlotUnavailable) as caught:
        outcome.answer()
    assert caught.value.status == 503


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "error",
        "error=",
        "error=NO_SUCH_CODE",
        "status=200",
        "status=six",
        "status=99999999999",
        "delay=-1",
        "delay=1.5",
        "delay=60001",
        "delay=٣",
        "status=503;status=503",
        "fault=connection_reset",
        "status=503,delay=1",
    ],
    ids=repr,
)
def test_anything_else_is_refused(text):
    with pytest.raises(FaultInvalid) as caught:
        parse_simulation(text)
    assert caught.value.target in ("X-Sandbox-Simulate", "/action/errorCode", "/action/fixedMs")
