"""Transition tables refuse what they do not list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.transitions import TransitionTable

LIFE = {
    ("pending", "confirm"): "confirmed",
    ("pending", "decline"): "declined",
    ("confirmed", "cancel"): "cancelled",
}
STATES = ["pending", "confirmed", "declined", "cancelled", "unknown"]
ACTIONS = ["confirm", "decline", "cancel", "unknown"]


@given(st.sampled_from(STATES), st.sampled_from(ACTIONS))
def test_only_what_is_listed_happens(state: str, action: str) -> None:
    table = TransitionTable("booking", LIFE)
    if (state, action) in LIFE:
        assert LIFE[state, action] == table.next(state, action)
    else:
        with pytest.raises(InvalidStateTransition) as refused:
            table.next(state, action)
        assert all(allowed in refused.value.details for allowed in table.allowed(state))


def test_what_nobody_can_ask_for_is_not_named() -> None:
    table = TransitionTable("booking", LIFE, by_itself=("decline",))
    with pytest.raises(InvalidStateTransition) as refused:
        table.next("pending", "cancel")
    assert refused.value.details == "booking is pending: cannot cancel; allowed: confirm"


def test_what_a_state_does_not_admit_is_not_offered() -> None:
    table = TransitionTable("booking", LIFE)
    assert table.offered({"confirm": "a", "cancel": "b", "history": "c"}, "confirmed") == {
        "cancel": "b",
        "history": "c",
    }
