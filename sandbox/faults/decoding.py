"""Effects by the name of their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.faults.delivery_effects import DELIVERY_EFFECTS
from sandbox.faults.effects import Delay, Effect, Respond
from sandbox.kernel.errors import FaultInvalid

EFFECTS: dict[str, type[Effect]] = {
    Respond.type: Respond,
    Delay.type: Delay,
    **DELIVERY_EFFECTS,
}


def decode_effect(action: Mapping[str, Any]) -> Effect:
    """The effect of an action `{type, …settings}`; raises FaultInvalid naming every flaw."""
    kind = EFFECTS.get(action.get("type", ""))
    if kind is None:
        raise FaultInvalid(
            details=f"the action's type is none of {', '.join(EFFECTS)}", target="/action/type"
        )
    settings = {name: value for name, value in action.items() if name != "type"}
    try:
        effect = kind(**settings)
    except TypeError as error:
        named = ", ".join(sorted(settings))
        raise FaultInvalid(
            details=f"a {kind.type} action cannot have all of {named}", target="/action"
        ) from error
    if flaws := list(effect.flaws()):
        raise FaultInvalid(details=flaws[0].message, target=flaws[0].target, errors=flaws)
    return effect
