"""Which meter counts a request: by caller, under the tiers of its workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.plan import Plan
from sandbox.gateway.limits import TIERS, Meter, Tier
from sandbox.gateway.visit import Visit
from sandbox.kernel.workspace import Workspace

POLICY = "rate_limit_policy"


def meter_of(visit: Visit, plan: Plan | None) -> Meter | None:
    """The meter, with this request counted in; None where limits are switched off or do not apply.

    The control plane has a budget of its own, so that a test can always recover."""
    if visit.method == "OPTIONS" or (
        plan is not None and plan.tag == "Meta" and plan.path.startswith("/health")
    ):
        return None
    workspace = visit.workspace
    tier_name = "control" if plan is not None and plan.is_control else visit.principal.client_type
    policy = workspace.store.get(POLICY, "policy")
    if policy is not None and not policy["enabled"]:
        return None
    key = f"{tier_name}:{visit.principal.credential_id or visit.client_ip}"
    meter = workspace.meters.get(key)
    if meter is None or (policy is not None and meter.tier != _tier(policy, tier_name)):
        meter = workspace.meters[key] = Meter(_tier(policy, tier_name), visit.at)
    meter.enter(visit.at)
    found: Meter = meter
    return found


def _tier(policy: Mapping[str, Any] | None, name: str) -> Tier:
    own = (policy or {}).get("tiers", {}).get(name)
    return TIERS[name] if own is None else Tier(own["limit"], own["burst"], own["concurrent"])


def reset_meters(workspace: Workspace) -> None:
    """Every caller starts anew."""
    for key in [key for key, meter in workspace.meters.items() if isinstance(meter, Meter)]:
        del workspace.meters[key]
