"""No record shows a credential, a secret or a card number."""

from __future__ import annotations

import pytest

from sandbox.journal import Exchange
from sandbox.journal.headers import packed_text
from sandbox.journal.redaction import redacted_headers, redacted_text

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
CARD = "4242 4242 4242 4242"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('{"client_secret": "hush-hush"}', "hush-hush"),
        ('{"password":"with \\" quote"}', "quote"),
        ("grant_type=x&client_secret=hush-hush&scope=y", "hush-hush"),
        ("client_secret=hush-hush", "hush-hush"),
        ("payment_method[card_number]=hush-hush", "hush-hush"),
        (f"note {JWT} note", "c2lnbmF0dXJl"),
        ("key sk_sandbox_partner_demo", "partner_demo"),
        ("whsec_bXlzZWNyZXRzZWNyZXQ=", "bXlz"),
        (f'{{"comment": "my card is {CARD}"}}', "4242 4242 4242"),
        ("4242424242424242", "424242424242"),
    ],
    ids=lambda value: value[:30],
)
def test_secrets_are_masked_wherever_they_stand(text, secret):
    assert secret in text
    assert secret not in redacted_text(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "c1000000-0000-4000-8000-000000000001", "total": "199.00"}',
        "12345678-1234-4123-8123-123456789012",
        '{"at": "2026-11-21T04:00:00.000Z", "epoch": 1763697600000}',
        '{"phone": "+447700900123", "tokens": 3}',
        "scope=events:read&page=2",
        "4242424242424241",
    ],
    ids=lambda value: value[:30],
)
def test_what_is_no_secret_stays(text):
    assert text == redacted_text(text)


def test_the_card_keeps_its_last_digits():
    assert redacted_text(CARD) == "[card …4242]"


def test_secret_headers_keep_their_scheme_only():
    shown = redacted_headers(
        [
            ("Authorization", f"Bearer {JWT}"),
            ("X-API-Key", "sk_sandbox_x"),
            ("a", "1"),
            ("a", "2"),
        ]
    )
    assert shown == {"authorization": "Bearer [redacted]", "x-api-key": "[redacted]", "a": "1, 2"}


def test_an_exchange_shows_nothing_secret_anywhere():
    exchange = Exchange(
        method="POST",
        path="/oauth/token",
        query="token=hush-hush",
        request_headers=packed_text([("Authorization", "Basic aHVzaC1odXNo"), ("cookie", "hush-hush")]),
        request_body=b"client_secret=hush-hush",
        response_body=f'{{"access_token": "{JWT}"}}'.encode(),
    )
    shown = str(exchange.shown())
    assert "hush-hush" not in shown
    assert "aHVzaC1odXNo" not in shown
    assert "c2lnbmF0dXJl" not in shown


def test_bytes_that_are_no_text_are_shown_as_far_as_they_are():
    exchange = Exchange(method="POST", path="/", request_body=b"\xff\xfe ok")
    assert exchange.shown()["request"]["body"].endswith(" ok")
