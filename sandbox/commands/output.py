"""How commands talk: tables and lines to standard output, progress and complaints to standard error.

Rich is loaded by whoever needs it: `serve` should start quickly.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

UNBROKEN = 10_000
"""Columns: more than any row has."""


def _in_colour() -> bool:
    """Unless somebody said no (https://no-color.org); what is no terminal gets none anyway."""
    return not os.environ.get("NO_COLOR")


def say(text: str = "", colour: str | None = None) -> None:
    """One line, never wrapped: it can be piped and pasted."""
    typer.echo(typer.style(text, fg=colour) if colour and _in_colour() else text)


def say_json(value: Any) -> None:
    """Machine-readable output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def complain(reason: str, advice: str = "") -> None:
    """What went wrong, and what to do about it."""
    marked = typer.style("error: ", fg="red", bold=True) if _in_colour() else "error: "
    typer.echo(marked + reason, err=True)
    if advice:
        typer.echo(f"  {advice}", err=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under headings; cells are text, not markup. Whatever is not a terminal gets a row a line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=not shown.columns)
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN).print(shown)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign of life during long work, where somebody watches."""
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield
