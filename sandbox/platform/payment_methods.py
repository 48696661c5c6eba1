"""Payment methods that a user or a customer keeps at the provider for later payments."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from sandbox.connectors.stripe import Answer, ProviderRefusal, StripeConnector
from sandbox.connectors.test_tokens import stripe_token
from sandbox.kernel import errors
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.card_data import refuse_card_numbers
from sandbox.platform.ownership import is_guest, is_payer, sees_all
from sandbox.platform.payment_reports import decline_for, failure_of
from sandbox.platform.resource import Resource, equals

Body = Mapping[str, Any]

PAYING = ("trialing", "active", "past_due")
"""Subscriptions that a kept card is to pay for."""
OPEN = ("created", "requires_action", "processing", "authorized")

payment_methods = Resource(
    "payment_method",
    indexes=("userId", "customerId", "token"),
    sorts=("createdAt",),
    filters={"userId": equals("userId"), "customerId": equals("customerId"), "brand": equals("brand")},
    visible=is_payer,
    sees_all=sees_all,
)
KINDS = [Kind("payer")]
"""What the provider calls a user or a customer."""


class Owner(NamedTuple):
    """Who keeps a method."""

    kind: str
    document: Document


async def attach_payment_method(call: Call, body: Body) -> Document:
    """Have the provider keep it; raises the decline of a card that cannot be kept."""
    refuse_card_numbers(body)
    with call.transaction() as tx:
        call.tx = tx
        owner, key = _owner(call, body), tx.new_id("payment_method")
    reference, token = await _payer(call, owner), stripe_token(body["token"], "")
    kept = await _at_provider(_stripe(call).attach_method(token, reference, f"{key}:attach"))
    with call.transaction() as tx:
        return _keep(tx, key, owner, body, kept)


async def detach_payment_method(call: Call, payment_method_id: str) -> None:
    """Have the provider forget it; raises ResourceInUse while something is to be paid with it."""
    with call.transaction() as tx:
        call.tx = tx
        method = payment_methods.get(call, payment_method_id)
        payment_methods.check_match(call, method)
        _require_unused(tx, method)
    with suppress(ProviderRefusal):  # whom it forgot already it need not forget
        await _stripe(call).detach_method(method["token"], f"{payment_method_id}:detach")
    with call.transaction() as tx:
        _forget(tx, payment_method_id)


def _owner(call: Call, body: Body) -> Owner:
    """Whom the body names, or else the caller; guests keep their own only."""
    named = {"user": body.get("userId"), "customer": body.get("customerId")}
    if not any(named.values()):
        named["user"] = call.principal.user_id
    given = [(kind, key) for kind, key in named.items() if key]
    if len(given) != 1:
        raise errors.BusinessRuleViolation(details="name one user or one customer", target="/userId")
    kind, key = given[0]
    document = call.tx.get(kind, key)
    own = kind == "user" and key == call.principal.user_id
    if document is None or (is_guest(call) and not own):
        raise errors.BusinessRuleViolation(details=f"{kind} '{key}' does not exist", target=f"/{kind}Id")
    return Owner(kind, document)


async def _payer(call: Call, owner: Owner) -> str:
    """What the provider calls the owner, whom it gets to know now if need be."""
    key, document = owner.document["id"], owner.document
    with call.transaction() as tx:
        known = tx.get("payer", key)
    if known is not None:
        return str(known["customerRef"])
    names = [document.get("givenName"), document.get("familyName")]
    params = {
        "email": document.get("email"),
        "name": " ".join(name for name in names if name) or None,
        f"metadata[{owner.kind}Id]": key,
    }
    made = await _at_provider(_stripe(call).create_customer(params, f"{key}:payer"))
    with call.transaction() as tx:
        tx.put("payer", {"id": key, "kind": owner.kind, "customerRef": made["id"]})
    return str(made["id"])


def _keep(tx: Transaction, key: str, owner: Owner, body: Body, kept: Answer) -> Document:
    card, member = kept["card"], f"{owner.kind}Id"
    others = tx.find("payment_method", {member: owner.document["id"]})
    is_default = body.get("isDefault", False) or not others
    if is_default:
        _undo_defaults(tx, others)
    user_id = owner.document["id"] if owner.kind == "user" else owner.document.get("userId")
    members = {
        "id": key,
        "metadata": body.get("metadata", {}),
        "userId": None,
        "customerId": None,
        member: owner.document["id"],
        "token": kept["id"],
        "brand": card["brand"],
        "last4": card["last4"],
        "expMonth": card["exp_month"],
        "expYear": card["exp_year"],
        "isDefault": is_default,
        "_userId": user_id,
        "_payer": kept["customer"],
    }
    return payment_methods.insert(tx, members)


def _undo_defaults(tx: Transaction, methods: list[Document]) -> None:
    for method in methods:
        if method["isDefault"]:
            payment_methods.save(tx, method, isDefault=False)


def _require_unused(tx: Transaction, method: Document) -> None:
    used = tx.count("payment", {"status": list(OPEN), "paymentMethod": method["token"]})
    used += tx.count("payment_subscription", {"status": list(PAYING), "paymentMethodId": method["id"]})
    if used:
        raise errors.ResourceInUse(details="something is still to be paid with it", target="paymentMethodId")


def _forget(tx: Transaction, key: str) -> None:
    """The newest of the others is the default from now on, if this one was."""
    method = tx.delete("payment_method", key)
    if method is None or not method["isDefault"]:
        return
    member = "userId" if method["userId"] else "customerId"
    for other in tx.find("payment_method", {member: method[member]}, order="-createdAt", limit=1):
        payment_methods.save(tx, other, isDefault=True)


def _stripe(call: Call) -> StripeConnector:
    return StripeConnector(call.ports, call.workspace.id, call.correlation_id)


async def _at_provider(step: Any) -> Answer:
    try:
        answer: Answer = await step
    except ProviderRefusal as refusal:
        if refusal.is_card_error:
            raise decline_for(failure_of(refusal.error), target="/token") from None
        raise errors.BusinessRuleViolation(details=f"stripe refused: {refusal}", target="/token") from None
    return answer
