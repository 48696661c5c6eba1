"""Every event of the catalogue that has an object: sent on demand and signed in both forms."""

import hashlib
import hmac
import json
from base64 import b64decode

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sandbox.webhooks.catalogue import EVENT_TYPES
from tests.platform.test_webhooks import BINS, new_bin, subscribe, waited

UNBACKED = {"cache.invalidated", "api.deprecation_announced"}
"""Known gaps: no object of their kind is seeded that the event could be about."""


def body_signature(secret, envelope):
    """The body form, written anew from its description; keys sorted, no spaces, UTF-8."""
    unsigned = {name: value for name, value in envelope.items() if name != "signature"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    stamp = envelope["signature"]
    signed = f"{stamp['timestamp']}.{stamp['token']}.{text}".encode()
    key = b64decode(secret.removeprefix("whsec_"))
    return "sha256=" + hmac.new(key, signed, hashlib.sha256).hexdigest()


def sent(api, name):
    """(secret, headers, body) of one delivery of the event."""
    bin_ = new_bin(api)
    webhook = subscribe(api, bin_, name, signatureClock="wall")
    made = api.control.post(
        "/sandbox/v1/webhook-triggers", json={"event": name, "webhookIds": [webhook["id"]]}
    )
    if made.status_code == 422 and "create one first" in made.text:
        return None
    assert made.status_code == 202, made.text
    [captured] = waited(api, bin_)
    full = api.control.get(f"{BINS}/{bin_['id']}/requests/{captured['id']}").json()
    return webhook["secret"], full["headers"], full["bodyText"]


class TestEveryEvent:
    def test_verifies_in_both_forms(self, api):
        missing = []
        for name in EVENT_TYPES:
            if len(api.get("/api/v1/webhooks").json()["data"]) > 5:
                for webhook in api.get("/api/v1/webhooks").json()["data"]:
                    api.delete(f"/api/v1/webhooks/{webhook['id']}")
            got = sent(api, name)
            if got is None:
                missing.append(name)
                continue
            secret, headers, body = got
            envelope = Webhook(secret).verify(body, headers)
            assert envelope["event"] == name
            assert envelope["signature"]["signature"] == body_signature(secret, envelope), name
        assert set(missing) == UNBACKED


class TestASpoiledDelivery:
    def test_a_flipped_byte_fails(self, api):
        secret, headers, body = sent(api, "customer.created")
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body.replace("customer.created", "customer.creatfd"), headers)

    def test_an_old_timestamp_fails(self, api):
        secret, headers, body = sent(api, "customer.created")
        with pytest.raises(WebhookVerificationError):
            old = str(int(headers["webhook-timestamp"]) - 600)
            Webhook(secret).verify(body, {**headers, "webhook-timestamp": old})

    def test_another_secret_fails(self, api):
        _, headers, body = sent(api, "customer.created")
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").verify(body, headers)
