"""Letters on their way to a mail server, over real sockets; and what becomes of those that are not taken."""

import asyncio
import email
import email.policy
import socket
import ssl

import pytest
import trustme

from sandbox.config import WrongSettings, read_settings
from sandbox.outbound.smtp import SmtpRelay
from tests.conftest import KEYS, Api, Server
from tests.outbound.mail_server import MailServer

MESSAGE = b"Subject: Hello\r\n\r\n.A line that begins with a dot\r\n"
OUTBOX = "/sandbox/v1/outbox"


@pytest.fixture(name="mail_server")
def _mail_server():
    """Makes servers, and stops them."""
    made = []

    def make(*refusals, **members):
        made.append(MailServer(*refusals, **members))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def attempt(url, recipient="anna@example.com", sender="", message=MESSAGE):
    return asyncio.run(SmtpRelay(url, sender).send(recipient, message))


class TestAttempt:
    def test_is_taken_as_it_is(self, mail_server):
        server = mail_server()
        reply = attempt(f"smtp://127.0.0.1:{server.port}", sender="Desk <desk@clinic.example>")
        assert (reply.is_accepted, reply.detail) == (True, "accepted by 127.0.0.1")
        assert server.messages == [("desk@clinic.example", "anna@example.com", MESSAGE)]

    @pytest.mark.parametrize(
        ("refusal", "is_final"),
        [
            (("RCPT", "550 nobody here"), True),
            (("RCPT", "452 too many"), False),
            (("MAIL", "421 busy"), False),
            (("DATA", "554 no"), True),
            (("CONNECT", "554 go away"), True),
            (("CONNECT", "421 later"), False),
        ],
    )
    def test_a_refusal_is_final_or_not(self, mail_server, refusal, is_final):
        server = mail_server(refusal)
        reply = attempt(f"smtp://127.0.0.1:{server.port}")
        assert (reply.is_accepted, reply.is_final) == (False, is_final)
        assert reply.detail == refusal[1]

    def test_nobody_listens(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            reply = attempt(f"smtp://127.0.0.1:{closed.getsockname()[1]}")
        assert (reply.is_accepted, reply.is_final) == (False, False)
        assert reply.detail.startswith("ConnectionRefusedError")

    def test_an_address_beyond_ascii(self, mail_server):
        server = mail_server()
        assert attempt(f"smtp://127.0.0.1:{server.port}", "żaneta@example.com").is_accepted
        assert server.messages[0][1] == "żaneta@example.com"

    def test_a_password_is_given(self, mail_server):
        server = mail_server(login="user:pass word")
        assert attempt(f"smtp://user:pass%20word@127.0.0.1:{server.port}").is_accepted
        reply = attempt(f"smtp://user:wrong@127.0.0.1:{server.port}")
        assert (reply.is_accepted, reply.is_final) == (False, True)


class TestTls:
    @pytest.fixture(name="context")
    def _context(self, monkeypatch, tmp_path):
        """A server's context that clients trust."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        return context

    @pytest.mark.parametrize(("scheme", "starts"), [("smtps", False), ("smtp", True)])
    def test_is_used_where_it_can_be(self, mail_server, context, scheme, starts):
        server = mail_server(tls=context, starts=starts, login="user:secret")
        assert attempt(f"{scheme}://user:secret@127.0.0.1:{server.port}").is_accepted
        assert server.was_secure == [True]

    def test_a_certificate_that_nobody_trusts(self, mail_server):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        server = mail_server(tls=context)
        reply = attempt(f"smtps://127.0.0.1:{server.port}")
        assert (reply.is_accepted, reply.is_final) == (False, False)
        assert "CERTIFICATE_VERIFY_FAILED" in reply.detail


class TestSetting:
    @pytest.mark.parametrize("url", ["localhost:25", "http://mail.example", "smtp://", "smtp://mail:x"])
    def test_what_is_no_relay(self, url):
        with pytest.raises(WrongSettings, match="smtp_relay is not"):
            read_settings({}, smtp_relay=url)

    def test_a_password_is_never_shown(self):
        with pytest.raises(WrongSettings) as wrong:
            read_settings({}, smtp_relay="mail://user:topsecret@mail.example")
        assert "topsecret" not in str(wrong.value)


@pytest.fixture(scope="module", name="relaying")
def _relaying():
    """A server that hands its letters on, and the mail server."""
    relay = MailServer()
    server = Server(smtp_relay=f"smtp://127.0.0.1:{relay.port}", seed_profile="minimal")
    server.start()
    yield server, relay
    server.stop()
    relay.stop()


@pytest.fixture(name="desk")
def _desk(relaying, request):
    """A client of a new workspace there, and the mail server, empty."""
    server, relay = relaying
    relay.refusals, relay.messages = [], []
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id(request.node.nodeid))
    with Api(server, fork.id, {"X-API-Key": KEYS["partner-demo"]}) as client:
        client.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
        client.control.put("/sandbox/v1/rate-limits", json={"enabled": False})
        yield client, relay


def send(api, to="anna@example.com"):
    """A letter that the platform sends: the code of a privacy request."""
    body = {"type": "access", "regulation": "gdpr", "subject": {"type": "customer", "email": to}}
    body |= {"verification": {"method": "email_code"}}
    answer = api.as_("internal-demo").post("/api/v1/privacy/requests", json=body)
    assert answer.status_code == 202, answer.text
    [letter] = api.control.get(OUTBOX, params={"to": to}).json()["data"]
    return letter["id"]


def letter_in(api, key, status):
    """The letter when it is in a state."""
    control = api.control
    for _ in range(3000):
        letter = control.get(f"{OUTBOX}/{key}").json()
        if letter["status"] == status or status in [event["type"] for event in letter["events"]]:
            return letter
    raise AssertionError(letter)


class TestRelay:
    def test_hands_letters_on(self, desk):
        api, relay = desk
        key = send(api)
        relay.wait()
        letter = letter_in(api, key, "sent")
        assert [event["type"] for event in letter["events"]] == ["queued", "sent"]
        [(sender, recipient, content)] = relay.messages
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert (sender, recipient) == ("no-reply@sandbox.example", "anna@example.com")
        assert (message["Message-ID"], message["Subject"]) == (letter["messageId"], letter["subject"])
        assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == letter["text"]
        assert content == letter["source"].encode()

    def test_tries_again_on_the_workspaces_clock(self, desk):
        api, relay = desk
        relay.refusals += [("RCPT", "451 later"), ("CONNECT", "421 busy")]
        key = send(api)
        letter_in(api, key, "deferred")
        api.advance("PT1M")
        api.advance("PT5M")
        relay.wait()
        letter = letter_in(api, key, "sent")
        assert [(event["type"], (event["detail"] or "")[:3]) for event in letter["events"]] == [
            ("queued", ""),
            ("deferred", "451"),
            ("deferred", "421"),
            ("sent", "acc"),
        ]
        assert len(relay.messages) == 1

    def test_gives_up_in_the_end(self, desk):
        api, relay = desk
        relay.refusals += [("RCPT", "451 later")] * 6
        key = send(api)
        letter_in(api, key, "deferred")
        api.advance("P2D")
        assert letter_in(api, key, "failed")["events"][-1]["type"] == "failed"
        assert relay.refusals == []

    def test_what_bounces_gets_no_more_mail(self, desk):
        api, relay = desk
        relay.refusals += [("RCPT", "550 nobody here")]
        letter = letter_in(api, send(api, "gone@example.com"), "bounced")
        assert letter["events"][-1]["detail"] == "550 nobody here"
        with api.workspace.transaction() as tx:
            assert [each["email"] for each in tx.find("email_suppression")] == ["gone@example.com"]

    def test_a_fork_sends_nothing_twice(self, desk):
        api, relay = desk
        relay.refusals += [("RCPT", "451 later")]
        key = send(api)
        letter_in(api, key, "deferred")
        made = api.control.post(
            f"/sandbox/v1/workspaces/{api.workspace_id}/fork", json={"name": "branch"}
        ).json()
        branch = Api(api.server, made["id"], {}).control
        assert branch.post("/sandbox/v1/clock/advance", json={"duration": "PT30M"}).status_code == 200
        left = branch.get(f"{OUTBOX}/{key}")
        assert left.status_code == 200, left.text
        assert left.json()["status"] == "queued"
        api.advance("PT1M")
        relay.wait()
        assert len(relay.messages) == 1
