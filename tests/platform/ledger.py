"""What tests ask of the ledger."""

from collections import Counter
from typing import Any

from sandbox.platform.money import minor_units

MONEY = ("stripe", "payment", "refund", "payment_subscription", "financial_report")
SIGN = {"debit": 1, "credit": -1}


def records(api: Any, **query: Any) -> list[dict[str, Any]]:
    """Ledger records through the front door, in the order in which they were written."""
    answer = api.get("/api/v1/transactions", params={"sort": "sequence", "pageSize": 100, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def totals(written: list[dict[str, Any]]) -> dict[str, int]:
    """What the records put on each account, in minor units."""
    sums: Counter[str] = Counter()
    for record in written:
        for entry in record["entries"]:
            sums[entry["account"]] += SIGN[entry["direction"]] * minor_units(entry["amount"])
    return {account: units for account, units in sums.items() if units}


def assert_balanced(written: list[dict[str, Any]]) -> None:
    """Debits equal credits, in each record and so in all."""
    for record in written:
        sides = Counter({"debit": 0, "credit": 0})
        for entry in record["entries"]:
            sides[entry["direction"]] += minor_units(entry["amount"])
        assert sides["debit"] == sides["credit"] > 0, record


def pass_days(api: Any, duration: str, *also: str) -> None:
    """Let time pass in which nothing but money falls due: the rest of the world would take its time."""
    with api.workspace.transaction() as tx:
        for entry in tx.find("agenda"):
            if entry["job"].split(".")[0] not in (*MONEY, *also):
                tx.cancel(entry["job"], entry["subject"])
    api.advance(duration)
