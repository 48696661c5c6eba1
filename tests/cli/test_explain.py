"""`sandbox explain` against a live server."""

import json

import pytest

from sandbox.cli import main
from tests.platform.receiving import new_bin, subscribe, waited


@pytest.fixture(name="explain")
def _explain(api, server, capsys, monkeypatch):
    for name in ("SANDBOX_URL", "SANDBOX_API_KEY", "SANDBOX_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments, options=()):
        capsys.readouterr()
        code = main(["--url", server.url, "--workspace", api.workspace_id, *options, "explain", *arguments])
        return code, capsys.readouterr().out

    return command


class TestExplain:
    def test_says_why_and_what_to_do(self, explain):
        code, out = explain("schedule.break_moved")
        assert code == 1
        assert out.startswith("never_caused\n  schedule.break_moved has not happened in this workspace.\n")
        assert "/sandbox/v1/webhook-triggers" in out

    def test_is_content_with_what_arrived(self, explain, api):
        bin_ = new_bin(api)
        webhook = subscribe(api, bin_, "webhook.ping")
        body = {"event": "webhook.ping", "webhookIds": [webhook["id"]]}
        api.control.post("/sandbox/v1/webhook-triggers", json=body)
        waited(api, bin_)
        api.advance("PT1S")
        code, out = explain("webhook.ping", "--webhook", webhook["id"])
        assert (code, out.splitlines()[0]) == (0, f"delivered  {webhook['id']}")

    def test_as_json(self, explain):
        code, out = explain("schedule.break_moved", "--resource", "br-1", options=["--json"])
        assert (code, json.loads(out)["reason"]) == (1, "never_caused")
