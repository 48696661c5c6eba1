"""`sandbox trigger`"""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.commands.context import session
from sandbox.commands.output import say, say_json, table, working

CORRUPTIONS = ("none", "signature", "timestamp", "body")


def trigger(  # noqa: PLR0913 - its options
    context: typer.Context,
    event: Annotated[str, typer.Argument(help="Event type, as registration.confirmed.")],
    resource: Annotated[str | None, typer.Option(help="Id of the object it is about.")] = None,
    fixture: Annotated[str | None, typer.Option(help="The same by the name of a fixture.")] = None,
    count: Annotated[int, typer.Option(min=1, max=50, help="How many messages.")] = 1,
    corrupt: Annotated[str, typer.Option(help="What to spoil: signature, timestamp or body.")] = "none",
    to: Annotated[
        str | None, typer.Option(help="Send it to this URL at once, without a subscription.")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="Sign what goes --to a URL with this (whsec_…).")] = None,
) -> None:
    """Send an event to its subscribers now; the object it is about is a real one."""
    if corrupt not in CORRUPTIONS:
        raise typer.BadParameter(f"there are {', '.join(CORRUPTIONS)}", param_hint="--corrupt")
    current = session(context)
    body = {"event": event, "resourceId": resource, "fixture": fixture, "count": count}
    body |= {"url": to, "secret": secret}
    spoilt = None if corrupt == "none" else corrupt
    with working("Triggering …"):
        result = current.client.post("/sandbox/v1/webhook-triggers", {**body, "corrupt": spoilt})
    if current.as_json:
        say_json(result)
        return
    if to is not None:
        say(f"Signing secret  {result['secret']}")
        said = [
            (each["at"], each["statusCode"] or each["error"], each["durationMs"])
            for each in result["attempts"]
        ]
        table(["AT", "ANSWER", "MS"], said)
        return
    rows = [(d["id"], d["eventType"], d["webhookId"], d["status"]) for d in result["deliveries"]]
    table(["DELIVERY", "EVENT", "WEBHOOK", "STATUS"], rows)
