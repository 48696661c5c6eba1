"""The `sandbox` command against a live server."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from sandbox.cli import main
from sandbox.commands.clock import iso_duration
from sandbox.commands.serve import curl_lines, welcome
from sandbox.config import Settings
from tests.programs import needs_curl

if TYPE_CHECKING:
    from tests.conftest import Api, Server

NOWHERE = "http://127.0.0.1:9"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(api: Api, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in the test's own workspace; (exit code, output, complaints)."""
    for name in ("SANDBOX_URL", "SANDBOX_API_KEY", "SANDBOX_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, url: str = server.url) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--url", url, "--workspace", api.workspace_id, *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


class TestReset:
    def test_puts_the_workspace_back(self, run: Run, api: Api) -> None:
        created = api.post("/api/v1/customers", json={"givenName": "New", "email": "new@sandbox.example"})
        assert created.status_code == 201
        code, out, _ = run("reset")
        assert code == 0
        assert api.get(f"/api/v1/customers/{created.json()['id']}").status_code == 404
        assert f"{api.workspace_id} is back to standard" in out

    def test_an_unknown_profile_is_wrong_input(self, run: Run) -> None:
        code, _, err = run("reset", "--profile", "huge")
        assert code == 2
        assert "empty, minimal, standard, load" in err


class TestFork:
    def test_makes_a_workspace_and_prints_its_id_first(self, run: Run, server: Server) -> None:
        code, out, _ = run("fork", "--name", "copy")
        assert code == 0
        assert server.sandbox.workspaces.get(out.splitlines()[0]) is not None


class TestSnapshot:
    def test_keeps_restores_and_forgets(self, run: Run, api: Api) -> None:
        assert run("snapshot", "create", "before")[0] == 0
        before = api.workspace.state_hash()
        api.post("/api/v1/customers", json={"givenName": "New", "email": "new@sandbox.example"})
        assert run("snapshot", "restore", "before")[0] == 0
        assert before == api.workspace.state_hash()
        assert "before" in run("snapshot", "list")[1]
        assert run("snapshot", "delete", "before")[0] == 0
        assert "before" not in run("snapshot", "list")[1]

    def test_a_name_nobody_gave_is_wrong_input(self, run: Run) -> None:
        code, _, err = run("snapshot", "restore", "never")
        assert code == 2
        assert "no snapshot is called 'never'" in err


class TestClock:
    def test_moves_and_says_what_fell_due(self, run: Run) -> None:
        run("clock", "set", "2030-01-01T00:00:00Z")
        code, out, _ = run("clock", "advance", "1h30m")
        assert code == 0
        assert out.startswith("2030-01-01T01:30:00.000Z  frozen")

    def test_going_back_is_refused_with_the_reason(self, run: Run) -> None:
        code, _, err = run("clock", "set", "2001-01-01T00:00:00Z")
        assert code == 4
        assert "CLOCK_CANNOT_GO_BACK" in err

    def test_can_be_real_again(self, run: Run) -> None:
        run("clock", "set", "2030-01-01T00:00:00Z")
        assert run("clock", "real")[1].strip().endswith("real")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("90s", "PT90S"), ("1h30m", "PT1H30M"), ("2d", "P2D"), ("1w", "P7D"), ("pt24h", "PT24H")],
    )
    def test_reads_short_durations(self, text: str, expected: str) -> None:
        assert expected == iso_duration(text)

    @pytest.mark.parametrize("text", ["", "soon", "5", "-1h"])
    def test_refuses_what_is_no_duration(self, text: str) -> None:
        with pytest.raises(typer.BadParameter):
            iso_duration(text)


