"""`sandbox expect` against a live server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sandbox.cli import main
from tests.control.inspection import address, new_bin

if TYPE_CHECKING:
    from tests.conftest import Api, Server

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(api: Api, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in the test's own workspace; (exit code, output, complaints)."""
    for name in ("SANDBOX_URL", "SANDBOX_API_KEY", "SANDBOX_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, as_json: bool = False) -> tuple[int, str, str]:
        capsys.readouterr()
        options = ["--json"] if as_json else []
        server_options = ["--url", server.url, "--workspace", api.workspace_id]
        code = main([*server_options, *options, "expect", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def arrivals(api: Api) -> str:
    """A bin that got three events."""
    bin_ = new_bin(api)
    for event in ("booking.created", "booking.confirmed", "reminder.sent"):
        assert api.anonymous.post(address(bin_), json={"event": event}).status_code == 200
    return str(bin_["id"])


class TestExpect:
    def test_is_met_by_what_came(self, run: Run, arrivals: str) -> None:
        code, out, _ = run("booking.confirmed", "booking.*", "--bin", arrivals, "--earlier")
        assert code == 0
        assert out.startswith("met: 2 of 2 expected requests came")

    def test_order_counts_where_it_is_asked_for(self, run: Run, arrivals: str) -> None:
        wanted = ("booking.confirmed", "booking.created", "--bin", arrivals, "--earlier", "--patience", "0")
        assert run(*wanted)[0] == 0
        code, out, _ = run(*wanted, "--in-order")
        assert code == 1
        assert "came, but not in its turn" in " ".join(out.split())

    def test_anything_else_is_named(self, run: Run, arrivals: str) -> None:
        wanted = ("booking.*", "booking.*", "--bin", arrivals, "--earlier")
        code, out, _ = run(*wanted, "--nothing-else")
        assert (code, "reminder.sent" in out) == (1, True)

    def test_what_must_not_come(self, run: Run, arrivals: str) -> None:
        code, out, _ = run("booking.*", "--never", "reminder.*", "--bin", arrivals, "--earlier")
        assert (code, "must not come" in " ".join(out.split())) == (1, True)

    def test_signatures_where_they_are_asked_for(self, run: Run, arrivals: str) -> None:
        wanted = ("booking.created", "--signed", "--bin", arrivals, "--earlier", "--patience", "0")
        code, out, _ = run(*wanted, as_json=True)
        [result] = json.loads(out)["results"]
        assert (code, result["nearest"]["differences"]) == (1, ["the signature is absent, not valid"])

    def test_the_bin_that_gets_everything_is_watched_unless_said(self, run: Run, api: Api) -> None:
        sent = api.control.post("/sandbox/v1/webhook-triggers", json={"event": "booking.confirmed"})
        assert sent.status_code == 202
        everything = "/sandbox/v1/inspector/bins/bin_000000000000000000000000/wait"
        query = {"eventType": "booking.confirmed", "timeoutMs": 25000}
        assert api.control.get(everything, params=query).status_code == 200
        assert run("booking.confirmed", "--signed", "--earlier")[0] == 0

    def test_a_time_that_is_none_is_wrong_input(self, run: Run) -> None:
        code, _, err = run("a.b", "--within", "soon")
        assert (code, "--within" in err) == (2, True)

    def test_an_unknown_bin_is_refused(self, run: Run) -> None:
        code, _, err = run("a.b", "--bin", "bin_" + "f" * 24)
        assert (code, "RESOURCE_NOT_FOUND" in err) == (4, True)
