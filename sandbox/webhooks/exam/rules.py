"""The rules in the order in which they are examined, each with what it asks and what it presumes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sandbox.webhooks.exam import defences, tolerances
from sandbox.webhooks.exam.desk import Desk
from sandbox.webhooks.exam.verdicts import Verdict


class Rule(NamedTuple):
    """One rule; it is skipped when one that it `needs` has failed, for then it would prove nothing."""

    check: str
    title: str
    examine: Callable[[Desk], Awaitable[Verdict]]
    needs: tuple[str, ...] = ()


_TALKS = ("reachable", "2xx_on_valid")
_HEADER = (*_TALKS, "accepts_header_signature")
_SIGNED = (*_TALKS, "rejects_bad_signature")
RULES = (
    Rule("reachable", "Answers at all", tolerances.reachable),
    Rule("2xx_on_valid", "Takes a valid delivery", tolerances.takes_valid, ("reachable",)),
    Rule("accepts_header_signature", "Verifies the header form", tolerances.takes_standard_form, _TALKS),
    Rule("accepts_body_signature", "Verifies the body form", tolerances.takes_body_form, _TALKS),
    Rule("rejects_missing_signature", "Insists on a signature", defences.rejects_missing_signature, _TALKS),
    Rule("rejects_bad_signature", "Checks the signature", defences.rejects_bad_signature, _TALKS),
    Rule("rejects_tampered_body", "The signature covers the body", defences.rejects_tampered_body, _SIGNED),
    Rule("rejects_stale_timestamp", "Refuses old signatures", defences.rejects_stale_timestamp, _TALKS),
    Rule("rejects_future_timestamp", "Refuses future signatures", defences.rejects_future_timestamp, _TALKS),
    Rule("rejects_malformed_json", "Refuses what is not JSON", defences.rejects_malformed_json, _HEADER),
    Rule("accepts_rotated_secret", "Tries every signature", tolerances.takes_rotated, _HEADER),
    Rule("idempotent_on_duplicate", "Acts once on a message", tolerances.once_only, _TALKS),
    Rule("accepts_retry", "A refused attempt does not use up the id", tolerances.takes_retry, _TALKS),
    Rule("tolerates_out_of_order", "Old news change nothing", tolerances.takes_late, _TALKS),
    Rule("tolerates_unknown_event", "Takes unknown events", tolerances.takes_unknown_event, _TALKS),
    Rule("tolerates_unknown_object", "Takes unknown objects", tolerances.takes_unknown_object, _TALKS),
    Rule("tolerates_extra_fields", "Takes additional members", tolerances.takes_extra_fields, _TALKS),
    Rule("accepts_unicode", "Takes all of JSON", tolerances.takes_unicode, _TALKS),
    Rule("accepts_large_body", "Takes large bodies", tolerances.takes_large, _TALKS),
    Rule("survives_burst", "Takes many at once", tolerances.takes_burst, _TALKS),
    Rule("says_when_to_retry", "Says how long to wait", tolerances.says_when, _TALKS),
    Rule("responds_within_timeout", "Acknowledges in time", tolerances.in_time, _TALKS),
    Rule("leaks_nothing", "Gives no signature away", defences.leaks_nothing, _TALKS),
)