class TestTrigger:
    def test_sends_an_event(self, run: Run) -> None:
        code, out, _ = run("--json", "trigger", "registration.confirmed")
        assert code == 0
        assert json.loads(out)["messageIds"]

    def test_to_an_address_it_says_what_came_back_and_what_was_signed_with(self, run: Run) -> None:
        gone = "https://inspector.sandbox.example/bin_000000000000000000000002"
        code, out, _ = run("trigger", "registration.confirmed", "--to", gone)
        assert code == 0
        assert out.startswith("Signing secret  whsec_")
        assert " 410 " in out.splitlines()[-1]

    def test_an_unknown_event_is_refused_with_the_servers_words(self, run: Run) -> None:
        code, _, err = run("trigger", "moon.risen")
        assert code == 4
        assert "UNKNOWN_EVENT_TYPE" in err


class TestCredentials:
    def test_lists_credentials_and_personas(self, run: Run) -> None:
        code, out, _ = run("--json", "credentials", "list")
        listed = json.loads(out)
        assert code == 0
        assert "partner-demo" in [credential["clientId"] for credential in listed["credentials"]]
        assert listed["personas"]

    def test_what_is_piped_is_not_wrapped(self, run: Run) -> None:
        """Each id in one piece, and what belongs to it on its line."""
        keys = [
            line.split() for line in run("credentials", "list")[1].splitlines() if line.startswith("key_")
        ]
        assert keys
        assert all(len(key[0]) == 28 and len(key) >= 4 for key in keys)

    def test_every_persona_says_who_it_is(self, run: Run) -> None:
        lines = run("credentials", "list")[1].splitlines()
        personas = lines[next(i for i, line in enumerate(lines) if line.startswith("PERSONA")) + 1 :]
        assert all(len(line.split()) > 1 for line in personas)

    def test_a_new_key_works(self, run: Run, api: Api) -> None:
        made = json.loads(run("--json", "credentials", "create", "Mine")[1])
        key = next(value for value in made.values() if str(value).startswith("sk_sandbox_"))
        answer = api.anonymous.get("/api/v1/bookings", headers={"X-API-Key": key})
        assert answer.status_code == 200

    def test_a_minted_token_works(self, run: Run, api: Api) -> None:
        token = run("credentials", "token", "attendee")[1].strip()
        assert api.bearer(token).get("/api/v1/validation/auth").status_code == 200

    def test_a_token_needs_somebody(self, run: Run) -> None:
        assert run("credentials", "token")[0] == 2


