"""`sandbox explain`"""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.commands.context import session
from sandbox.commands.output import say, say_json

ARRIVED = ("delivered",)


def explain(
    context: typer.Context,
    event: Annotated[str, typer.Argument(help="Event type that was expected, as booking.confirmed.")],
    resource: Annotated[str | None, typer.Option(help="Id of the object it was to be about.")] = None,
    webhook: Annotated[str | None, typer.Option(help="Id of the subscription that waits for it.")] = None,
    message: Annotated[str | None, typer.Option(help="Id of one message.")] = None,
) -> None:
    """Say why an event did not arrive, with evidence and advice; fails unless it did arrive."""
    current = session(context)
    narrower = {"resourceId": resource, "webhookId": webhook, "messageId": message}
    found = current.client.get("/sandbox/v1/webhook-explanations", event=event, **narrower)
    if current.as_json:
        say_json(found)
    else:
        for finding in found["findings"]:
            _say(finding)
    if found["reason"] not in ARRIVED:
        raise typer.Exit(1)


def _say(finding: dict[str, object]) -> None:
    where = f"  {finding['webhookId']}" if finding["webhookId"] else ""
    say(f"{finding['reason']}{where}", "green" if finding["reason"] in ARRIVED else "yellow")
    say(f"  {finding['explanation']}")
    say(f"  {finding['advice']}")
