"""The targets, and the table that says which were met."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Target:
    """`at least` decides, `aim` is what we would like; `below` turns both round."""

    at_least: float
    aim: float
    unit: str = "×"
    below: bool = False

    def met(self, value: float) -> bool:
        return value <= self.at_least if self.below else value >= self.at_least

    def beyond(self, value: float) -> bool:
        return value <= self.aim if self.below else value >= self.aim

    def __str__(self) -> str:
        return f"{'≤' if self.below else '≥'} {self.at_least:g} {self.unit} (aim {self.aim:g})"


@dataclass(frozen=True, slots=True)
class Measured:
    """One row; without a value it was skipped, and `note` says why."""

    what: str
    target: Target
    value: float | None
    note: str = ""

    @property
    def failed(self) -> bool:
        return self.value is not None and not self.target.met(self.value)

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "[yellow]skipped"
        if self.target.beyond(self.value):
            return "[green]pass, aim reached"
        return "[green]pass" if self.target.met(self.value) else "[red]FAIL"


class Report:
    """Prints each row as soon as it is known, and the whole in the end."""

    def __init__(self) -> None:
        self.console = Console(width=132)
        self.rows: list[Measured] = []

    def say(self, text: str) -> None:
        self.console.print(text, style="dim", highlight=False)

    def add(self, what: str, target: Target, value: float | None, note: str = "") -> None:
        self.rows.append(Measured(what, target, value, note))

    def show(self) -> None:
        table = Table(box=None, pad_edge=False)
        for column, side in (
            ("what", "left"),
            ("measured", "right"),
            ("target", "left"),
            ("", "left"),
            ("note", "left"),
        ):
            table.add_column(column, justify=side)  # type: ignore[arg-type]
        for row in self.rows:
            value = "–" if row.value is None else f"{row.value:.2f} {row.target.unit}"
            table.add_row(row.what, value, str(row.target), row.verdict, row.note)
        self.console.print(table)
        failed, skipped = sum(row.failed for row in self.rows), sum(row.value is None for row in self.rows)
        met = len(self.rows) - failed - skipped
        self.console.print(f"{met} targets met, {failed} missed, {skipped} skipped", highlight=False)

    @property
    def exit_code(self) -> int:
        return 1 if any(row.failed for row in self.rows) else 0
