"""`sandbox expect`"""

from __future__ import annotations

from time import perf_counter
from typing import Annotated, Any

import typer

from sandbox.commands.clock import iso_duration
from sandbox.commands.context import Session, session
from sandbox.commands.failures import Refused
from sandbox.commands.output import say, say_json, table, working

INSPECTOR = "bin_000000000000000000000000"
"""The fixture bin that the fixture subscription sends every event to."""
ONE_WAIT_MS = 20_000


def expect(  # noqa: PLR0913 - its options
    context: typer.Context,
    events: Annotated[list[str], typer.Argument(help="Event types that should come; * stands for any text.")],
    bin_id: Annotated[
        str, typer.Option("--bin", help="Where; default: the bin that gets everything.")
    ] = INSPECTOR,
    within: Annotated[str, typer.Option(help="Time by the workspace's clock: 90s, 1h30m, PT24H.")] = "30s",
    in_order: Annotated[bool, typer.Option("--in-order", help="In the order given.")] = False,
    nothing_else: Annotated[bool, typer.Option("--nothing-else", help="Anything else is a failure.")] = False,
    never: Annotated[list[str] | None, typer.Option(help="Event type that must not come.")] = None,
    signed: Annotated[bool, typer.Option("--signed", help="With a valid signature only.")] = False,
    earlier: Annotated[bool, typer.Option("--earlier", help="Count what the bin holds already.")] = False,
    since: Annotated[str | None, typer.Option(help="Count what came behind this request.")] = None,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait, by your clock; then it is judged by what came.")
    ] = 60,
) -> None:
    """Wait until these webhooks came; exit code 1 if they did not, or something else did."""
    current = session(context)
    wanted = [_wanted(event, signed) for event in events] + [_wanted(each, False, 0) for each in never or ()]
    path = f"/sandbox/v1/inspector/bins/{bin_id}/expectations"
    body = {"requests": wanted, "within": iso_duration(within, "--within"), "inOrder": in_order}
    body |= {"nothingElse": nothing_else, "includeEarlier": earlier, "since": since}
    made = current.client.post(path, body)
    with working("Waiting …"):
        found = _decided(current, f"{path}/{made['id']}", made, patience)
    if current.as_json:
        say_json(found)
    else:
        _tell(found)
    if found["status"] != "met":
        raise typer.Exit(1)


def _wanted(event: str, signed: bool, count: int = 1) -> dict[str, Any]:
    return {"eventType": event, "count": count, **({"signature": "valid"} if signed else {})}


def _decided(current: Session, path: str, made: dict[str, Any], patience: float) -> dict[str, Any]:
    """The verdict: as soon as there is one, else what there is when patience ends."""
    ends = perf_counter() + patience
    found = made
    while found["status"] == "pending" and (left := ends - perf_counter()) > 0:
        try:
            found = current.client.get(f"{path}/wait", timeoutMs=min(round(left * 1000), ONE_WAIT_MS))
        except Refused as refused:
            if refused.code != "WAIT_TIMEOUT":
                raise
    return found if found["status"] != "pending" else current.client.post(f"{path}/conclude")


def _tell(found: dict[str, Any]) -> None:
    say(found["summary"], "green" if found["status"] == "met" else "red")
    events = [each["eventType"] for each in found["requests"]]
    rows = [_row(events[each["index"]], each) for each in found["results"] if each["wanted"]]
    rows += [
        (
            each["eventType"] or f"{each['method']} {each['path']}",
            "not expected",
            each["requestId"],
            each["reason"],
        )
        for each in found["unexpected"]
    ]
    table(["EVENT", "", "REQUEST", "WHY"], rows)


def _row(event: str, result: dict[str, Any]) -> tuple[str, str, str, str]:
    nearest = result["nearest"] or {}
    why = "; ".join([result["reason"] or "", *nearest.get("differences", ())]).strip("; ")
    requests = ", ".join(result["requestIds"]) or nearest.get("requestId", "")
    return event, "came" if result["met"] else "missing", requests, why
