"""Whether what arrived is what was expected: these requests, in this order, nothing else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Wanted = Mapping[str, Any]
Request = Mapping[str, Any]
SHOWN_IDS = 50


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all of it. `is_over`: nothing that comes from now on counts."""

    in_order: bool = False
    nothing_else: bool = False
    count_repeats: bool = False
    is_over: bool = False


def judge(wanted: Sequence[Wanted], arrived: Sequence[Request], terms: Terms) -> dict[str, Any]:
    """`status` (pending, met, failed), what became of each expectation, and what was not expected."""
    fresh, repeats = _without_repeats(arrived, terms)
    fits = [[not differences(want, request) for want in wanted] for request in fresh]
    places = [number for number, want in enumerate(wanted) for _ in range(want["count"])]
    taken = _in_order(places, fits) if terms.in_order else _in_any_order(places, fits)
    left_over = [number for number in range(len(fresh)) if number not in taken]
    unexpected = [
        _unexpected(fresh[number], wanted, fits[number], terms)
        for number in left_over
        if terms.nothing_else or _forbidden(wanted, fits[number])
    ]
    results = [
        _result(number, want, [fresh[each] for each in sorted(taken) if taken[each] == number])
        for number, want in enumerate(wanted)
    ]
    _explain(results, wanted, [fresh[number] for number in left_over], terms)
    complete = all(result["met"] for result in results)
    status = _status(complete, bool(unexpected), wanted, terms)
    return {
        "status": status,
        "arrived": len(arrived),
        "repeats": repeats,
        "results": results,
        "unexpected": unexpected[:SHOWN_IDS],
        "summary": _summary(status, results, len(unexpected)),
    }


def differences(want: Wanted, request: Request) -> list[str]:
    """Why a request is not the one that was meant; empty when it is."""
    found = []
    for member, meets in _CRITERIA.items():
        if want.get(member) is not None:
            found += meets(want[member], request)
    return found


# who is who


def _without_repeats(arrived: Sequence[Request], terms: Terms) -> tuple[list[Request], list[str]]:
    """A message that comes again, because its first attempt failed, tells nothing new."""
    if terms.count_repeats:
        return list(arrived), []
    known: set[str] = set()
    fresh: list[Request] = []
    repeats: list[Request] = []
    for request in arrived:
        message = request.get("messageId")
        (repeats if message in known else fresh).append(request)
        if message:
            known.add(message)
    return fresh, [request["id"] for request in repeats[:SHOWN_IDS]]


def _in_order(places: Sequence[int], fits: Sequence[Sequence[bool]]) -> dict[int, int]:
    """Request -> expectation, where each place is taken by the next request that fits it."""
    taken: dict[int, int] = {}
    for number, fit in enumerate(fits):
        if len(taken) < len(places) and fit[places[len(taken)]]:
            taken[number] = places[len(taken)]
    return taken


def _in_any_order(places: Sequence[int], fits: Sequence[Sequence[bool]]) -> dict[int, int]:
    """Request -> expectation, so that as many places as possible are taken: augmenting paths."""
    holder: dict[int, int] = {}

    def seat(number: int, tried: set[int]) -> bool:
        for place, want in enumerate(places):
            if place in tried or not fits[number][want]:
                continue
            tried.add(place)
            if place not in holder or seat(holder[place], tried):
                holder[place] = number
                return True
        return False

    for number in range(len(fits)):
        if len(holder) < len(places):
            seat(number, set())
    return {number: places[place] for place, number in holder.items()}


# what it means


def _status(complete: bool, surprised: bool, wanted: Sequence[Wanted], terms: Terms) -> str:
    if surprised:
        return "failed"
    waits = terms.nothing_else or any(want["count"] == 0 for want in wanted)
    if complete and (terms.is_over or not waits):
        return "met"
    return "failed" if terms.is_over else "pending"


def _forbidden(wanted: Sequence[Wanted], fit: Sequence[bool]) -> bool:
    return any(fits and want["count"] == 0 for want, fits in zip(wanted, fit, strict=True))


def _unexpected(
    request: Request, wanted: Sequence[Wanted], fit: Sequence[bool], terms: Terms
) -> dict[str, Any]:
    if _forbidden(wanted, fit):
        reason = "must not come"
    elif any(fit):
        reason = "comes out of turn" if terms.in_order else "comes more often than expected"
    else:
        reason = "fits no expectation"
    return {**_named(request), "reason": reason}


