"""A receiver as it should be, in code of its own, and the same with one defence removed."""

import base64
import hmac
import json
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
KNOWN = ("webhook.ping", "registration.confirmed", "registration.cancelled")
MEMBERS = {"id", "event", "timestamp", "version", "data", "signature"}


class Refused(Exception):
    """Status and text of a refusal."""


class ModelReceiver:
    """`without` names the defence that is missing, by the rule that should notice."""

    def __init__(self, without: str = "") -> None:
        self.without = without
        self.lock = threading.Lock()
        self.seen: set[str] = set()
        self.objects: dict[str, tuple[str, str]] = {}
        self.applied = 0
        self.at_once = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer(self, *receiver.take({k.lower(): v for k, v in self.headers.items()}, body))

            def do_GET(self) -> None:
                answer(self, 200, json.dumps([receiver.applied, receiver.objects]))

            def log_message(self, *_: object) -> None:
                """Not at all."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 100
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "ModelReceiver":
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Status and text of the answer."""
        with self.lock:
            self.at_once += 1
        try:
            return self._crowded() or self._taken(headers, body)
        except Refused as refusal:
            return refusal.args[0], refusal.args[1]
        finally:
            with self.lock:
                self.at_once -= 1

    def _crowded(self) -> tuple[int, str] | None:
        if self.without not in ("survives_burst", "says_when_to_retry"):
            return None
        time.sleep(0.02)
        if self.at_once <= 4:
            return None
        return (500, "no connection left") if self.without == "survives_burst" else (429, "slow down")

    def _taken(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        self._size(body)
        envelope = self._read(body)
        message = headers.get("webhook-id") or envelope.get("id", "")
        if self.without == "accepts_retry" and not self._first(message):
            return 200, "known"
        if self.without != "rejects_malformed_json" or envelope:
            self._verify(headers, body, envelope)
        if not envelope:
            raise Refused(500 if self.without == "rejects_malformed_json" else 400, "not JSON")
        self._judge(envelope)
        return 302 if self.without == "2xx_on_valid" else 200, self._apply(message, envelope)

    def _size(self, body: bytes) -> None:
        if self.without == "accepts_large_body" and len(body) > 100_000:
            raise Refused(413, "too large")
        if self.without == "responds_within_timeout" and len(body) > 100_000:
            time.sleep(1.2)

    def _read(self, body: bytes) -> dict:
        try:
            return json.loads(body)
        except ValueError:
            return {}

    def _first(self, message: str) -> bool:
        with self.lock:
            first = message not in self.seen
            self.seen.add(message)
        return first

    # signatures

    def _verify(self, headers: dict[str, str], body: bytes, envelope: dict) -> None:
        found, block = headers.get("webhook-signature"), envelope.get("signature")
        missing = found is None and block is None
        if missing and self.without != "rejects_missing_signature":
            raise Refused(401, "no signature")
        if block is None and self.without == "accepts_header_signature" and not missing:
            raise Refused(401, "no signature in the body")
        if found is None and self.without == "accepts_body_signature" and not missing:
            raise Refused(401, "no signature in the headers")
        if found is not None:
            self._fresh(headers["webhook-timestamp"])
            self._header(found, f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode(), body)
        if block is not None:
            self._fresh(block["timestamp"])
            self._body(block, envelope)

    def _fresh(self, timestamp: str) -> None:
        age = time.time() - int(timestamp)
        if age > 300 and self.without != "rejects_stale_timestamp":
            raise Refused(401, "too old")
        if age < -300 and self.without != "rejects_future_timestamp":
            raise Refused(401, "from the future")

    def _header(self, found: str, prefix: bytes, body: bytes) -> None:
        given = [each.partition(",")[2] for each in found.split(" ") if each.startswith("v1,")]
        if self.without == "accepts_rotated_secret":
            given = given[:1]
        expected = [
            base64.b64encode(hmac.digest(KEY, prefix + each, sha256)).decode() for each in self._guesses(body)
        ]
        self._compare(given, expected)

    def _body(self, block: dict, envelope: dict) -> None:
        prefix = f"{block['timestamp']}.{block['token']}.".encode()
        unsigned = {name: value for name, value in envelope.items() if name != "signature"}
        text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        expected = [
            "sha256=" + hmac.new(KEY, prefix + each, sha256).hexdigest() for each in self._guesses(text)
        ]
        self._compare([block["signature"]], expected)

    def _guesses(self, body: bytes) -> list[bytes]:
        """Bodies to try: that which came, or (a bad idea) also what might have been meant."""
        if self.without != "rejects_tampered_body":
            return [body]
        key = self._read(body).get("data", {}).get("id", "none").encode()
        return [body, *[body.replace(key, key[:-1] + digit.encode()) for digit in "0123456789abcdef"]]

    def _compare(self, given: list[str], expected: list[str]) -> None:
        if self.without == "rejects_bad_signature":
            return
        if not any(hmac.compare_digest(one, other) for one in given for other in expected):
            told = f"expected {expected[0]}" if self.without == "leaks_nothing" else "bad signature"
            raise Refused(401, told)

    # content

    def _judge(self, envelope: dict) -> None:
        event, data = envelope["event"], envelope["data"]
        if self.without == "tolerates_unknown_event" and event not in KNOWN:
            raise Refused(400, "unknown event")
        if self.without == "tolerates_extra_fields" and set(envelope) - MEMBERS:
            raise Refused(400, "unknown members")
        if self.without == "accepts_unicode" and any(each > "\uffff" for each in str(data)):
            raise Refused(500, "no such character")
        if self.without == "tolerates_unknown_object" and event.endswith(".cancelled"):
            raise Refused(410, "no such registration")

    def _apply(self, message: str, envelope: dict) -> str:
        with self.lock:
            if message in self.seen and self.without not in ("idempotent_on_duplicate", "accepts_retry"):
                return "known"
            self.seen.add(message)
            key, told = envelope["data"].get("id", ""), (envelope["timestamp"], envelope["event"])
            if self.without != "tolerates_out_of_order" and self.objects.get(key, ("",))[0] > told[0]:
                return "old"
            self.applied += 1
            self.objects[key] = told
        return "taken"


def answer(handler: BaseHTTPRequestHandler, status: int, text: str) -> None:
    body = text.encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
