"""Which meter counts a request: by caller, under the tiers of its workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.plan import Plan
from sandbox.control.rate_limits import DEFAULT_POLICY
from sandbox.gateway.limits import Meter, Tier
from sandbox.gateway.visit import Visit
from sandbox.identity.principal import Principal

POLICY = "rate_limit_policy"


def count_in(visit: Visit, plan: Plan | None) -> None:
    """Count the request under its caller's meter, unless limits are switched off or do not apply.

    Raises the error of the limiter that trips. The control plane has a budget of its own, so that a test
    can always recover.
    """
    if visit.method == "OPTIONS" or (
        plan is not None and plan.tag == "Meta" and plan.path.startswith("/health")
    ):
        return
    workspace = visit.workspace
    tier_name = "control" if plan is not None and plan.is_control else visit.principal.client_type
    policy = workspace.store.get(POLICY, "policy")
    if policy is not None and not policy["enabled"]:
        return
    caller = visit.principal
    key = f"{tier_name}:{caller.credential_id or visit.client_ip}"
    if tier_name == "user" and caller.user_id is None:  # a public key: its visitors are not one caller
        key = f"{key}:{visit.client_ip}"
    meter = workspace.meters.get(key)
    if meter is None or meter.policy is not policy:
        meter = workspace.meters[key] = _under(policy, tier_name, meter, visit.at)
    visit.tally = meter
    meter.enter(visit.at)
    visit.meter = meter


def recount(visit: Visit, caller: Principal) -> None:
    """Count the request as that of a caller who was a stranger until it was served.

    Raises the error of the limiter that trips."""
    visit.principal = caller
    if visit.meter is not None:
        visit.meter.take_back()
        visit.meter = None
        count_in(visit, visit.plan)


def _under(policy: Mapping[str, Any] | None, name: str, before: Meter | None, now: float) -> Meter:
    """The meter under a policy: the one before if its tier is still the same, else a fresh one."""
    tier = _tier(policy, name)
    meter = before if before is not None and before.tier == tier else Meter(tier, now)
    meter.policy = policy
    return meter


def _tier(policy: Mapping[str, Any] | None, name: str) -> Tier:
    tiers = DEFAULT_POLICY["tiers"] | (policy or DEFAULT_POLICY).get("tiers", {})
    return Tier(tiers[name]["limit"], tiers[name]["burst"], tiers[name]["concurrent"])
