"""The Stripe mock: intents, refunds, customers, cards and signed webhooks as the vendor's SDKs want them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from mocks.stripe.api import make_blueprint
from mocks.stripe.confirmation import EXPIRE, SETTLE, expire_authorization, settle_intent
from mocks.stripe.disputes import DECIDE, DISPUTE, OVERDUE, decide_dispute, dispute_charge, end_overdue
from mocks.stripe.events import DELIVER
from mocks.stripe.refunds import SETTLE as SETTLE_REFUND
from mocks.stripe.refunds import settle_refund
from mocks.stripe.resources import KINDS
from mocks.stripe.seed import seed_account
from mocks.stripe.webhooks import deliver
from sandbox.kernel.partner import Partner
from sandbox.kernel.workspace import Workspace

partner = Partner(
    "stripe",
    make_blueprint(),
    kinds=KINDS,
    jobs={
        SETTLE: settle_intent,
        SETTLE_REFUND: settle_refund,
        EXPIRE: expire_authorization,
        DISPUTE: dispute_charge,
        DECIDE: decide_dispute,
        OVERDUE: end_overdue,
    },
    effects={DELIVER: deliver},
    seed=seed_account,
)


def create_app(workspace: Workspace) -> Flask:
    """The mock alone, on one workspace, as a WSGI application."""
    application = Flask("stripe", static_folder=None, template_folder=None)
    application.register_blueprint(make_blueprint())
    inner = application.wsgi_app

    def within(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["sandbox.workspace"] = workspace
        return inner(environ, start_response)

    application.wsgi_app = within  # type: ignore[method-assign]
    return application
