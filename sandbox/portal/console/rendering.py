"""Templates of the console; the engine is loaded when the first page is asked for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates"
UNITS = ("B", "KiB", "MiB")


@cache
def environment() -> Environment:
    """Everything is escaped: what was captured may be hostile."""
    from jinja2 import Environment, FileSystemLoader

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "clock": clock,
        "pretty": pretty,
        "size": size,
        "span": span,
        "words": words,
        "number": number,
    }
    made.globals["verdict_of"] = verdict_of
    return made


def render(template: str, **context: Any) -> str:
    """The page or fragment."""
    return environment().get_template(template).render(context)


def clock(instant: str | None) -> str:
    """The time of day of an instant, to the millisecond."""
    return (instant or "")[11:23]


def pretty(text: str | None) -> str:
    """JSON in lines, anything else as it is."""
    if not text:
        return ""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def size(count: int | None) -> str:
    """A number of bytes for people."""
    value, unit = float(count or 0), 0
    while value >= 1024 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 else f"{value:.1f} {UNITS[unit]}"


def span(milliseconds: float | None) -> str:
    """A duration for people."""
    if milliseconds is None:
        return ""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.2f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"


def number(entry_id: str) -> int:
    """The place of a journal entry in the record."""
    return int(entry_id[4:], 16)


def words(name: str | None) -> str:
    """`retry_scheduled` as it is said."""
    return (name or "").replace("_", " ")


def verdict_of(status: int | None, error: str | None = None) -> str:
    """The class of an answer: good, odd, bad or none yet."""
    if error or (status is not None and status >= 500):
        return "bad"
    if not status:
        return "none"
    return "good" if status < 300 else "odd"
