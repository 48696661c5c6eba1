"""Holds the contract against a plan of operations, in both directions (`python -m … <folder>`).

What is in both has to agree; of the areas that are complete everything planned has to be there; nothing may
be there that was not planned. What differs on purpose is listed with its reason in `deviations.tsv` here.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.contract.document import load, operations
from sandbox.contract.parameters import snake

Row = Mapping[str, str]
OPEN = {"-", "opt", "auth", "client"}
DEVIATIONS = Path(__file__).with_name("deviations.tsv")
COMPLETE = {
    "Meta",
    "Events",
    "Registrations",
    "Tickets & check-ins",
    "Users",
    "Sessions",
    "Payments",
    "Locations, services, practitioners",
    "Schedules",
    "Slots & holds",
    "Bookings & customers",
    "Mappings & sync",
    "Batch",
    "Privacy & audit",
    "Validation",
}
"""Areas of the plan whose first two priorities are all served."""


def differences(folder: Path) -> Iterator[str]:
    """Everything that contract and plan tell differently, but for the deviations that were agreed on."""
    agreed = {(row["operation"], row["what"]) for row in _rows(DEVIATIONS)}
    for label, what, difference in _differences(folder):
        if (label, what) in agreed:
            agreed.discard((label, what))
        else:
            yield f"{label}: {difference}"
    yield from (f"{label}: {what} is listed as a deviation, but agrees" for label, what in sorted(agreed))


def _differences(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(operation, what, difference)."""
    planned = {_key(row["method"], row["path"]): row for row in _rows(folder / "operations.tsv")}
    known = {row["code"] for row in _rows(folder / "errors.tsv")}
    for name in ("platform", "control"):
        for path, method, operation in operations(load(name)):
            label = f"{method.upper()} {path}"
            row = planned.pop(_key(method, path), None)
            if row is None:
                yield label, "operation", "is in no plan"
            else:
                yield from ((label, *each) for each in _compare(operation, row, known))
    for row in planned.values():
        if row["tag"] in COMPLETE and row["priority"] in ("1", "2"):
            yield f"{row['method']} {row['path']}", "operation", "is planned and missing"


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _key(method: str, path: str) -> str:
    """Parameters may be called differently; where they stand may not differ."""
    return f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"


def _compare(operation: Mapping[str, Any], row: Row, known: set[str]) -> Iterator[tuple[str, str]]:
    facts = {
        "operationId": (
            snake(operation["operationId"]).removesuffix("_v2"),
            row["operationId"].rpartition(".")[2],
        ),
        "status": (_success(operation), row["success"].split("/")[0].split(" ")[0]),
        "scopes": (_scopes(operation), set(row["scopes"].split()) - OPEN),
        "pagination": (operation.get("x-pagination", "-"), row["pagination"] or "-"),
        "idempotency": (operation["x-idempotency"], row["idempotency"]),
    }
    for what, (ours, planned) in facts.items():
        if ours != planned:
            yield what, f"{what} is {ours!r}, planned {planned!r}"
    if unknown := set(operation.get("x-errors", ())) - known:
        yield "errors", f"unknown error codes {sorted(unknown)}"


def _scopes(operation: Mapping[str, Any]) -> set[str]:
    return {scope for each in operation["security"] for scope in each.get("oauth2", ())}


def _success(operation: Mapping[str, Any]) -> str:
    return str(min(status for status in operation["responses"] if status.startswith(("2", "3"))))


def main(arguments: list[str]) -> int:
    """Print the differences; 1 when there are any."""
    found = list(differences(Path(arguments[0])))
    total = sum(len(operations(load(name))) for name in ("platform", "control"))
    lines = [*found, f"{total} operations held against the plan, {len(found)} differences"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
