"""How commands talk: tables and lines to standard output, progress and complaints to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(text: str = "", style: str = "") -> None:
    """One line, never wrapped: it can be piped and pasted."""
    Console(soft_wrap=True, highlight=False).print(Text(text, style=style))


def say_json(value: Any) -> None:
    """Machine-readable output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def complain(reason: str, advice: str = "") -> None:
    """What went wrong, and what to do about it."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("error: ", "bold red"), reason))
    if advice:
        console.print(Text(f"  {advice}"))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under headings; cells are text, not markup."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False).print(shown)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign of life during long work, where somebody watches."""
    with Console(stderr=True).status(what):
        yield
