"""A letter of the outbox as text, as a page, and as the message that a mail server is given."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.formats.web_page import standing_alone
from sandbox.kernel.clock import parse_instant

Letter = Mapping[str, Any]

INTRODUCTIONS = {
    "booking_cancelled": "Your booking will not take place.",
    "booking_confirmation": "Your booking is confirmed. We look forward to seeing you.",
    "booking_reminder": "This is a reminder of your booking.",
    "booking_rescheduled": "Your booking has another time or place.",
    "event_update": "There is news of what you registered for.",
    "export_ready": "The file of your export can be fetched.",
    "invoice": "Please find the invoice below.",
    "monitor_alert": "An alert of the sandbox has news.",
    "payment_receipt": "Thank you. This is the receipt of your payment.",
    "privacy_verification": "Somebody, probably you, asked for what we know of you. This code confirms it.",
    "registration_confirmation": "See you there. Whoever shows a code below is let in: keep it to yourself.",
    "waitlist_promoted": "You were on the waiting list. Now you have a place.",
    "webhook_disabled": "One of your webhooks was switched off.",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}td,th{vertical-align:top;text-align:left;padding:.2rem 1rem .2rem 0}"
    "td{overflow-wrap:anywhere}"
)


def subject_of(letter: Letter) -> str:
    """On one line."""
    return " ".join(str(letter["subject"] or letter["templateKey"].replace("_", " ")).split())


def text_of(letter: Letter) -> str:
    """Plain text."""
    name = letter["to"].get("name")
    lines = [f"Dear {name}," if name else "Hello,", "", *_paragraphs(letter), ""]
    lines += [f"{label}: {value}" for label, value in _facts(letter)]
    return "\n".join(lines).rstrip() + "\n"


def html_of(letter: Letter) -> str:
    """A page that stands alone."""
    rows = "".join(
        f"<tr><th scope=row>{escape(label)}</th><td>{escape(value)}</td></tr>"
        for label, value in _facts(letter)
    )
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in _paragraphs(letter))
    title = subject_of(letter)
    text = f"<h1>{escape(title)}</h1>{paragraphs}<table>{rows}</table>"
    return standing_alone(title, _STYLE, text, letter["locale"])


def message_of(letter: Letter, sender: str) -> bytes:
    """As RFC 5322 has it, the same bytes every time."""
    from email.headerregistry import Address  # takes time to load, for what few ask for
    from email.message import EmailMessage
    from email.policy import SMTP, SMTPUTF8
    from email.utils import format_datetime

    to = letter["to"]
    message = EmailMessage(SMTP if to["email"].isascii() else SMTPUTF8)
    message["From"] = sender
    message["To"] = Address(" ".join((to.get("name") or "").split()), addr_spec=to["email"])
    message["Subject"] = subject_of(letter)
    message["Date"] = format_datetime(parse_instant(letter["createdAt"]))
    message["Message-ID"] = letter["messageId"]
    message["X-Template"] = letter["templateKey"]
    message.set_content(text_of(letter), cte="quoted-printable")
    message.add_alternative(html_of(letter), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{letter['id']}")
    return bytes(message)


def _paragraphs(letter: Letter) -> list[str]:
    said = letter["variables"].get("message")
    introduction = INTRODUCTIONS.get(letter["templateKey"])
    return [paragraph for paragraph in (introduction, said) if paragraph]


def _facts(letter: Letter) -> list[tuple[str, str]]:
    """Everything else that the letter was given."""
    return [
        (_label(name), _plain(value))
        for name, value in letter["variables"].items()
        if name not in ("subject", "message") and value is not None
    ]


def _label(name: str) -> str:
    spaced = "".join(f" {each.lower()}" if each.isupper() else each for each in name)
    return spaced[:1].upper() + spaced[1:]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return str(value)
