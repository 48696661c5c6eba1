"""What was due before a restart is still due after it."""

from sandbox.kernel.clock import instant
from tests.conftest import KEYS, Api, Server

WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"


def started(folder) -> tuple[Server, Api]:
    server = Server(data_dir=folder, seed_profile="minimal")
    server.start()
    return server, Api(server, "ws_default", {"X-API-Key": KEYS["partner-demo"]})


class TestRestart:
    def test_a_delivery_that_waited_for_its_retry_is_tried_again(self, tmp_path):
        server, api = started(tmp_path)
        with api.workspace.transaction() as tx:
            tx.set_clock("frozen", tx.now())
        bin_ = api.control.post(
            BINS, json={"response": {"sequence": [{"status": 500}, {"status": 200}]}}
        ).json()
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["*"]}
        webhook = api.post(WEBHOOKS, json=body).json()
        sent = api.post(f"{WEBHOOKS}/{webhook['id']}/test").json()
        assert api.control.get(f"{BINS}/{bin_['id']}/wait", params={"timeoutMs": 25000}).status_code == 200
        api.advance("PT1S")
        server.stop()

        server, api = started(tmp_path)
        where = f"{WEBHOOKS}/{webhook['id']}/deliveries/{sent['id']}"
        waiting = api.get(where).json()
        assert (waiting["status"], waiting["attemptCount"]) == ("retry_scheduled", 1)
        assert waiting["nextAttemptAt"] > instant(api.workspace.now())
        api.advance("PT5S")
        delivered = api.get(where).json()
        assert (delivered["status"], [attempt["statusCode"] for attempt in delivered["attempts"]]) == (
            "succeeded",
            [500, 200],
        )
        server.stop()
