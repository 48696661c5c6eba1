"""The mail of a workspace: what was written, in three forms, and what becomes of it."""

import email
import email.policy

import pytest

from sandbox.formats.letter import html_of, message_of, text_of

OUTBOX = "/sandbox/v1/outbox"
LETTER = {
    "id": "5f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e",
    "createdAt": "2026-11-18T08:00:00.000Z",
    "templateKey": "payment_receipt",
    "to": {"email": "anna@example.com", "name": "Żaneta\n<Kowalska>"},
    "locale": "en",
    "subject": "Receipt\r\nBcc: all@example.com",
    "messageId": "<5f9a3c2e@sandbox.example>",
    "variables": {
        "subject": "x",
        "number": "R-1",
        "paid": {"amount": "12.50", "currency": "EUR"},
        "message": "1 < 2\n.\nŻ",
        "dueAt": None,
    },
}


@pytest.fixture(name="letter")
def _letter(api):
    """What the platform writes to somebody who asks for a copy of their data."""
    return written(api)


def written(api, to="anna@example.com"):
    body = {"type": "access", "regulation": "gdpr", "subject": {"type": "customer", "email": to}}
    body |= {"verification": {"method": "email_code"}}
    answer = api.as_("internal-demo").post("/api/v1/privacy/requests", json=body)
    assert answer.status_code == 202, answer.text
    [letter] = api.control.get(OUTBOX, params={"to": to}).json()["data"]
    return letter


def simulate(api, letter, **body):
    return api.control.post(f"{OUTBOX}/{letter['id']}/events", json=body)


class TestForms:
    def test_text_says_everything(self):
        assert text_of(LETTER).startswith("Dear Żaneta\n<Kowalska>,")
        assert text_of(LETTER).endswith("\nNumber: R-1\nPaid: 12.50 EUR\n")

    def test_a_page_lets_nothing_through(self):
        assert "<Kowalska>" not in html_of(LETTER)
        assert "<p>1 &lt; 2\n.\nŻ</p>" in html_of(LETTER)

    def test_a_message_has_no_header_but_its_own_and_is_the_same_every_time(self):
        source = message_of(LETTER, "Desk <desk@clinic.example>")
        message = email.message_from_bytes(source, policy=email.policy.default)
        assert source == message_of(LETTER, "Desk <desk@clinic.example>")
        assert message["Bcc"] is None
        assert message["Subject"] == "Receipt Bcc: all@example.com"
        assert message["To"].addresses[0].display_name == "Żaneta <Kowalska>"
        assert message["Date"].datetime.isoformat() == "2026-11-18T08:00:00+00:00"
        assert {part.get_content_type() for part in message.iter_parts()} == {"text/plain", "text/html"}


class TestListOutbox:
    def test_the_latest_first(self, api, letter):
        later = written(api, "berta@example.com")
        listed = api.control.get(OUTBOX, params={"pageSize": 100}).json()["data"]
        assert [each["id"] for each in listed if each["templateKey"] == "privacy_verification"][:2] in (
            [later["id"], letter["id"]],
            [letter["id"], later["id"]],  # within one millisecond
        )
        assert all("_correlationId" not in each for each in listed)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"status": "queued"}, True),
            ({"status": "bounced"}, False),
            ({"template": "privacy_verification"}, True),
            ({"template": "invoice"}, False),
            ({"to": "ANNA@example.com"}, True),
            ({"createdAfter": "2099-01-01T00:00:00Z"}, False),
        ],
    )
    def test_filters(self, api, letter, query, found):
        listed = api.control.get(OUTBOX, params=query).json()["data"]
        assert (letter["id"] in [each["id"] for each in listed]) is found

    def test_needs_the_scope(self, api):
        assert api.anonymous.get(OUTBOX).status_code == 401


class TestGetOutboxMessage:
    def test_in_three_forms(self, api, letter):
        path = f"{OUTBOX}/{letter['id']}"
        shown = api.control.get(path).json()
        code = shown["variables"]["code"]
        assert f"Code: {code}" in shown["text"]
        page = api.control.with_headers(Accept="text/html").get(path)
        assert (page.headers["content-type"], page.text) == ("text/html; charset=utf-8", shown["html"])
        source = api.control.get(path, params={"format": "eml"})
        assert (source.headers["content-type"], source.text) == ("message/rfc822", shown["source"])
        assert email.message_from_string(shown["source"])["Message-ID"] == shown["messageId"]

    def test_one_that_is_not_there(self, api):
        assert api.control.get(f"{OUTBOX}/nothing").status_code == 404


class TestClearOutbox:
    def test_nothing_is_left(self, api, letter):
        assert api.control.delete(OUTBOX).status_code == 204
        assert api.control.get(OUTBOX).json()["data"] == []


class TestSimulateEmailEvent:
    def test_it_is_delivered_and_read(self, api, letter):
        for event in ("sent", "delivered", "opened", "opened", "clicked", "opened"):
            assert simulate(api, letter, type=event).status_code == 202
        shown = api.control.get(f"{OUTBOX}/{letter['id']}").json()
        assert (shown["status"], len(shown["events"]), shown["version"]) == ("clicked", 7, 7)

    @pytest.mark.parametrize(
        ("before", "event"), [([], "opened"), ([], "clicked"), (["bounced"], "delivered"), (["sent"], "sent")]
    )
    def test_only_what_can_happen(self, api, letter, before, event):
        for each in before:
            simulate(api, letter, type=each)
        answer = simulate(api, letter, type=event)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVALID_STATE_TRANSITION")

    @pytest.mark.parametrize("events", [["bounced"], ["delivered", "complained"]])
    def test_who_bounces_or_complains_gets_no_more(self, api, letter, events):
        for event in events:
            assert simulate(api, letter, type=event, detail="550 unknown").status_code == 202
        invoice = api.fixture("invoice.issued")
        answer = api.post(f"/api/v1/invoices/{invoice}/send", json={"to": "anna@example.com"})
        assert answer.json()["error"]["code"] == "EMAIL_SUPPRESSED"

    def test_later(self, api, letter):
        assert simulate(api, letter, type="delivered", delaySeconds=60).status_code == 202
        assert simulate(api, letter, type="opened", delaySeconds=30).status_code == 202
        api.advance("PT45S")
        assert api.control.get(f"{OUTBOX}/{letter['id']}").json()["status"] == "queued"
        api.advance("PT45S")
        assert api.control.get(f"{OUTBOX}/{letter['id']}").json()["status"] == "delivered"
