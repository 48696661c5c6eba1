"""Rules about what a receiver must take: every good delivery, however unusual, and once only."""

from __future__ import annotations

import asyncio

from sandbox.webhooks.catalogue import EVENT_TYPES
from sandbox.webhooks.exam.defences import OFF_BY
from sandbox.webhooks.exam.desk import Desk, How
from sandbox.webhooks.exam.verdicts import Verdict, accepted, failed, passed, skipped, unseen

LARGE = 256 * 1024
BURST = 20


async def reachable(desk: Desk) -> Verdict:
    """Any answer of HTTP will do."""
    got = await desk.send(desk.message("webhook.ping"))
    if got.reply.error:
        return failed(f"no answer: {got.reply.error} {got.reply.detail}".rstrip())
    return passed(f"answers ({got.told})")


async def takes_valid(desk: Desk) -> Verdict:
    return accepted([await desk.send(desk.message())], "a valid delivery")


async def takes_standard_form(desk: Desk) -> Verdict:
    if desk.paper.scheme == "body":
        return skipped("this receiver is sent the body form only")
    sent = await desk.send(desk.message(), How(scheme="standard"))
    return accepted([sent], "a delivery signed in the headers alone")


async def takes_body_form(desk: Desk) -> Verdict:
    if desk.paper.scheme == "standard":
        return skipped("this receiver is sent the header form only")
    sent = await desk.send(desk.message(), How(scheme="body"))
    return accepted([sent], "a delivery signed in the body alone")


async def takes_rotated(desk: Desk) -> Verdict:
    """During a rotation the header carries one signature for each secret, the new one's first."""
    if desk.paper.scheme == "body":
        return skipped("the body carries one signature")
    secrets = [desk.foreign_secret(), desk.paper.secret]
    sent = await desk.send(desk.message(), How(scheme="standard", secrets=secrets))
    return accepted([sent], "a delivery with a second signature, of a secret still valid")


async def once_only(desk: Desk) -> Verdict:
    """The same message again, newly signed, as when the first acknowledgement got lost."""
    message = desk.message()
    first = await desk.send(message)
    before = await desk.state()
    again = await desk.send(message, How(attempt=2))
    verdict = accepted([first, again], "a message that comes twice")
    if verdict.verdict == "pass" and before != await desk.state():
        verdict = failed("a message that came twice took effect twice")
    return unseen(desk, verdict)


async def takes_retry(desk: Desk) -> Verdict:
    """An id that came with a bad signature is not yet known: the good delivery must count."""
    message, before = desk.message(), await desk.state()
    await desk.send(message, How(shift=-OFF_BY), good=False)
    sent = await desk.send(message, How(attempt=2))
    verdict = accepted([sent], "a retry of what was refused")
    if verdict.verdict == "pass" and before is not None and before == await desk.state():
        verdict = failed("a retry of what was refused was answered with 2xx, but took no effect")
    return unseen(desk, verdict)


async def takes_late(desk: Desk) -> Verdict:
    """What happened before, told after."""
    key = desk.key()
    newer, older = desk.message(id=key), desk.message(id=key, seconds=-60)
    first = await desk.send(newer)
    before = await desk.state()
    late = await desk.send(older)
    verdict = accepted([first, late], "an older event after a newer one")
    if verdict.verdict == "pass" and before != await desk.state():
        verdict = failed("an older event undid what a newer one had done")
    return unseen(desk, verdict)


async def takes_unknown_event(desk: Desk) -> Verdict:
    sent = await desk.send(desk.message("sandbox.event_of_next_year"))
    return accepted([sent], "an event of a type not known yet")


async def takes_unknown_object(desk: Desk) -> Verdict:
    """The end of something the receiver never heard of: no fault of the sender, and no 404 or 410."""
    family = desk.paper.event.rpartition(".")[0]
    ended = f"{family}.cancelled" if f"{family}.cancelled" in EVENT_TYPES else desk.paper.event
    sent = await desk.send(desk.message(ended, status="cancelled"))
    return accepted([sent], "an event about an object never seen")


async def takes_extra_fields(desk: Desk) -> Verdict:
    message = desk.message(addedLater={"by": "a later version", "list": [1, None, True]})
    return accepted([await desk.send({**message, "addedLater": 1})], "members that were added later")


async def takes_unicode(desk: Desk) -> Verdict:
    message = desk.message(note="Zażółć gęślą jaźń – 予約 – \U0001f600 – \u2028 – </script>", rate=0.25)
    return accepted([await desk.send(message)], "letters of all scripts and fractions")


async def takes_large(desk: Desk) -> Verdict:
    message = desk.message(note="x" * LARGE)
    return accepted([await desk.send(message)], f"a body of {LARGE // 1024} KiB")


async def takes_burst(desk: Desk) -> Verdict:
    """All at once; one that is asked to wait is sent again, which the next rule judges."""
    got = await asyncio.gather(*[desk.send(desk.message()) for _ in range(BURST)])
    lost = [each for each in got if not each.accepted and each.reply.status != 429]
    if lost:
        return failed(f"{len(lost)} of {BURST} at once were not taken: {lost[0].told}")
    waiting = sum(each.reply.status == 429 for each in got)
    return passed(f"{BURST - waiting} of {BURST} at once were taken, {waiting} were asked to wait")


async def says_when(desk: Desk) -> Verdict:
    """Of all answers of the exam."""
    waiting = [each for each in desk.all if each.reply.status in (429, 503)]
    for each in waiting:
        value = each.reply.headers.get("retry-after", "")
        if not (value.isascii() and value.isdigit()) and "GMT" not in value:
            desk.exchanges.append(each)
            return failed(f"{each.told} came without a Retry-After that can be read")
    return passed(f"{len(waiting)} answers asked to wait, each with Retry-After")


async def in_time(desk: Desk) -> Verdict:
    """The slowest acknowledgement of all that were accepted."""
    taken = [each for each in desk.all if each.good and (each.accepted or each.reply.error == "timeout")]
    if not taken:
        return skipped("nothing was accepted")
    slowest = max(taken, key=lambda each: each.reply.duration_ms)
    times = sorted(each.reply.duration_ms for each in taken)
    told = f"median {times[len(times) // 2]:.0f} ms, slowest {times[-1]:.0f} ms of {len(times)}"
    desk.exchanges.append(slowest)
    if times[-1] > desk.paper.ack_limit_ms or slowest.reply.error:
        return failed(f"{told}; the limit is {desk.paper.ack_limit_ms} ms")
    return passed(told)
