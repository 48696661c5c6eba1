"""Holds the contract against a plan of operations: what is in both has to agree (`python -m … <folder>`)."""

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


def differences(folder: Path) -> Iterator[str]:
    """Every member of an operation that contract and plan tell differently."""
    planned = {_key(row["method"], row["path"]): row for row in _rows(folder / "operations.tsv")}
    known = {row["code"] for row in _rows(folder / "errors.tsv")}
    for name in ("platform", "control"):
        for path, method, operation in operations(load(name)):
            label = f"{method.upper()} {path}"
            row = planned.get(_key(method, path))
            if row is not None:
                yield from (f"{label}: {each}" for each in _compare(operation, row, known))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _key(method: str, path: str) -> str:
    """Parameters may be called differently; where they stand may not differ."""
    return f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"


def _compare(operation: Mapping[str, Any], row: Row, known: set[str]) -> Iterator[str]:
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
            yield f"{what} is {ours!r}, planned {planned!r}"
    if unknown := set(operation.get("x-errors", ())) - known:
        yield f"unknown error codes {sorted(unknown)}"


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