class TestScenarios:
    def test_list_shows_them(self, run: Run) -> None:
        assert "double-booking" in run("scenarios", "list")[1]

    def test_run_writes_reports(self, run: Run, tmp_path: Path) -> None:
        junit, page = tmp_path / "new" / "junit.xml", tmp_path / "page.html"
        code, out, _ = run("scenarios", "run", "double-booking", "--junit", str(junit), "--html", str(page))
        assert (code, out.splitlines()[-1]) == (0, "1 passed")
        assert 'failures="0"' in junit.read_text(encoding="utf-8")
        assert "All 1 passed" in page.read_text(encoding="utf-8")

    def test_a_report_that_cannot_be_written_is_said_so(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        code, _, err = run(
            "scenarios", "run", "double-booking", "--junit", str(tmp_path / "file" / "junit.xml")
        )
        assert code == 2
        assert "junit.xml" in err

    @pytest.mark.parametrize("arguments", [[], ["nope"], ["--all", "double-booking"]])
    def test_run_wants_names_or_all(self, run: Run, arguments: list[str]) -> None:
        assert run("scenarios", "run", *arguments)[0] == 2

    def test_a_server_that_is_not_there_is_said_so(self, run: Run) -> None:
        code, _, err = run("scenarios", "run", "double-booking", url=NOWHERE)
        assert code == 3
        assert NOWHERE in err


class TestDoctor:
    def test_finds_everything_in_order(self, run: Run) -> None:
        code, out, _ = run("doctor")
        assert code == 0
        assert "wrong" not in out
        assert "missing" not in out

    def test_a_missing_server_is_no_fault_of_the_installation(self, run: Run) -> None:
        code, out, _ = run("doctor", url=NOWHERE)
        assert code == 0
        assert [line.split()[:2] for line in out.splitlines()][-1] == ["missing", "server"]


class TestFailures:
    @pytest.mark.parametrize("command", [["clock", "show"], ["reset"], ["credentials", "list"]])
    def test_an_unreachable_server_has_a_code_of_its_own(self, run: Run, command: list[str]) -> None:
        code, _, err = run(*command, url=NOWHERE)
        assert code == 3
        assert "sandbox serve" in err

    @pytest.mark.parametrize("said", ["", "1"])
    def test_complaints_are_coloured_unless_somebody_said_no(
        self, said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        terminal = StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("NO_COLOR", said)
        assert main(["--url", NOWHERE, "clock", "show"]) == 3
        assert ("\x1b[" in terminal.getvalue()) == (said == "")

    @pytest.mark.parametrize(
        "url", ["", "ftp://127.0.0.1", "http://", "http://a b", "http://127.0.0.1:99999"]
    )
    def test_what_is_no_address_is_wrong_input(self, run: Run, url: str) -> None:
        for command in (["clock", "show"], ["scenarios", "run", "double-booking"]):
            code, _, err = run(*command, url=url)
            assert code == 2
            assert "--url" in err

    def test_the_scheme_of_the_address_can_be_left_out(self, run: Run, server: Server) -> None:
        assert run("clock", "show", url=server.url.removeprefix("http://"))[0] == 0

    def test_a_file_of_an_authority_that_is_none_is_wrong_input(self, run: Run, tmp_path: Path) -> None:
        code, _, err = run("--ca", str(tmp_path / "none.pem"), "clock", "show")
        assert code == 2
        assert "--ca" in err

    def test_what_the_server_says_reads_as_one_sentence(self, run: Run) -> None:
        assert ".:" not in run("clock", "set", "soon")[2]

    def test_calls_that_come_too_fast_are_made_again_when_the_server_says(
        self, run: Run, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        control = api.control

        def recover(seconds: float) -> None:
            waits.append(seconds)
            control.post("/sandbox/v1/rate-limits/reset")

        monkeypatch.setattr("sandbox.commands.client.sleep", recover)
        one = {"limit": 1, "windowSeconds": 60, "burst": 1, "concurrent": 5}
        policy = {"enabled": True, "tiers": {"anonymous": one, "partner": one, "internal": one}}
        assert control.put("/sandbox/v1/rate-limits", json=policy).status_code == 200
        assert [run("clock", "show")[0] for _ in range(4)] == [0, 0, 0, 0]
        assert waits

    def test_a_bad_key_is_refused_with_advice(self, run: Run) -> None:
        code, _, err = run("--api-key", "sk_sandbox_wrong", "clock", "show")
        assert code == 4
        assert "SANDBOX_API_KEY" in err


class TestServe:
    @needs_curl
    def test_the_curl_lines_work_when_pasted(self, server: Server) -> None:
        for line in curl_lines(server.url):
            answer = subprocess.run(
                [*shlex.split(line), "-w", "\n%{http_code}"], capture_output=True, text=True
            )
            assert answer.stdout.splitlines()[-1] == "200", line

    def test_the_welcome_names_what_a_newcomer_needs(self) -> None:
        text = "\n".join(welcome(Settings(port=9000)))
        for needed in (
            "http://127.0.0.1:9000/docs",
            "sk_sandbox_partner_demo",
            "partner-demo-secret",
            "/inspect/",
        ):
            assert needed in text

    def test_wrong_settings_are_all_named(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SANDBOX_STACK", "fast")
        code, _, err = run("serve", "--host", "0.0.0.0")
        assert code == 2
        assert "SANDBOX_STACK" in err
        assert "SANDBOX_ADMIN_KEY" in err

    def test_nobody_is_welcomed_where_nothing_can_be_kept(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        code, out, err = run("serve", "--port", "0", "--data", str(tmp_path / "file"))
        assert (code, out) == (3, "")
        assert "cannot be a data directory" in err

    def test_a_port_in_use_is_said_so(self, run: Run, server: Server) -> None:
        code, _, err = run("serve", "--port", str(server.settings.port))
        assert code == 3
        assert "--port" in err
