"""The bank's page that a payer is sent to: approve or fail the authentication."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mocks.stripe.confirmation import authenticated
from sandbox.kernel.workspace import Workspace

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Authentication (test)</title>
<h1>Authentication (test)</h1><p>{text}</p>{forms}</html>"""
FORM = '<form method="post" action="{action}"><button>{label}</button></form>'


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
        return Response(
            PAGE.format(text="There is nothing to authenticate.", forms=""), 404, mimetype="text/html"
        )
    amount = f"{intent['amount']} {escape(intent['currency'])} (smallest unit)"
    base = f"{request.script_root}/3ds/{escape(key)}"
    forms = FORM.format(action=f"{base}/approve", label="Complete") + FORM.format(
        action=f"{base}/fail", label="Fail"
    )
    return Response(PAGE.format(text=f"Payment of {amount}", forms=forms), mimetype="text/html")


def answer_page(key: str, verdict: str) -> AnyResponse:
    """Approve or fail, then send the payer back to where they came from."""
    workspace: Workspace = request.environ["sandbox.workspace"]
    with workspace.transaction(request.environ.get("sandbox.correlation_id", "")) as tx:
        intent = tx.get("stripe.payment_intent", key)
        if intent is None or intent["status"] != "requires_action" or verdict not in ("approve", "fail"):
            return Response(
                PAGE.format(text="There is nothing to authenticate.", forms=""), 404, mimetype="text/html"
            )
        action = intent["next_action"]
        after = authenticated(tx, intent, verdict == "approve")
    if action["type"] != "redirect_to_url":
        return Response(
            PAGE.format(text=f"The payment is now: {after['status']}.", forms=""), mimetype="text/html"
        )
    back = action["redirect_to_url"]["return_url"]
    status = "succeeded" if after["status"] in ("succeeded", "requires_capture", "processing") else "failed"
    query = {
        "payment_intent": key,
        "payment_intent_client_secret": after["client_secret"],
        "redirect_status": status,
    }
    return redirect(f"{back}{'&' if '?' in back else '?'}{urlencode(query)}")
