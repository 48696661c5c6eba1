"""Idempotency keys: the first answer is kept a day and given again to the same request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from mocks.stripe.errors import StripeError, invalid
from sandbox.kernel.clock import instant
from sandbox.kernel.workspace import Transaction

KIND = "stripe.idempotency"
KEPT_FOR = timedelta(hours=24)
KEPT_AT_MOST = 5000
LONGEST_KEY = 255
ONLY = "Keys for idempotent requests can only be used"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer on its way out, or one of before; `request_id` is that of the request that was executed."""

    status: int
    body: bytes
    request_id: str
    replayed: bool = False
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request's key and what identifies the request."""

    key: str
    method: str
    path: str
    body: bytes

    @property
    def id(self) -> str:
        """Where the answer is kept."""
        return blake2b(self.key.encode("utf-8", "replace"), digest_size=12).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Equal for equal requests, in whatever order their parameters come."""
        parameters = b"&".join(sorted(self.body.split(b"&")))
        text = self.method.encode() + b" " + self.path.encode() + b"\n" + parameters
        return blake2b(text, digest_size=12).hexdigest()


def recall(tx: Transaction, keyed: Keyed) -> Answered | None:
    """The kept answer; refuses the key of another request."""
    if len(keyed.key) > LONGEST_KEY:
        raise invalid(f"Idempotency keys must be at most {LONGEST_KEY} characters")
    kept = tx.get(KIND, keyed.id)
    if kept is None or kept["expires"] <= tx.stamp():
        return None
    if kept["path"] != keyed.path or kept["method"] != keyed.method:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first used for"
        )
        raise StripeError(400, "idempotency_error", f"{message} ('{kept['path']}' vs '{keyed.path}').")
    if kept["fingerprint"] != keyed.fingerprint:
        message = f"{ONLY} with the same parameters they were first used with."
        raise StripeError(400, "idempotency_error", f"{message} Try using a key other than '{keyed.key}'.")
    return Answered(kept["status"], kept["body"].encode(), kept["request"], replayed=True)


def keep(tx: Transaction, keyed: Keyed, answered: Answered) -> None:
    """Remember an answer."""
    if tx.count(KIND) >= KEPT_AT_MOST:
        for old in tx.find(KIND, order="expires", limit=KEPT_AT_MOST // 10):
            tx.delete(KIND, old["id"])
    record = {
        "id": keyed.id,
        "method": keyed.method,
        "path": keyed.path,
        "fingerprint": keyed.fingerprint,
        "status": answered.status,
        "body": answered.body.decode(),
        "request": answered.request_id,
        "expires": instant(tx.now() + KEPT_FOR),
    }
    tx.put(KIND, record)
