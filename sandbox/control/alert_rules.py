"""Alert rules: what has to be how bad, for how long, before somebody is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction

KIND = Kind("alert_rules")
ID = "rules"


def _rule(name: str, threshold: float, window: int, samples: int, **more: Any) -> dict[str, Any]:
    return {
        "rule": name,
        "threshold": threshold,
        "windowSeconds": window,
        "minSamples": samples,
        "enabled": True,
        "notify": [],
        "severity": "warning",
        **more,
    }


DEFAULTS: Mapping[str, dict[str, Any]] = {
    rule["rule"]: rule
    for rule in (
        _rule("error_rate", 0.05, 300, 20),
        _rule("latency", 1000, 300, 20),
        _rule("webhook_success", 0.05, 3600, 20),
        _rule("delivery_exhausted", 0, 3600, 1),
        _rule("webhook_disabled", 0, 3600, 1, severity="critical"),
        _rule("monitor", 0, 3600, 1, severity="critical"),
        _rule("conversion", 0.5, 3600, 20, enabled=False),
    )
}
"""By name. Each is about a value that may not go above its threshold."""


def rules_of(tx: Transaction) -> list[dict[str, Any]]:
    """All rules; those that nobody has set are as they are by default."""
    stored = tx.get(KIND.name, ID)
    own = {} if stored is None else stored["rules"]
    return [{**default, **own.get(name, {})} for name, default in DEFAULTS.items()]


def rule_named(tx: Transaction, name: str) -> dict[str, Any]:
    """One rule as it is now."""
    return next(rule for rule in rules_of(tx) if rule["rule"] == name)


def keep(tx: Transaction, rules: Iterable[Mapping[str, Any]]) -> Document:
    """Put these in place of all that were set; what is not among them goes back to its default."""
    return tx.put(KIND.name, {"id": ID, "rules": {rule["rule"]: dict(rule) for rule in rules}})
