"""What is not a document of the present world forgets an erased person too: traffic, snapshots, the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.journal.audit import AuditLine
from sandbox.journal.exchange import Exchange
from sandbox.journal.headers import packed_text, unpacked
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Server
from sandbox.platform.erasure import erase, sweep
from sandbox.platform.scrubbing import Scrubber

COMPACT = "compact journal"
"""Where the composition root leaves what rewrites the journal on disk to the present state."""
SECRETS = ("authorization", "x-api-key")
"""Never shown, and not to be read for this either."""


async def purge(
    server: Server, workspace: Workspace, request: Mapping[str, Any], scrubber: Scrubber, job: str
) -> None:
    """Returns when nothing of the past is left; doing it again does no harm.

    Work under way, but for other runs of this `job`, may still write down what it had read before."""
    await server.agenda.ended(workspace, job)
    with workspace.transaction() as tx:
        sweep(tx, scrubber)
    for exchange in server.journals.of(workspace.id).exchanges():
        scrub_exchange(exchange, scrubber)
    server.journals.audit.replace(workspace.id, lambda line: without_address(line, scrubber))
    for kept in server.workspaces.snapshots(workspace.id):
        past = Workspace(kept.id, kept.store, workspace.kinds, seed=workspace.seed, wall=workspace.wall)
        with past.transaction() as tx:
            erase(tx, request["subject"])
    compact = server.facts.get(COMPACT)
    if compact is not None:
        await compact()


def without_address(line: AuditLine, scrubber: Scrubber) -> AuditLine:
    """What a person did stays known, by their id; where they were does not."""
    return line._replace(ip="") if line.credential_id in scrubber.ids else line


def scrub_exchange(exchange: Exchange, scrubber: Scrubber) -> None:
    """Take the person out of one record of traffic."""
    close = any(key in exchange.path for key in scrubber.ids)
    if exchange.credential_id in scrubber.ids:
        exchange.client_ip = ""
    exchange.path = scrubber.clean(exchange.path)
    exchange.query = scrubber.clean(exchange.query)
    exchange.request_body = _scrubbed(exchange.request_body, scrubber, close)
    exchange.response_body = _scrubbed(exchange.response_body, scrubber, close)
    exchange.request_headers = _headers(exchange.request_headers, scrubber)
    exchange.response_headers = _headers(exchange.response_headers, scrubber)


def _scrubbed(body: bytes, scrubber: Scrubber, close: bool) -> bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return b"" if close else body  # a page or a picture that shows the person
    cleaned: str = scrubber.clean(text, close)
    return body if cleaned is text else cleaned.encode()


def _headers(block: bytes, scrubber: Scrubber) -> bytes:
    return packed_text(
        (name, value if name in SECRETS else scrubber.clean(value)) for name, value in unpacked(block)
    )
