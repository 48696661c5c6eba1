"""Idempotency keys: the answer to the first request is kept with the change it made, and given again."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import orjson

from sandbox.gateway.response import Response
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import (
    DomainError,
    IdempotencyKeyInProgress,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidParameter,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call

KINDS = [Kind("idempotency", sorts=("expiresAt",))]
KEPT_FOR = timedelta(hours=24)
KEPT_AT_MOST = 10_000
MAKE_ROOM = 2
"""How many of the oldest go for each new one beyond that: little at a time, so that nobody waits."""
NOT_KEPT = frozenset((401, 403, 429))
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(call: Call) -> str:
    """Where the answer is kept; empty without a key. Raises IdempotencyKeyRequired or InvalidParameter."""
    key = call.headers.get("idempotency-key")
    if key is None or call.plan.idempotency not in ("key", "key!"):
        if call.plan.idempotency == "key!" and key is None:
            raise IdempotencyKeyRequired(details="money moves once: send a key", target="Idempotency-Key")
        return ""
    if not _VISIBLE.fullmatch(key):
        raise InvalidParameter(details="1 to 255 visible ASCII characters", target="Idempotency-Key")
    scope = f"{call.principal.credential_id}\n{call.plan.method}\n{call.path}\n{key}"
    return blake2b(scope.encode(), digest_size=16).hexdigest()


def recall(tx: Transaction, call: Call, key: str) -> Response | None:
    """The kept answer, None for a first request; raises IdempotencyKeyReused if it was another one."""
    kept = tx.get("idempotency", key)
    if kept is None or kept["expiresAt"] <= tx.stamp():
        return None
    if kept["fingerprint"] != _fingerprint(call):
        raise IdempotencyKeyReused(
            details="the key belongs to a request with another body", target="Idempotency-Key"
        )
    headers = [(name.encode(), value.encode()) for name, value in kept["headers"]]
    return Response(kept["status"], [*headers, (b"idempotent-replayed", b"true")], kept["body"].encode())


def keep(tx: Transaction, call: Call, key: str, response: Response) -> None:
    """Store the answer in the transaction that made it true."""
    if tx.count("idempotency") >= KEPT_AT_MOST:
        for old in tx.find("idempotency", order="expiresAt", limit=MAKE_ROOM):
            tx.delete("idempotency", old["id"])
    tx.put("idempotency", _record(tx, call, key, response))


def is_kept(error: DomainError) -> bool:
    """Whether a failure is an answer that a repeated request must get again."""
    return error.status < 500 and error.status not in NOT_KEPT and not isinstance(error, _OWN)


_OWN = (IdempotencyKeyReused, IdempotencyKeyInProgress, IdempotencyKeyRequired)


class InProgress:
    """Keys of asynchronous requests under way in a workspace."""

    def __init__(self, call: Call, key: str) -> None:
        self._keys: set[str] = call.workspace.meters.setdefault("idempotency keys", set())
        self._key = key

    def __enter__(self) -> None:
        if self._key in self._keys:
            raise IdempotencyKeyInProgress(
                details="ask again in a second", target="Idempotency-Key", retry_after=1
            )
        if self._key:
            self._keys.add(self._key)

    def __exit__(self, *_: object) -> None:
        self._keys.discard(self._key)


def _record(tx: Transaction, call: Call, key: str, response: Response) -> Document:
    record: dict[str, Any] = {
        "id": key,
        "fingerprint": _fingerprint(call),
        "status": response.status,
        "headers": [(name.decode(), value.decode()) for name, value in response.headers],
        "body": response.body.decode(),
        "expiresAt": instant(tx.now() + KEPT_FOR),
    }
    return Document(record)


def _fingerprint(call: Call) -> str:
    """Of what the body says: members may come in another order the next time."""
    try:
        body = orjson.dumps(orjson.loads(call.body_bytes), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:
        body = call.body_bytes
    return blake2b(body, digest_size=16).hexdigest()
