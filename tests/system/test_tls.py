"""A server that speaks TLS with a certificate of its own making, and what its clients need to trust it."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import typer
from cryptography import x509

from sandbox.commands.client import ControlClient
from sandbox.commands.failures import Unreachable
from sandbox.commands.serve import with_certificate
from sandbox.config import Settings
from sandbox.stores.certificates import SERVER_LIFE, certificates
from tests.processes import Served
from tests.programs import needs_curl

NOW = datetime(2026, 11, 18, 8, tzinfo=UTC)
KEY = {"X-API-Key": "sk_sandbox_partner_demo"}


def client(served: Served, authority: Path) -> httpx2.Client:
    trusting = ssl.create_default_context(cafile=str(authority))
    return httpx2.Client(base_url=served.url, verify=trusting, headers=KEY, timeout=30)


@pytest.fixture(scope="module", name="data")
def _data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module", name="served")
def _served(data: Path) -> Iterator[Served]:
    served = Served("--tls", data=data)
    yield served
    served.stop()


class TestServe:
    def test_names_the_file_that_clients_have_to_trust(self, served: Served, data: Path) -> None:
        assert served.url.startswith("https://127.0.0.1:")
        assert served.says("Trust this CA")[0].split()[-1] == str(data / "tls" / "ca.pem")

    def test_is_trusted_by_address_and_by_name_with_that_file_alone(self, served: Served, data: Path) -> None:
        authority = data / "tls" / "ca.pem"
        with client(served, authority) as trusting:
            answer = trusting.get("/api/v1/locations")
            by_name = trusting.get(f"https://localhost:{served.port}/health/live")
        assert (answer.status_code, by_name.status_code) == (200, 200)
        assert "strict-transport-security" not in answer.headers
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx2.get(f"{served.url}/health/live", verify=ssl.create_default_context())

    def test_commands_reach_it_with_that_file(self, served: Served, data: Path) -> None:
        authority = str(data / "tls" / "ca.pem")
        told = ControlClient(served.url, KEY["X-API-Key"], authority=authority).get("/sandbox/v1/clock")
        assert told["mode"] == "real"
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            ControlClient(served.url, KEY["X-API-Key"]).get("/sandbox/v1/clock")

    @needs_curl
    def test_the_lines_to_paste_work(self, served: Served) -> None:
        lines = [each for each in served.output if each.startswith("  curl ")]
        assert lines
        for line in lines:
            done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)
            assert (done.returncode, done.stderr) == (0, ""), line

    def test_delivers_to_its_own_inspector_over_tls(self, served: Served, data: Path) -> None:
        with client(served, data / "tls" / "ca.pem") as trusting:
            made = trusting.post("/sandbox/v1/inspector/bins", json={"name": "TLS"}).json()
            body = {"url": made["url"], "eventTypes": ["webhook.ping"]}
            webhook = trusting.post("/api/v1/webhooks", json=body)
            assert webhook.status_code == 201, webhook.text
            tested = trusting.post(f"/api/v1/webhooks/{webhook.json()['id']}/test", json={})
            assert tested.status_code in (200, 201, 202), tested.text
            wait = {"timeoutMs": 25_000}
            arrived = trusting.get(f"/sandbox/v1/inspector/bins/{made['id']}/wait", params=wait)
        assert arrived.json()["data"][0]["signature"]["valid"] is True


class TestCertificates:
    def test_are_kept_while_they_are_good(self, tmp_path: Path) -> None:
        made = certificates(tmp_path, "127.0.0.1", NOW)
        before = [file.read_bytes() for file in made]
        again = certificates(tmp_path, "127.0.0.1", NOW + timedelta(days=300))
        assert [file.read_bytes() for file in again] == before

    def test_the_servers_is_renewed_under_the_same_authority(self, tmp_path: Path) -> None:
        made = certificates(tmp_path, "", NOW)
        authority, certificate = made.authority.read_bytes(), made.certificate.read_bytes()
        certificates(tmp_path, "", NOW + SERVER_LIFE - timedelta(days=10))
        assert made.authority.read_bytes() == authority
        assert made.certificate.read_bytes() != certificate

    def test_what_was_made_by_a_clock_that_was_fast_is_made_again(self, tmp_path: Path) -> None:
        early = certificates(tmp_path, "", NOW + timedelta(days=300)).authority.read_bytes()
        assert certificates(tmp_path, "", NOW).authority.read_bytes() != early

    def test_another_name_takes_another_authority_that_is_good_for_it(self, tmp_path: Path) -> None:
        authority = certificates(tmp_path, "", NOW).authority.read_bytes()
        named = certificates(tmp_path, "sandbox.acme.example", NOW)
        assert named.authority.read_bytes() != authority
        found = x509.load_pem_x509_certificates(named.certificate.read_bytes())
        names = found[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "sandbox.acme.example" in names.get_values_for_type(x509.DNSName)
        found[0].verify_directly_issued_by(found[1])

    def test_keys_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        certificates(tmp_path / "tls", "", NOW)
        assert {file.stat().st_mode & 0o777 for file in (tmp_path / "tls").glob("*.key")} == {0o600}


def test_where_no_certificate_can_be_kept_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(typer.Exit) as left:
        with_certificate(Settings(tls=True, data_dir=tmp_path / "file"))
    assert left.value.exit_code == 3
    assert f"no certificate can be kept in {tmp_path / 'file'}: Not a directory" in capsys.readouterr().err
