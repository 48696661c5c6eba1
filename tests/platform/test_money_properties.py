"""Whatever happens to payments, in any order: listed steps only, their events, a ledger that balances."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.accounting.lines import line, negated, sums, tax_breakdown
from sandbox.accounting.movements import refund_movements
from sandbox.accounting.parties import seller
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform import payments as desk
from sandbox.platform.collecting import begin_attempt
from sandbox.platform.disputing import apply_dispute
from sandbox.platform.invoice_lines import own_lines
from sandbox.platform.invoices import draft
from sandbox.platform.invoicing import invoices, issue, void
from sandbox.platform.money import EXPONENTS, minor_units, money
from sandbox.platform.payment_life import can, entry, expire, payments
from sandbox.platform.payment_reports import apply_intent
from sandbox.platform.refunding import finish, open_refund
from tests.platform.ledger import assert_balanced, totals

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "BHD"])
RATES = st.sampled_from(["0", "5", "7.7", "8.25", "23"])

LISTED: dict[tuple[str | None, str], str | None] = {
    (None, "created"): None,
    ("created", "requires_action"): None,
    ("created", "processing"): None,
    ("requires_action", "processing"): None,
    ("failed", "processing"): None,
    ("processing", "completed"): "payment.completed",
    ("processing", "authorized"): "payment.authorized",
    ("authorized", "completed"): "payment.completed",
    ("authorized", "cancelled"): None,
    ("authorized", "expired"): "payment.failed",
    ("created", "failed"): "payment.failed",
    ("requires_action", "failed"): "payment.failed",
    ("processing", "failed"): "payment.failed",
    ("created", "cancelled"): None,
    ("requires_action", "cancelled"): None,
    ("created", "expired"): None,
    ("requires_action", "expired"): None,
    ("completed", "partially_refunded"): None,
    ("partially_refunded", "partially_refunded"): None,
    ("completed", "refunded"): None,
    ("partially_refunded", "refunded"): None,
    ("completed", "disputed"): "payment.disputed",
    ("disputed", "completed"): "payment.dispute_closed",
    ("disputed", "charged_back"): "payment.dispute_closed",
}
"""The course of things, and the event of each step; refunds have their own."""
REPORTED: dict[tuple[str | None, str], str | None] = {
    ("processing", "requires_action"): None,
    ("cancelled", "processing"): None,
    ("expired", "processing"): None,
    ("partially_refunded", "completed"): None,
    ("refunded", "completed"): None,
    ("refunded", "partially_refunded"): None,
    ("partially_refunded", "disputed"): "payment.disputed",
    ("disputed", "partially_refunded"): "payment.dispute_closed",
}
"""Turns that only a provider's report brings about: late money, returned refunds, disputes of a rest."""

STEP = st.one_of(
    st.sampled_from(["attempt", "cancel", "expire", "refund_ends", "refund_fails_late"]).map(
        lambda s: (s, "")
    ),
    st.tuples(
        st.just("intent"),
        st.sampled_from(
            [
                "succeeded",
                "requires_capture",
                "requires_action",
                "processing",
                "canceled",
                "requires_payment_method",
            ]
        ),
    ),
    st.tuples(st.just("refund"), st.sampled_from(["1", "30", "99", "100000"])),
    st.tuples(
        st.just("dispute"),
        st.sampled_from(["needs_response", "under_review", "won", "lost", "warning_needs_response"]),
    ),
)
PAID, HELD, REFUSED = (
    ("intent", how) for how in ("succeeded", "requires_capture", "requires_payment_method")
)
BEGINNING = st.sampled_from(
    [[], [], [PAID], [PAID], [PAID, ("refund", "40"), ("refund_ends", "")], [HELD, PAID], [REFUSED]]
)
"""Without them most sequences would end before any money came."""


def begun(tx: Transaction, units: int, currency: str, rate: str) -> Document:
    """A payment for an issued invoice, its intent open."""
    sold = [{"description": "Something", "unitPrice": money(units, currency), "taxRatePercent": rate}]
    written = draft(own_lines(sold), seller(), {"billTo": {"name": "Somebody"}}, None)
    invoice = issue(tx, invoices.insert(tx, written))
    staff = SimpleNamespace(client_type="partner", roles=frozenset(), user_id=None)
    call: Any = SimpleNamespace(tx=tx, principal=staff)
    asked = {"subject": {"type": "invoice", "id": invoice["id"]}, "provider": "stripe"}
    opened = {"reference": "PAY-2026-999999", "_history": [entry(tx, None, "created", "api")]}
    started = desk._draft(call, asked)
    return payments.insert(tx, {**started, **opened, "providerRef": f"pi_{started['id']}"})


