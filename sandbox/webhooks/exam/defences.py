"""Rules about what a receiver must refuse, and what a refusal must not give away."""

from __future__ import annotations

from dataclasses import replace

from sandbox.webhooks.exam.desk import Desk, Exchange, How, Spoil
from sandbox.webhooks.exam.verdicts import Verdict, failed, passed, rejected, skipped
from sandbox.webhooks.signing import Signed, header_base, header_signature

OFF_BY = 900
"""Seconds that a signature is too old or too new by: three times the usual tolerance."""


async def rejects_missing_signature(desk: Desk) -> Verdict:
    return await _refused(desk, How(spoil=_unsigned), "a delivery without a signature")


async def rejects_bad_signature(desk: Desk) -> Verdict:
    wrong = [desk.foreign_secret()]
    return await _refused(desk, How(secrets=wrong), "a delivery signed with another secret")


async def rejects_tampered_body(desk: Desk) -> Verdict:
    return await _refused(desk, How(spoil=_tampered), "a body that was changed after signing")


async def rejects_stale_timestamp(desk: Desk) -> Verdict:
    return await _refused(desk, How(shift=-OFF_BY), "a signature of 15 minutes ago")


async def rejects_future_timestamp(desk: Desk) -> Verdict:
    return await _refused(desk, How(shift=OFF_BY), "a signature of 15 minutes ahead")


async def rejects_malformed_json(desk: Desk) -> Verdict:
    """Correctly signed in the headers, so that only the reading of the body can refuse it."""
    if desk.paper.scheme == "body":
        return skipped("a body that cannot be read cannot carry a signature")
    return await _refused(desk, How(scheme="standard", spoil=_cut(desk)), "a signed body that is not JSON")


async def leaks_nothing(desk: Desk) -> Verdict:
    """Over all answers so far: an answer that shows the right signature signs for anybody."""
    refused = [exchange for exchange in desk.all if not exchange.good]
    for exchange in refused:
        if kind := _shown(exchange, desk.paper.secret):
            desk.exchanges.append(exchange)
            return failed(f"an answer to a refused delivery shows {kind}")
    return passed(f"none of {len(refused)} answers shows the secret or a signature made with it")


def _shown(exchange: Exchange, secret: str) -> str:
    answer = exchange.reply.body + repr(dict(exchange.reply.headers)).encode()
    if secret.removeprefix("whsec_").encode() in answer:
        return "the secret"
    for check in exchange.signature(secret)["checks"]:
        if check["expected"].partition("," if check["scheme"] == "standard" else "=")[2].encode() in answer:
            return "the signature it expected"
    return ""


async def _refused(desk: Desk, how: How, what: str) -> Verdict:
    before = await desk.state()
    exchange = await desk.send(desk.message(), how, good=False)
    return rejected(exchange, what, before, await desk.state())


def _unsigned(signed: Signed) -> Signed:
    """Neither form; id and time stay, so that nothing else is wrong."""
    start = signed.body.rfind(b',"signature":{"timestamp"')
    body = signed.body[:start] + b"}" if start > 0 else signed.body
    return Signed(body, {name: it for name, it in signed.headers.items() if name != "webhook-signature"})


def _tampered(signed: Signed) -> Signed:
    """The last digit of the object's id."""
    place = signed.body.index(b'"id":"', signed.body.index(b'"data":{')) + 6 + 35
    other = b"1" if signed.body[place : place + 1] != b"1" else b"2"
    return replace(signed, body=signed.body[:place] + other + signed.body[place + 1 :])


def _cut(desk: Desk) -> Spoil:
    """The second half is missing, and the signature is of what is left."""

    def spoil(signed: Signed) -> Signed:
        body = signed.body[: len(signed.body) // 2]
        headers = dict(signed.headers)
        base = header_base(headers["webhook-id"], headers["webhook-timestamp"], body)
        return Signed(body, {**headers, "webhook-signature": header_signature(desk.paper.secret, base)})

    return spoil
