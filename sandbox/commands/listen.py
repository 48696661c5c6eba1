"""`sandbox listen`: webhooks for a receiver on this machine, which nobody can reach from outside."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from socket import gethostname
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.commands.context import Session, session
from sandbox.commands.failures import Refused, Unreachable
from sandbox.commands.output import complain, say

if TYPE_CHECKING:
    from sandbox.commands.forwarding import Receiver

LISTENERS = "/sandbox/v1/listeners"
LONGEST_PAUSE = 3.0
REMEMBERED = 1000
OVER = {"listener_deleted", "webhook_disabled", "replaced", "workspace_deleted"}
"""Ends after which there is nothing to come back for."""


def listen(  # noqa: PLR0913 - its options
    context: typer.Context,
    forward_to: Annotated[str, typer.Option(help="Where your receiver is, as http://localhost:3000/hooks.")],
    events: Annotated[
        list[str] | None, typer.Option(help="Events, families (booking.*) or *; several with commas.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(envvar="SANDBOX_LISTEN_SECRET", help="Sign with this secret (whsec_…).")
    ] = None,
    retry: Annotated[str, typer.Option(help="Retry preset: default, fast, docplanner or none.")] = "default",
    url: Annotated[str | None, typer.Option(help="Base address of the server, if not said before.")] = None,
    api_key: Annotated[str | None, typer.Option("--key", help="API key, if not said before.")] = None,
) -> None:
    """Forward webhooks to your machine: signed, retried and logged like any other; none is lost."""
    from sandbox.commands.forwarding import Receiver

    current = session(context)
    chosen = Session(
        url or current.url, api_key or current.api_key, current.workspace, authority=current.authority
    )
    wanted = [name.strip() for each in events or ["*"] for name in each.split(",") if name.strip()]
    asked: dict[str, Any] = {"eventTypes": wanted, "retryPreset": retry}
    asked["description"] = f"sandbox listen → {forward_to}"[:200]
    # The same command, after it was killed, goes on with what it left behind.
    asked["name"] = f"{gethostname()} → {forward_to}: {', '.join(wanted)}"[:200]
    if secret:
        asked["secret"] = secret
    ear = Ear(chosen, Receiver.at(forward_to), asked)
    for ending in (signal.SIGTERM, signal.SIGINT):  # a job in the background is born deaf to the second
        signal.signal(ending, signal.default_int_handler)
    try:
        ear.listen()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        ear.close()


class Ear:
    """Keeps one listener at the server, and the connection to it."""

    def __init__(self, chosen: Session, receiver: Receiver, asked: dict[str, Any]) -> None:
        self._client = chosen.client
        self._receiver = receiver
        self._asked = asked
        self._id = ""
        self._answers: dict[str, dict[str, Any] | None] = {}
        """By lease, the latest: what is handed over again is not forwarded again."""
        self._pause = Event()

    def listen(self) -> None:
        """Forward until interrupted, or until the server says that it is over."""
        self._register()
        say(f"Signing secret  {self._asked['secret']}")
        say(f"Ready: {', '.join(self._asked['eventTypes'])} → {self._receiver.url}   (stop with Ctrl-C)")
        wait = 0.5
        while True:
            connection = Connection(self._client, f"{LISTENERS}/{self._id}/stream")
            try:
                reason = self._follow(connection)
                if reason in OVER:
                    complain(f"the server ended it: {reason.replace('_', ' ')}")
                    raise typer.Exit(1)
                say(f"The server ended the connection: {reason.replace('_', ' ')}")
            except Refused as refused:
                self._after_refusal(refused)
            except Unreachable as lost:
                say(f"Connection lost: {lost}")
            wait = 0.5 if connection.was_open else min(wait * 2, LONGEST_PAUSE)
            say(f"Again in {wait:g} s")
            self._pause.wait(wait)

    def close(self) -> None:
        """Take the listener back; what is being forwarded is not waited for."""
        if self._id:
            try:
                self._client.delete(f"{LISTENERS}/{self._id}")
            except (Refused, Unreachable):
                say("The listener could not be taken back; it goes by itself after a day.")

    def _register(self) -> None:
        made = self._client.post(LISTENERS, self._asked)
        self._id = made["id"]
        self._asked["secret"] = made["secret"]

    def _after_refusal(self, refused: Refused) -> None:
        """A world that was put back knows the listener no more; a clock that moved ends tokens."""
        if refused.status == 404:
            self._answers.clear()
            self._register()
            say("Listening anew, with the same secret: the workspace is another one since.")
        elif refused.status == 401:
            self._client.forget_token()
        elif refused.status not in (429, 500, 502, 503):
            raise refused

    def _follow(self, connection: Connection) -> str:
        """Why the server ended the stream; raises Refused or Unreachable."""
        for name, data in connection.events():
            if name == "end":
                if data["reason"] == "credential_refused":
                    self._client.forget_token()
                return str(data["reason"])
            if name == "delivery":
                self._take(data)
        return "closed"

    def _take(self, delivery: dict[str, Any]) -> None:
        """Forward what is new; answer once more what was forwarded before and is not under way."""
        lease = delivery["lease"]
        if lease not in self._answers:
            while len(self._answers) >= REMEMBERED:
                del self._answers[next(iter(self._answers))]
            self._answers[lease] = None
            Thread(target=self._forward, args=(delivery,), daemon=True).start()
        elif (answer := self._answers[lease]) is not None:
            self._tell(answer)

    def _forward(self, delivery: dict[str, Any]) -> None:
        answer = {**self._receiver.deliver(delivery), "lease": delivery["lease"]}
        self._answers[delivery["lease"]] = answer
        say(line_of(delivery, answer))
        self._tell(answer)

    def _tell(self, answer: dict[str, Any]) -> None:
        """If it cannot be said now, the server asks for it again when the connection is there again."""
        try:
            self._client.post(f"{LISTENERS}/{self._id}/replies", answer)
        except (Refused, Unreachable) as failed:
            say(f"An answer could not be told yet: {failed}")


@dataclass
class Connection:
    """One stream; `was_open` tells whether it ever began."""

    client: Any
    path: str
    was_open: bool = False

    def events(self) -> Any:
        """Names and data, as they come; raises Refused or Unreachable."""
        for event in self.client.events(self.path):
            self.was_open = True
            yield event


def line_of(delivery: dict[str, Any], answer: dict[str, Any]) -> str:
    """One line a delivery: when, what, which attempt, what became of it."""
    headers = {name.lower(): value for name, value in delivery["headers"].items()}
    outcome = answer.get("status") or f"{answer['error']} ({answer['detail']})"
    attempt = headers.get("x-webhook-attempt", "1")
    again = "" if attempt == "1" else f"  attempt {attempt}"
    name = headers.get("x-webhook-event", "")
    return f"{name:<28} {headers.get('webhook-id', ''):<30} → {outcome}  {answer['durationMs']:.0f} ms{again}"
