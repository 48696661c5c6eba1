"""`sandbox serve --sftp-port`: what is said when it works, and when it cannot."""

from __future__ import annotations

import socket

import pytest
import typer

from sandbox.commands import serve
from sandbox.config import Settings, read_settings


def test_the_welcome_tells_how_to_connect() -> None:
    assert any("sftp -P 2222 any@127.0.0.1" in line for line in serve.welcome(Settings(sftp_port=2222)))
    assert not any("sftp" in line for line in serve.welcome(Settings()))


def test_zero_takes_a_free_port() -> None:
    settings = serve.with_port(Settings(port=0, sftp_port=0))
    assert settings.sftp_port not in (None, 0, settings.port)


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(typer.Exit):
            serve.with_port(Settings(port=0, sftp_port=port))
    assert "--sftp-port" in capsys.readouterr().err


def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "find_spec", lambda _: None)
    with pytest.raises(typer.Exit):
        serve.with_port(Settings(port=0, sftp_port=0))
    assert "pip install asyncssh" in capsys.readouterr().err


def test_without_a_port_the_library_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "find_spec", lambda _: None)
    assert serve.with_port(Settings(port=0)).sftp_port is None


def test_the_port_comes_from_the_environment_as_well() -> None:
    assert read_settings({"SANDBOX_SFTP_PORT": "2022"}).sftp_port == 2022
