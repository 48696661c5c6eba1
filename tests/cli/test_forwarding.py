"""What `sandbox listen` does with what it is handed."""

from __future__ import annotations

import base64
import signal
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import typer

from sandbox.cli import main
from sandbox.commands.forwarding import SHOWN_BODY, Receiver
from sandbox.commands.listen import line_of


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        content = body * SHOWN_BODY if self.path == "/long" else body
        self.send_response(302 if self.path == "/moved" else 201)
        self.send_header("Location", "/elsewhere")
        self.send_header("X-Sent", self.headers["X-Sent"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module", name="base")
def _base() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def delivery(body: bytes = b"{}") -> dict[str, Any]:
    headers = {"X-Sent": "as it is", "X-Webhook-Event": "booking.created", "X-Webhook-Attempt": "2"}
    content = base64.b64encode(body).decode()
    return {"lease": "l", "method": "POST", "headers": headers, "bodyBase64": content, "timeoutSeconds": 30}


class TestDeliver:
    def test_sends_headers_and_body_as_they_are_and_tells_the_answer(self, base: str) -> None:
        answer = Receiver.at(f"{base}/hooks").deliver(delivery(b'{"a": 1}'))
        assert (answer["status"], base64.b64decode(answer["bodyBase64"])) == (201, b'{"a": 1}')
        assert answer["headers"]["X-Sent"] == "as it is"
        assert answer["truncated"] is False

    def test_follows_no_redirect(self, base: str) -> None:
        assert Receiver.at(f"{base}/moved").deliver(delivery())["status"] == 302

    def test_keeps_only_so_much_of_an_answer(self, base: str) -> None:
        answer = Receiver.at(f"{base}/long").deliver(delivery())
        assert (len(base64.b64decode(answer["bodyBase64"])), answer["truncated"]) == (SHOWN_BODY, True)

    def test_says_why_there_is_no_answer(self, base: str) -> None:
        assert Receiver.at(f"{base}/cut").deliver(delivery())["error"] == "reset"
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            nobody = Receiver.at(f"http://127.0.0.1:{unheard.getsockname()[1]}")
            assert nobody.deliver(delivery())["error"] == "connect"

    @pytest.mark.parametrize("url", ["ftp://localhost/", "http://", "http://localhost:port/"])
    def test_refuses_what_is_no_address(self, url: str) -> None:
        with pytest.raises(typer.BadParameter):
            Receiver.at(url)

    def test_takes_an_address_without_a_scheme(self) -> None:
        found = Receiver.at("localhost:3000/hooks?a=1")
        assert (found.url, found.port, found.path) == ("http://localhost:3000/hooks?a=1", 3000, "/hooks?a=1")


class TestLine:
    def test_says_what_arrived_and_what_became_of_it(self) -> None:
        line = line_of(delivery(), {"status": 204, "durationMs": 12.4})
        assert line.split() == ["booking.created", "→", "204", "12", "ms", "attempt", "2"]
        failed = {"status": None, "error": "connect", "detail": "refused", "durationMs": 1.0}
        assert "→ connect (refused)" in line_of(delivery(), failed)


def test_a_server_that_is_not_there_is_said_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    assert main(["--url", "http://127.0.0.1:9", "listen", "--forward-to", "localhost:3000"]) == 3
    assert "does not answer" in capsys.readouterr().err