def _named(request: Request) -> dict[str, Any]:
    names = ("sequence", "method", "path", "eventType", "receivedAt")
    return {"requestId": request["id"], **{name: request.get(name) for name in names}}


def _result(number: int, want: Wanted, found: Sequence[Request]) -> dict[str, Any]:
    return {
        "index": number,
        "wanted": want["count"],
        "found": len(found),
        "met": len(found) >= want["count"],
        "requestIds": [request["id"] for request in found][:SHOWN_IDS],
        "reason": None,
        "nearest": None,
    }


def _explain(
    results: list[dict[str, Any]], wanted: Sequence[Wanted], left_over: Sequence[Request], terms: Terms
) -> None:
    """Say of each that is not met what came nearest to it."""
    for result, want in zip(results, wanted, strict=True):
        if result["met"]:
            continue
        missing = result["wanted"] - result["found"]
        result["reason"] = (
            f"{missing} of {result['wanted']} did not come" if result["found"] else "did not come"
        )
        told = [(differences(want, request), request) for request in left_over]
        if not told:
            continue
        differs, request = min(told, key=lambda each: len(each[0]))
        if not differs and terms.in_order:
            result["reason"] = "came, but not in its turn"
        result["nearest"] = {**_named(request), "differences": differs}


def _summary(status: str, results: Sequence[Mapping[str, Any]], surprises: int) -> str:
    wanted = sum(result["wanted"] for result in results)
    found = sum(min(result["found"], result["wanted"]) for result in results)
    parts = [f"{found} of {wanted} expected requests came"]
    if surprises:
        parts.append(f"{surprises} unexpected")
    return f"{status}: {', '.join(parts)}"


# criteria


def like(text: str, pattern: str) -> bool:
    """Equality, where each `*` stands for any text."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _event(want: str, request: Request) -> list[str]:
    found = request.get("eventType")
    return [] if found is not None and like(found, want) else [f"the event is {found}, not {want}"]


def _method(want: str, request: Request) -> list[str]:
    return [] if request["method"] == want.upper() else [f"the method is {request['method']}, not {want}"]


def _path(want: str, request: Request) -> list[str]:
    return [] if like(request["path"], want) else [f"the path is {request['path']}, not {want}"]


def _headers(want: Mapping[str, str], request: Request) -> list[str]:
    found = []
    for name, value in want.items():
        held = request["headers"].get(name.lower())
        if held is None:
            found.append(f"there is no header {name}")
        elif not like(held, value):
            found.append(f"the header {name} is {held[:200]}, not {value}")
    return found


def _contains(want: str, request: Request) -> list[str]:
    return [] if want in (request.get("bodyText") or "") else [f"the body does not contain {want[:200]}"]


def _body(want: Any, request: Request) -> list[str]:
    at = _lacks(want, request.get("bodyJson"), "")
    return [] if at is None else [f"the body differs at {at or '/'}"]


def signature_of(request: Request) -> str:
    """valid, invalid, absent, or unchecked where no secret is known."""
    verdict = request["signature"]
    if not verdict["present"]:
        return "absent"
    return "unchecked" if verdict["valid"] is None else "valid" if verdict["valid"] else "invalid"


def _signature(want: str, request: Request) -> list[str]:
    found = signature_of(request)
    why = f" ({request['signature']['reason']})" if found == "invalid" else ""
    return [] if found == want else [f"the signature is {found}{why}, not {want}"]


def _lacks(want: Any, found: Any, at: str) -> str | None:
    """Where what is wanted is not so; objects may have more members than are named, arrays not."""
    if isinstance(want, Mapping):
        if not isinstance(found, Mapping):
            return at
        inner = [(want[name], found.get(name), f"{at}/{name}") for name in want]
    elif isinstance(want, list):
        if not isinstance(found, list) or len(found) != len(want):
            return at
        inner = [(each, found[place], f"{at}/{place}") for place, each in enumerate(want)]
    else:
        same = want == found and isinstance(want, bool) == isinstance(found, bool)
        return None if same else at
    return next((place for place in (_lacks(*each) for each in inner) if place is not None), None)


_CRITERIA: Mapping[str, Callable[[Any, Request], list[str]]] = {
    "eventType": _event,
    "method": _method,
    "path": _path,
    "headers": _headers,
    "bodyContains": _contains,
    "body": _body,
    "signature": _signature,
}
