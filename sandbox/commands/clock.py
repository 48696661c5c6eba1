"""`sandbox clock …`"""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from sandbox.commands.context import Session, session
from sandbox.commands.output import say, say_json, table, working

app = typer.Typer(help="The workspace's own time: look at it, set it, move it on.", no_args_is_help=True)
PATH = "/sandbox/v1/clock"
MODES = ("real", "offset", "frozen")
_SHORT = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.IGNORECASE)


@app.command("show")
def show(context: typer.Context) -> None:
    """Say what time it is in the workspace."""
    current = session(context)
    _tell(current, current.client.get(PATH))


@app.command("set")
def set_clock(
    context: typer.Context,
    now: Annotated[str | None, typer.Argument(help="Instant, as 2026-03-02T08:00:00Z; default: now.")] = None,
    mode: Annotated[str, typer.Option(help="How it runs from there: offset, frozen or real.")] = "frozen",
    backwards: Annotated[bool, typer.Option("--backwards", help="Allow going back.")] = False,
) -> None:
    """Set the clock; all that falls due on the way runs."""
    if mode not in MODES:
        raise typer.BadParameter(f"there are {', '.join(MODES)}", param_hint="--mode")
    current = session(context)
    body = {"mode": mode, "now": now, "allowBackwards": backwards or None}
    with working("Running what falls due …"):
        result = current.client.put(PATH, body)
    _tell(current, result)


@app.command("advance")
def advance(
    context: typer.Context,
    duration: Annotated[str, typer.Argument(help="How far: 90s, 1h30m, 2d, or ISO 8601 as PT24H.")],
) -> None:
    """Move the clock on; all that falls due on the way runs, in order."""
    current = session(context)
    with working("Running what falls due …"):
        result = current.client.post(f"{PATH}/advance", {"duration": iso_duration(duration)})
    _tell(current, result)


@app.command("real")
def real(context: typer.Context) -> None:
    """Put the clock back to real time."""
    current = session(context)
    current.client.delete(PATH)
    current.client.forget_token()
    _tell(current, current.client.get(PATH))


def iso_duration(text: str, hint: str = "DURATION") -> str:
    """`1h30m` as PT1H30M; ISO 8601 as it is. `hint` names the argument in a complaint."""
    if text.upper().startswith("P"):
        return text.upper()
    match = _SHORT.fullmatch(text)
    if not text or match is None:
        raise typer.BadParameter(f"{text!r} is no duration; try 90s, 1h30m, 2d or PT24H", param_hint=hint)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    date = f"{weeks * 7 + days}D" if weeks or days else ""
    return f"P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def _tell(current: Session, clock: dict[str, Any]) -> None:
    if current.as_json:
        say_json(clock)
        return
    say(f"{clock['now']}  {clock['mode']}")
    fired = clock.get("fired", ())
    if fired:
        table(["DUE", "JOB", "SUBJECT"], [(work["due"], work["job"], work["subject"]) for work in fired])
