"""Rate limits: the policy of each tier, and a fresh start for the counters."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Kind
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Call

KINDS = [Kind("rate_limit_policy")]
POLICY = "policy"

DEFAULT_POLICY: dict[str, Any] = {
    "enabled": True,
    "tiers": {
        "anonymous": {"limit": 30, "windowSeconds": 60, "burst": 10, "concurrent": 5},
        "user": {"limit": 60, "windowSeconds": 60, "burst": 20, "concurrent": 10},
        "partner": {"limit": 300, "windowSeconds": 60, "burst": 100, "concurrent": 25},
        "internal": {"limit": 600, "windowSeconds": 60, "burst": 200, "concurrent": 50},
        "control": {"limit": 600, "windowSeconds": 60, "burst": 600, "concurrent": 100},
    },
}


def get_rate_limits(call: Call) -> dict[str, Any]:
    return policy_of(call.workspace)


def set_rate_limits(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    before = policy_of(call.workspace)
    after = {**before, **body, "tiers": {**before["tiers"], **(body.get("tiers") or {})}}
    call.tx.put("rate_limit_policy", {**after, "id": POLICY})
    return after


def reset_rate_limit_counters(call: Call) -> None:
    meters = call.workspace.meters
    for caller in [caller for caller, meter in meters.items() if hasattr(meter, "leave")]:
        del meters[caller]


def policy_of(workspace: Workspace) -> dict[str, Any]:
    """The policies in force in a workspace."""
    stored = workspace.store.get("rate_limit_policy", POLICY)
    return DEFAULT_POLICY if stored is None else {member: stored[member] for member in DEFAULT_POLICY}
