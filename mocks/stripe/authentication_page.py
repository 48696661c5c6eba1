"""The bank's page that a payer is sent to: approve or fail the authentication."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mocks.stripe.confirmation import authenticated
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Workspace

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark }}
body {{ max-width: 32rem; margin: 0 auto; padding: 2rem 1rem; font: 1rem/1.55 system-ui, sans-serif }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
form {{ display: inline-block; margin: .5rem .5rem 0 0 }}
button {{ min-height: 2.75rem; padding: .4rem 1.25rem; font: inherit }}
</style>
</head>
<body><main><h1>{title}</h1>{text}</main></body>
</html>
"""
FORM = '<form method="post" action="{action}"><button type="submit">{label}</button></form>'
UNKNOWN = "<p>The address is not complete, or the payment is gone. Go back to the shop and begin again.</p>"
SETTLED = "<p>It stands at <strong>{state}</strong>. Nothing is left to confirm: go back to the shop.</p>"
DIGITS = dict.fromkeys(("clp", "isk", "jpy", "krw", "vnd"), 0) | dict.fromkeys(
    ("bhd", "jod", "kwd", "omr"), 3
)
"""Of currencies that are not divided into hundredths."""


def add_page(blueprint: Blueprint) -> None:
    """Serve the page and its two buttons below /3ds."""
    blueprint.add_url_rule("/3ds/<key>", "authentication_page", show_page)
    blueprint.add_url_rule("/3ds/<key>/<verdict>", "authenticate", answer_page, methods=["POST"])


def show_page(key: str) -> Response:
    """The page; nothing is changed by looking at it."""
    workspace: Workspace = request.environ["sandbox.workspace"]
    with workspace.transaction() as tx:
        intent = tx.get("stripe.payment_intent", key)
    if intent is None or intent["status"] != "requires_action":
        return _over(intent)
    base = f"{request.script_root}/3ds/{escape(key)}"
    buttons = "".join(
        FORM.format(action=f"{base}/{verdict}", label=label)
        for verdict, label in (("approve", "Complete"), ("fail", "Fail"))
    )
    asked = f"<p>Is it you who pays <strong>{_amount(intent)}</strong>? No money moves: this is a test.</p>"
    return _page("Confirm the payment", asked + buttons)


def answer_page(key: str, verdict: str) -> AnyResponse:
    """Approve or fail, then send the payer back to where they came from."""
    workspace: Workspace = request.environ["sandbox.workspace"]
    with workspace.transaction(request.environ.get("sandbox.correlation_id", "")) as tx:
        intent = tx.get("stripe.payment_intent", key)
        if intent is None or intent["status"] != "requires_action" or verdict not in ("approve", "fail"):
            return _over(intent)
        action = intent["next_action"]
        after = authenticated(tx, intent, verdict == "approve")
    if action["type"] != "redirect_to_url":
        return _page("Thank you", SETTLED.format(state=_state(after)))
    back = action["redirect_to_url"]["return_url"]
    status = "succeeded" if after["status"] in ("succeeded", "requires_capture", "processing") else "failed"
    query = {
        "payment_intent": key,
        "payment_intent_client_secret": after["client_secret"],
        "redirect_status": status,
    }
    return redirect(f"{back}{'&' if '?' in back else '?'}{urlencode(query)}")


def _over(intent: Document | None) -> Response:
    """The address was used before, or never led anywhere."""
    if intent is None:
        return _page("There is no such payment", UNKNOWN, 404)
    return _page("This payment needs no confirmation", SETTLED.format(state=_state(intent)), 404)


def _page(title: str, text: str, status: int = 200) -> Response:
    return Response(PAGE.format(title=title, text=text), status, mimetype="text/html")


def _state(intent: Document) -> str:
    return escape(str(intent["status"]).replace("_", " "))


def _amount(intent: Document) -> str:
    currency = str(intent["currency"])
    digits = DIGITS.get(currency, 2)
    return f"{intent['amount'] / 10**digits:.{digits}f} {escape(currency.upper())}"