def take(tx: Transaction, key: str, what: str, how: str) -> None:
    """One thing that happens; what the rules refuse is raised."""
    DOINGS[what](tx, tx.need("payment", key), how)


def _cancel(tx: Transaction, payment: Document, how: str) -> None:
    desk._cancelled(SimpleNamespace(tx=tx), payment, None)  # type: ignore[arg-type]


def _expire(tx: Transaction, payment: Document, how: str) -> None:
    if can(payment, "expire"):
        expire(tx, payment, "the subject ended")


def _report_intent(tx: Transaction, payment: Document, how: str) -> None:
    intent = {"status": how, "amount_received": minor_units(payment["amount"])}
    apply_intent(tx, payment, {**intent, "last_payment_error": {"code": "card_declined"}}, "provider")


def _refund(tx: Transaction, payment: Document, how: str) -> None:
    amount = money(int(how), payment["amount"]["currency"])
    open_refund(tx, payment, {"amount": amount, "reason": "other"})


def _end_refunds(tx: Transaction, payment: Document, how: str) -> None:
    for refund in tx.find("refund", {"paymentId": payment["id"], "status": "pending"}):
        finish(tx, refund, "succeed", {})


def _fail_refund(tx: Transaction, payment: Document, how: str) -> None:
    for refund in tx.find("refund", {"paymentId": payment["id"]}, order="-createdAt", limit=1):
        finish(tx, refund, "fail", {"failure_reason": "lost"})


def _report_dispute(tx: Transaction, payment: Document, how: str) -> None:
    if payment["completedAt"] is not None:
        units = minor_units(payment["amountCaptured"])
        due = {"due_by": int(tx.now().timestamp()) + 1000}
        report = {"id": f"du_{payment['id']}", "status": how, "amount": units, "reason": "fraudulent"}
        apply_dispute(tx, payment, {**report, "evidence_details": due})


DOINGS: dict[str, Callable[[Transaction, Document, str], Any]] = {
    "attempt": lambda tx, payment, how: begin_attempt(tx, payment, {"paymentMethod": "pm_card_visa"}),
    "cancel": _cancel,
    "expire": _expire,
    "intent": _report_intent,
    "refund": _refund,
    "refund_ends": _end_refunds,
    "refund_fails_late": _fail_refund,
    "dispute": _report_dispute,
}


class TestPayments:
    @QUICK
    @given(
        steps=st.tuples(BEGINNING, st.lists(STEP, max_size=25)).map(lambda parts: [*parts[0], *parts[1]]),
        units=st.integers(100, 300),
        currency=CURRENCIES,
        rate=RATES,
    )
    def test_any_sequence_takes_listed_steps_tells_of_each_and_balances(
        self, workspace: Workspace, steps: list[tuple[str, str]], units: int, currency: str, rate: str
    ) -> None:
        with workspace.transaction() as tx:
            before = tx.count("outbox")
            key = begun(tx, units, currency, rate)["id"]
        for what, how in steps:
            try:
                with workspace.transaction() as tx:
                    take(tx, key, what, how)
            except DomainError:
                pass
            with workspace.transaction() as tx:
                self._check_sums(tx, key)
        with workspace.transaction() as tx:
            self._check_steps(tx, tx.need("payment", key), before)
            self._check_ledger(tx, currency)

    def _check_sums(self, tx: Transaction, key: str) -> None:
        payment = tx.need("payment", key)
        succeeded = tx.find("refund", {"paymentId": key, "status": ["succeeded", "pending"]})
        promised = sum(minor_units(refund["amount"]) for refund in succeeded)
        captured, refunded = (minor_units(payment[name]) for name in ("amountCaptured", "amountRefunded"))
        assert refunded <= promised <= captured <= minor_units(payment["amount"])
        accounts = totals(tx.find("transaction", {"paymentId": key}))
        assert sum(accounts.values()) == 0
        fee = 0 if payment["fees"] is None else minor_units(payment["fees"])
        held = captured - refunded - fee - accounts.get("disputed", 0)
        assert accounts.get("balance", 0) == held

    def _check_steps(self, tx: Transaction, payment: Document, before: int) -> None:
        history = payment["_history"]
        steps = [(step["fromStatus"], step["toStatus"]) for step in history]
        assert [after for _, after in steps[:-1]] == [start for start, _ in steps[1:]]
        assert steps[-1][1] == payment["status"]
        known = LISTED | REPORTED
        assert set(steps) <= set(known)
        for start, after in set(steps) & set(REPORTED):
            sources = {
                line["source"] for line in history if (line["fromStatus"], line["toStatus"]) == (start, after)
            }
            assert sources == {"provider"}
        told = [event for event in tx.find("outbox")[before:] if event["resourceId"] == payment["id"]]
        assert [event["type"] for event in told] == [name for step in steps if (name := known[step])]
        refunds = {refund["id"] for refund in tx.find("refund", {"paymentId": payment["id"]})}
        counted = Counter(e["resourceId"] for e in tx.find("outbox") if e["type"] == "payment.refunded")
        written = tx.find("transaction", {"paymentId": payment["id"], "type": "refund"})
        assert {key: counted[key] for key in refunds if counted[key]} == Counter(
            r["refundId"] for r in written
        )

    def _check_ledger(self, tx: Transaction, currency: str) -> None:
        written = tx.find("transaction", {"currency": currency}, order="sequence")
        assert_balanced(written)
        held = 0
        for record in written:
            units = minor_units(record["amount"])
            held += units if record["direction"] == "credit" else -units
            assert minor_units(record["balanceAfter"]) == held
        known = tx.get("ledger_balance", currency)
        assert (known["accounts"]["balance"] if known else 0) == held


