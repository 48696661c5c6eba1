"""Every event of the catalogue: sent on demand, about an object that is there, as described, and signed."""

import hashlib
import hmac
import json
from base64 import b64decode

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sandbox.contract.document import load
from sandbox.contract.event_catalogue import EVENT_TYPES
from sandbox.contract.schemas import Schemas
from sandbox.kernel.documents import meets
from sandbox.webhooks.deliveries import WITHHELD
from tests.conftest import KEYS, Api
from tests.platform.receiving import BINS, new_bin, subscribe

OTHER_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ALL = pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=lambda event: event.name)


def body_signature(secret, envelope):
    """The body form, written anew from its description; keys sorted, no spaces, UTF-8."""
    unsigned = {name: value for name, value in envelope.items() if name != "signature"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    stamp = envelope["signature"]
    signed = f"{stamp['timestamp']}.{stamp['token']}.{text}".encode()
    key = b64decode(secret.removeprefix("whsec_"))
    return "sha256=" + hmac.new(key, signed, hashlib.sha256).hexdigest()


class Sent:
    """One delivery of every event, from one subscription into one bin."""

    def __init__(self, api) -> None:
        self.api, self.control, self.reader = api, api.control, api.as_("internal-demo")
        self.bin = new_bin(api)
        self.webhook = subscribe(api, self.bin, "webhook.ping", signatureClock="wall", ordering="none")
        self.secret = self.webhook["secret"]
        self.refused = {name: why for name in EVENT_TYPES if (why := self._triggered(name))}
        self.requests = {each["eventType"]: each for each in self._captured()}

    def _triggered(self, name) -> str:
        body = {"event": name, "webhookIds": [self.webhook["id"]]}
        answer = self.control.post("/sandbox/v1/webhook-triggers", json=body)
        return "" if answer.status_code == 202 else answer.text

    def _captured(self):
        count = len(EVENT_TYPES) - len(self.refused)
        for _ in range(3):
            path = f"{BINS}/{self.bin['id']}/wait"
            answer = self.control.get(path, params={"count": count, "timeoutMs": 20_000})
            if answer.status_code == 200:
                return answer.json()["data"]
        raise AssertionError(answer.text)

    def delivery(self, name):
        """(headers, body) exactly as they arrived."""
        path = f"{BINS}/{self.bin['id']}/requests/{self.requests[name]['id']}"
        full = self.control.get(path).json()
        return full["headers"], full["bodyText"]

    def data(self, name):
        """What the message says of its object."""
        return json.loads(self.delivery(name)[1])["data"]

    def fetched(self, event, data):
        """The object as the API shows it at its path, or in the list there; None if it is gone."""
        path = event.path.format_map(data)
        answer = self.reader.get(path)
        if answer.status_code == 410:
            return None
        assert answer.status_code == 200, f"{path}: {answer.text}"
        shown = answer.json()
        return next((each for each in shown.get("data", ()) if each["id"] == data["id"]), shown)


@pytest.fixture(scope="module", name="sent")
def _sent(server):
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id("every event"))
    with Api(server, fork.id, {"X-API-Key": KEYS["partner-demo"]}) as client:
        yield Sent(client)
    workspaces.delete(fork.id)


@pytest.fixture(scope="module", name="schemas")
def _schemas():
    return Schemas(load("platform"))


