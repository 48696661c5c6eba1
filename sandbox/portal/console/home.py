"""The first page: the ready credential, three lines that work when pasted, and what happens, live."""

from __future__ import annotations

from typing import NamedTuple

from starlette.responses import Response

from sandbox.kernel.workspaces import DEFAULT
from sandbox.portal.console.desk import BIN, KEY
from sandbox.portal.console.visit import PageVisit
from sandbox.portal.console.webhooks import trigger_choices

LATEST = 12
OWN = "$SANDBOX_KEY"
"""A key of somebody's own is never shown: the lines take it from the shell."""

EMPTY = "This world was made empty: there is nothing to read yet but what you make."


class FirstStep(NamedTuple):
    """A line to paste, and what it shows."""

    title: str
    why: str
    line: str


async def home(visit: PageVisit) -> Response:
    """Of the workspace in the address, else of the default one."""
    found = await visit.ask("listJournal", query={"cursor": "", "pageSize": LATEST})
    key = OWN if visit.key else KEY
    with visit.workspace.transaction() as tx:
        is_seeded = tx.get("bin", BIN) is not None
    steps = first_steps(visit.desk.base_url, visit.workspace.id, key)
    return visit.page(
        "home.html",
        "",
        key=key,
        bin_id=BIN if is_seeded else "",
        steps=steps if is_seeded else [steps[0]._replace(why=EMPTY)],
        entries=found["data"],
        live=f"{visit.base}/live/calls?",
        **trigger_choices(),
    )


def first_steps(base_url: str, workspace_id: str, key: str) -> list[FirstStep]:
    """Read, cause a webhook, see it arrive."""
    elsewhere = workspace_id != DEFAULT
    quote = '"' if key == OWN else "'"
    who = f"-H {quote}X-API-Key: {key}{quote}" + (
        f" -H 'X-Sandbox-Workspace: {workspace_id}'" if elsewhere else ""
    )
    json = "-H 'Content-Type: application/json'"
    return [
        FirstStep(
            "Read something",
            "The world is seeded with events, people, clinics and bookings in every state.",
            f"curl -s {who} '{base_url}/api/v1/events?status=published&pageSize=3'",
        ),
        FirstStep(
            "Cause a webhook",
            "Any event of the catalogue, about a real object, signed like a real one.",
            f'curl -s {who} {json} -d \'{{"event": "registration.confirmed"}}\' '
            f"'{base_url}/sandbox/v1/webhook-triggers'",
        ),
        FirstStep(
            "See it arrive",
            "The bin kept it and checked its signature. It is also on this page already.",
            f"curl -s {who} '{base_url}/sandbox/v1/inspector/bins/{BIN}/wait?count=1'",
        ),
    ]
