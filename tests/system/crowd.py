"""Callers who do what they like, all at once: each draws its actions from a seed of its own."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import Api
from tests.platform import event_desk as desk
from tests.platform.clinic import ask

Json = dict[str, Any]

EVENTS = (desk.DEVCONF, desk.FREE_MEETUP, desk.LAST_SEAT, desk.WAITLIST, desk.DEVCONF, desk.APPROVAL)
SLOTS = [
    f"2026-11-{day}T{hour:02d}:{minute}:00.000Z"
    for day in (23, 24)
    for hour in (8, 9)
    for minute in ("00", "30")
]
BUYER = {"name": "Petra Payer", "country": "PL", "email": "petra@sandbox.example"}
LINE = {"description": "Stand", "unitPrice": {"amount": "100.00", "currency": "EUR"}, "taxRatePercent": "23"}


def _kind_of(event: str) -> str:
    return f"/api/v1/events/{event}/ticket-types/{desk.ticket_type(desk.ENTRY[event])}"


class Shown:
    """Which representations were seen under which ETag, by address."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], set[bytes]] = defaultdict(set)
        self.tags: dict[tuple[str, bytes], set[str]] = defaultdict(set)

    def note(self, url: str, answer: Any) -> None:
        """What one GET answered."""
        if answer.status_code == 200 and "etag" in answer.headers:
            self.bodies[url, answer.headers["etag"]].add(answer.content)
            self.tags[url, answer.content].add(answer.headers["etag"])

    @property
    def contradictions(self) -> list[str]:
        """One tag for two representations, or two tags for one."""
        two_bodies = [f"{url} {tag}" for (url, tag), bodies in self.bodies.items() if len(bodies) > 1]
        return two_bodies + [f"{url} {tags}" for (url, _), tags in self.tags.items() if len(tags) > 1]


class Caller:
    """One client that registers, books, pays, scans and takes back, at random."""

    def __init__(self, api: Api, number: int, shown: Shown) -> None:
        self.api, self.number, self.shown = api, number, shown
        self.draw = random.Random(number)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.made: dict[str, list[Json]] = defaultdict(list)
        self._steps = 0

    def act(self, times: int) -> Counter[tuple[str, int]]:
        """So many actions; returns how often each answered what."""
        actions = [self.register, self.register, self.book, self.cancel, self.pay, self.pay, self.refund]
        actions += [self.bill, self.settle_bill, self.scan, self.change, self.look, self.look]
        for _ in range(times):
            self._steps += 1
            self.draw.choice(actions)()
        return self.answers

    # what it does

    def register(self) -> None:
        email = f"c{self.number}-{self._steps}@sandbox.example"
        order = desk.order(self.draw.choice(EVENTS), email, quantity=self.draw.choice((1, 1, 2)))
        self._post("registrations", "/api/v1/registrations", order)

    def book(self) -> None:
        who = {"givenName": "Maria", "email": f"c{self.number}@sandbox.example"}
        self._post("bookings", "/api/v1/bookings", ask(self.draw.choice(SLOTS), customer=who))

    def cancel(self) -> None:
        for kind in self.draw.sample(("registrations", "bookings"), 2):
            if made := self._one(kind):
                self._post("", f"/api/v1/{kind}/{made['id']}/cancel", {"reason": "Something came up"})
                return

    def pay(self) -> None:
        if (made := self._one("registrations")) and made["payment"]["required"]:
            body = {"subject": {"type": "registration", "id": made["id"]}, "provider": "stripe"}
            if payment := self._post("opened", "/api/v1/payments", body):
                url = f"/api/v1/payments/{payment['id']}/confirm"
                card = self.draw.choice(("pm_card_visa", "pm_card_visa", "pm_card_declined"))
                self._post("payments", url, {"paymentMethod": card})

    def refund(self) -> None:
        if made := self._one("payments"):
            amount = {"amount": self.draw.choice(("1.00", "20.00", "99.00")), "currency": "EUR"}
            body = {"amount": amount, "reason": "requested_by_customer"}
            self._post("", f"/api/v1/payments/{made['id']}/refunds", body)

    def bill(self) -> None:
        self._post("invoices", "/api/v1/invoices", {"billTo": BUYER, "lines": [LINE]})

    def settle_bill(self) -> None:
        if made := self._one("invoices"):
            self._post("", f"/api/v1/invoices/{made['id']}/{self.draw.choice(('issue', 'void'))}", None)

    def scan(self) -> None:
        ticket = desk.ticket(self.draw.randint(1, 30))
        self._post("", "/api/v1/check-ins", {"ticketId": ticket})

    def change(self) -> None:
        """The organizer plans anew, while people come."""
        answer = self.api.patch(
            _kind_of(self.draw.choice(EVENTS)), json={"quantity": self.draw.randint(2, 250)}
        )
        self._count("change", answer)

    def look(self) -> None:
        event = self.draw.choice(EVENTS)
        urls = [f"/api/v1/events/{event}", _kind_of(event)]
        urls += [
            f"/api/v1/{kind}/{made['id']}"
            for kind in ("registrations", "bookings")
            if (made := self._one(kind))
        ]
        for url in urls:
            self.shown.note(url, self.api.get(url))

    def _one(self, kind: str) -> Json | None:
        return self.draw.choice(self.made[kind]) if self.made[kind] else None

    def _post(self, keep: str, url: str, body: Json | None) -> Json | None:
        key = {"Idempotency-Key": f"c{self.number}-{self._steps}-{keep}"}
        answer = self.api.post(url, json=body, headers=key)
        self._count(keep or url.rsplit("/", 1)[-1], answer)
        if answer.status_code >= 300:
            return None
        found: Json = answer.json()
        if keep:
            self.made[keep].append(found)
        return found

    def _count(self, what: str, answer: Any) -> None:
        self.answers[what, answer.status_code] += 1
        assert answer.status_code < 500, answer.text


def crowd(api: Api, callers: int, actions: int) -> tuple[Counter[tuple[str, int]], Shown]:
    """What so many callers were answered, each in a thread of its own, and what they were shown."""
    shown = Shown()
    crowd = [Caller(api.with_headers(), number, shown) for number in range(callers)]
    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(lambda caller: caller.act(actions), crowd))
    return sum(answers, Counter()), shown
