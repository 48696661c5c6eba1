"""Deliveries to receivers that speak TLS: to those whose certificate the server has reason to trust."""

import ssl

import pytest
import trustme

from tests.conftest import KEYS, Api, Server
from tests.webhooks.outside import Outside

WEBHOOKS = "/api/v1/webhooks"


@pytest.fixture(name="authority", scope="module")
def _authority():
    return trustme.CA()


@pytest.fixture(name="secure")
def _secure(authority):
    """A receiver whose certificate is of an authority of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    outside = Outside(200, tls=context)
    yield outside
    outside.stop()


def delivered(api, secure):
    """The first attempt of a delivery to it."""
    url = f"https://localhost:{secure.receiver.port}/hook"
    webhook = api.post(WEBHOOKS, json={"url": url, "eventTypes": ["webhook.ping"]}).json()
    api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
    sent = api.post(f"{WEBHOOKS}/{webhook['id']}/test").json()
    api.advance("PT1S")
    return api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries/{sent['id']}").json()["attempts"][0]


class TestCertificate:
    def test_of_an_unknown_authority_is_refused_and_the_log_says_so(self, api, secure):
        attempt = delivered(api, secure)
        assert (attempt["statusCode"], attempt["error"]) == (None, "tls")
        assert "certificate" in attempt["errorDetail"]
        assert secure.receiver.received == []

    def test_of_an_authority_that_the_server_was_told_to_trust_is_accepted(self, authority, secure, tmp_path):
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        server = Server(seed_profile="minimal", trust_ca=file)
        server.start()
        attempt = delivered(Api(server, "ws_default", {"X-API-Key": KEYS["partner-demo"]}), secure)
        server.stop()
        assert (attempt["statusCode"], attempt["error"]) == (200, None)
        assert len(secure.receiver.received) == 1