class TestInvoiceNumbers:
    @QUICK
    @given(steps=st.lists(st.sampled_from(["issue", "void", "fail"]), min_size=1, max_size=15))
    def test_whatever_fails_in_between_no_number_is_missing(
        self, workspace: Workspace, steps: list[str]
    ) -> None:
        for step in steps:
            with workspace.transaction() as tx:
                sold = own_lines([{"description": "Something", "unitPrice": money(100, "EUR")}])
                written = invoices.insert(tx, draft(sold, seller(), {"billTo": {"name": "Somebody"}}, None))
            try:
                with workspace.transaction() as tx:
                    issued = issue(tx, written)
                    if step == "void":
                        void(tx, issued, None)
                    if step == "fail":
                        raise DomainError(details="something else went wrong")
            except DomainError:
                pass
        with workspace.transaction() as tx:
            numbers = sorted(int(each["number"][-6:]) for each in tx.find("invoice") if each["number"])
        assert numbers == list(range(1, len(numbers) + 1))


class TestArithmetic:
    @given(
        captured=st.integers(1, 10**9),
        tax_share=st.floats(0, 1),
        parts=st.lists(st.integers(1, 1000), min_size=1, max_size=12),
    )
    def test_refunds_give_all_tax_back_whatever_the_parts(
        self, captured: int, tax_share: float, parts: list[int]
    ) -> None:
        payment = {"amountCaptured": money(captured, "EUR"), "_tax": int(captured * tax_share)}
        cuts = [captured * sum(parts[: n + 1]) // sum(parts) for n in range(len(parts))]
        accounts: Counter[str] = Counter()
        for before, after in zip([0, *cuts], cuts, strict=False):
            for moved in refund_movements(payment, after - before, before):
                accounts[moved.account] += moved.units

        assert accounts["tax_payable"] == payment["_tax"]
        assert (accounts["balance"], accounts["sales"]) == (-captured, captured - payment["_tax"])

    @given(
        prices=st.lists(
            st.tuples(st.integers(0, 10**7), st.integers(1, 50), RATES, st.booleans()),
            min_size=1,
            max_size=10,
        ),
        currency=st.sampled_from(sorted(EXPONENTS)),
    )
    def test_totals_are_the_sums_of_what_is_printed(self, prices: list[Any], currency: str) -> None:
        lines = [
            line("x", quantity, (price, 0), rate, included, currency)
            for price, quantity, rate, included in prices
        ]
        printed, by_rate = sums(lines, currency), tax_breakdown(lines, currency)

        for name in ("net", "tax", "total"):
            assert minor_units(printed[name]) == sum(minor_units(each[name]) for each in lines)
            assert minor_units(printed[name]) == sum(minor_units(each[name]) for each in by_rate)
        assert minor_units(printed["net"]) + minor_units(printed["tax"]) == minor_units(printed["total"])
        opposite = sums(negated(lines), currency)
        assert [minor_units(opposite[name]) for name in printed] == [
            -minor_units(printed[name]) for name in printed
        ]
