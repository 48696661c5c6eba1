"""A mail server on a local socket: takes messages, or refuses them as it is told."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Sequence

Refusals = Sequence[tuple[str, str]]


class MailServer:
    """Serves in a thread of its own. `refusals`: (command, answer) to give instead, each once, in turn."""

    def __init__(
        self,
        *refusals: tuple[str, str],
        tls: ssl.SSLContext | None = None,
        login: str = "",
        starts: bool = False,
    ) -> None:
        self.refusals, self.tls, self.login, self.starts = list(refusals), tls, login, starts
        self.messages: list[tuple[str, str, bytes]] = []
        """(sender, recipient, message) of each, as it was taken."""
        self.was_secure: list[bool] = []
        self._took = threading.Semaphore(0)
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), True)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def wait(self, count: int = 1) -> None:
        """Until so many more were taken."""
        for _ in range(count):
            assert self._took.acquire(timeout=30), "no mail arrived"

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, command: str) -> str:
        """The refusal that is next, if it is for this command."""
        if self.refusals and self.refusals[0][0] == command:
            return self.refusals.pop(0)[1]
        return ""

    def take(self, sender: str, recipient: str, message: bytes, secure: bool) -> None:
        """One more message."""
        self.messages.append((sender, recipient, message))
        self.was_secure.append(secure)
        self._took.release()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        owner = self

        class Handler(Conversation):
            server_state = owner

        return Handler


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server_state: MailServer
    secure = False
    sender = recipient = ""

    def setup(self) -> None:
        """TLS first, where there is a context and it is not to be asked for."""
        if self.server_state.tls is not None and not self.server_state.starts:
            self._secure()
        super().setup()

    def _secure(self) -> None:
        assert self.server_state.tls is not None
        self.request = self.server_state.tls.wrap_socket(self.request, server_side=True)
        self.secure = True

    def handle(self) -> None:
        """Until QUIT or the end of the connection."""
        try:
            self._converse()
        except OSError:
            return

    def _converse(self) -> None:
        self.say(self.server_state.answer_to("CONNECT") or "220 ready")
        while line := self.rfile.readline():
            text = line.decode().strip()
            command = text.partition(" ")[0].lower()
            if refusal := self.server_state.answer_to(command.upper()):
                self.say(refusal)
            else:
                getattr(self, f"on_{command}", self.on_anything)(text)
            if command == "quit":
                return

    def on_anything(self, text: str) -> None:
        """Whatever it is."""
        self.say("250 ok")

    def on_starttls(self, text: str) -> None:
        """From here on under TLS."""
        self.say("220 go on")
        self._secure()
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)

    def on_auth(self, text: str) -> None:
        """Plain."""
        user = base64.b64decode(text.split()[2]).decode().replace("\0", ":").strip(":")
        self.say("235 welcome" if user == self.server_state.login else "535 who are you")

    def on_mail(self, text: str) -> None:
        """From whom."""
        self.sender = text.partition("<")[2].partition(">")[0]
        self.say("250 ok")

    def on_rcpt(self, text: str) -> None:
        """To whom."""
        self.recipient = text.partition("<")[2].partition(">")[0]
        self.say("250 ok")

    def on_data(self, text: str) -> None:
        """The message."""
        self.say("354 go on")
        self.server_state.take(self.sender, self.recipient, self._content(), self.secure)
        self.say("250 taken")

    def on_quit(self, text: str) -> None:
        """The end."""
        self.say("221 bye")

    def on_ehlo(self, text: str) -> None:
        """What is offered."""
        self._greet()

    def _greet(self) -> None:
        offers = ["mail.example", "SMTPUTF8", "8BITMIME"]
        offers += ["STARTTLS"] if self.server_state.starts and not self.secure else []
        offers += ["AUTH PLAIN"] if self.server_state.login else []
        for each in offers[:-1]:
            self.say(f"250-{each}")
        self.say(f"250 {offers[-1]}")

    def _content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def say(self, text: str) -> None:
        """One line."""
        self.wfile.write(f"{text}\r\n".encode())