class TestEveryEvent:
    def test_is_sent_on_demand(self, sent):
        assert sent.refused == {}
        assert sent.requests.keys() == EVENT_TYPES.keys()

    @ALL
    def test_verifies_in_both_forms(self, sent, event):
        headers, body = sent.delivery(event.name)
        envelope = Webhook(sent.secret).verify(body, headers)
        assert envelope["event"] == headers["x-webhook-event"] == event.name
        assert envelope["signature"]["signature"] == body_signature(sent.secret, envelope)

    @ALL
    def test_says_what_its_schema_says(self, sent, schemas, event):
        validator = schemas.validator(schemas.components[event.message])
        envelope = json.loads(sent.delivery(event.name)[1])
        faults = [f"{fault.instance_path}: {fault.message:.200}" for fault in validator.iter_errors(envelope)]
        assert faults == []

    @ALL
    def test_is_about_an_object_in_the_state_that_it_tells_of(self, sent, event):
        data = sent.data(event.name)
        assert meets(data, event.state)
        assert event.fits(data)

    def test_tells_of_a_past_that_its_object_has(self, sent):
        moved, proposed = sent.data("booking.rescheduled"), sent.data("booking.move_requested")
        for told in (moved, proposed):
            last = told["previousTimes"][-1]
            assert told["previous"] == {name: last[name] for name in told["previous"]}
        pause = sent.data("schedule.break_moved")
        assert pause["previous"]["endsAt"] == pause["startsAt"]
        paid = sent.data("payment.dispute_closed")["id"]
        [dispute] = sent.reader.get("/api/v1/disputes", params={"paymentId": paid}).json()["data"]
        assert dispute["closedAt"]
        assert sent.reader.get(sent.data("export.ready")["outputUrl"]).json() == []

    @ALL
    def test_is_about_an_object_that_can_be_fetched(self, sent, event):
        data = sent.data(event.name)
        fetched = sent.fetched(event, data)
        if fetched is None:
            assert event.name.endswith(".erased")
            return
        if event.kind == "cache_entry":
            assert all(sent.reader.get(url).status_code == 200 for url in data["urls"])
            fetched = sent.reader.get(data["urls"][1]).json()
        withheld = WITHHELD.get(event.kind, ())
        same = [member for member in data if member in fetched and member not in withheld]
        assert "id" in same or event.kind == "calendar_status"
        assert {member: data[member] for member in same} == {member: fetched[member] for member in same}


class TestASpoiledDelivery:
    @ALL
    def test_a_flipped_byte_fails_in_both_forms(self, sent, event):
        headers, body = sent.delivery(event.name)
        place = body.index('"data"') + 10
        flipped = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
        with pytest.raises(WebhookVerificationError):
            Webhook(sent.secret).verify(flipped, headers)
        renamed = {**json.loads(body), "id": "whk_000000000000000000000000"}
        assert renamed["signature"]["signature"] != body_signature(sent.secret, renamed)

    @ALL
    def test_an_old_timestamp_fails(self, sent, event):
        headers, body = sent.delivery(event.name)
        old = str(int(headers["webhook-timestamp"]) - 600)
        with pytest.raises(WebhookVerificationError):
            Webhook(sent.secret).verify(body, {**headers, "webhook-timestamp": old})
        envelope = json.loads(body)
        moved = {**envelope, "signature": {**envelope["signature"], "timestamp": old}}
        assert moved["signature"]["signature"] != body_signature(sent.secret, moved)

    @ALL
    def test_another_secret_fails(self, sent, event):
        headers, body = sent.delivery(event.name)
        with pytest.raises(WebhookVerificationError):
            Webhook(OTHER_SECRET).verify(body, headers)
        envelope = json.loads(body)
        assert envelope["signature"]["signature"] != body_signature(OTHER_SECRET, envelope)

    def test_one_that_was_signed_long_ago_fails(self, sent):
        body = {"event": "customer.created", "webhookIds": [sent.webhook["id"]], "corrupt": "timestamp"}
        made = sent.control.post("/sandbox/v1/webhook-triggers", json=body).json()
        path = f"{BINS}/{sent.bin['id']}/wait"
        sent.control.get(path, params={"count": len(EVENT_TYPES) + 1, "timeoutMs": 20_000})
        found = sent.control.get(f"{BINS}/{sent.bin['id']}/requests", params={"pageSize": 100}).json()["data"]
        [late] = [each for each in found if each["delivery"]["deliveryId"] == made["deliveries"][0]["id"]]
        full = sent.control.get(f"{BINS}/{sent.bin['id']}/requests/{late['id']}").json()
        with pytest.raises(WebhookVerificationError, match="too old"):
            Webhook(sent.secret).verify(full["bodyText"], full["headers"])
