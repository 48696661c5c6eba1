"""`sandbox serve`."""

from __future__ import annotations

import gc
import os
import socket
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sandbox.commands.output import complain, say
from sandbox.config import TABLE, Settings, WrongSettings, read_settings

KEY = "sk_sandbox_partner_demo"
BIN = "bin_000000000000000000000000"
MUCH = 64 << 20
"""Bytes of changes that take a second or more to read."""


def serve(  # noqa: PLR0913 - its options
    host: Annotated[str | None, typer.Option(help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Default 8080; 0 takes a free one.")
    ] = None,
    sftp_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Batch files over SFTP; 0 takes a free port.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Directory that keeps every change; default: none.")
    ] = None,
    seed_profile: Annotated[
        str | None, typer.Option(help="empty, minimal, standard (default) or load.")
    ] = None,
    tls: Annotated[
        bool | None, typer.Option("--tls", help="Speak TLS; names the file that clients have to trust.")
    ] = None,
    smtp_relay: Annotated[
        str | None, typer.Option(help="Mail server that letters go to, as smtp://localhost:1025.")
    ] = None,
    durable: Annotated[bool | None, typer.Option("--durable", help="Answer writes only after fsync.")] = None,
) -> None:
    """Serve the platform, its control plane and its partners until interrupted."""
    given = {"host": host, "port": port, "sftp_port": sftp_port, "data_dir": data}
    given |= {"seed_profile": seed_profile, "durable": durable, "tls": tls, "smtp_relay": smtp_relay}
    try:
        settings = read_settings(os.environ, **given)
    except WrongSettings as wrong:
        for fault in wrong.faults:
            complain(fault)
        raise typer.Exit(2) from None
    settings = with_certificate(with_port(settings))
    gc.disable()  # what is made until the first request stays; the app turns it on again
    from sandbox.app import serve as serve_app  # loads the whole server, which no other command needs
    from sandbox.kernel.replay import ReplayRefused
    from sandbox.stores.directory import JOURNAL, DataDirectoryRefused

    if settings.data_dir and (size := _size(settings.data_dir / JOURNAL)) > MUCH:
        say(f"Reading {size >> 20} MB of changes in {settings.data_dir} …")
    try:
        serve_app(settings, opened=partial(_greet, settings))
    except (DataDirectoryRefused, ReplayRefused, OSError) as refused:
        complain(str(refused))
        raise typer.Exit(3) from None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # what is wrong with it is said when it is opened


def _greet(settings: Settings) -> None:
    for line in welcome(settings):
        say(line)


def with_port(settings: Settings) -> Settings:
    """The settings with ports that are free; exits when a wanted one is not."""
    ports = {"port": _free(settings.host, settings.port, "--port")}
    if settings.sftp_port is not None:
        if find_spec("asyncssh") is None:
            complain("SFTP needs one more library", "Install it: pip install asyncssh")
            raise typer.Exit(3)
        ports["sftp_port"] = _free(settings.host, settings.sftp_port, "--sftp-port")
    return read_settings(os.environ, **{**_values(settings), **ports})


def with_certificate(settings: Settings) -> Settings:
    """The settings with a certificate for TLS where none was given: kept, so that it is trusted only once."""
    if not settings.tls or settings.tls_certificate is not None:
        return settings
    from sandbox.kernel.clock import from_epoch, system_clock
    from sandbox.stores.certificates import certificates

    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "event-sandbox"
    host = urlsplit(settings.base_url).hostname or ""
    directory = settings.data_dir or state
    try:
        made = certificates(directory / "tls", host, from_epoch(system_clock()))
    except OSError as reason:
        complain(
            f"no certificate can be kept in {directory}: {reason.strerror}", "Choose another with --data."
        )
        raise typer.Exit(3) from None
    return replace(settings, tls_certificate=made.certificate, tls_key=made.key)


def authority_of(settings: Settings) -> Path | None:
    """The file that clients have to trust, if its certificate was made here."""
    beside = settings.tls_certificate and settings.tls_certificate.with_name("ca.pem")
    return beside if beside is not None and beside.is_file() else None


def _free(host: str, port: int, option: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as reason:
            complain(
                f"cannot listen on {host}:{port}: {reason.strerror}",
                f"Choose another with {option}; 0 takes a free one.",
            )
            raise typer.Exit(3) from None
        return int(probe.getsockname()[1])


def welcome(settings: Settings) -> list[str]:
    """What a newcomer needs next; the curl lines work when pasted."""
    base = settings.base_url
    authority = authority_of(settings)
    kept = f"kept in {settings.data_dir}" if settings.data_dir else "in memory"
    return [
        f"Sandbox at {base}  ({settings.seed_profile} world, {kept})",
        "",
        f"  Console         {base}/",
        f"  Documentation   {base}/docs",
        f"  API key         {KEY}",
        "  OAuth clients   partner-demo / partner-demo-secret, specialist-demo / specialist-demo-secret",
        f"  Inspector bin   {base}/inspect/{BIN}",
        *_sftp_line(settings),
        *([f"  Trust this CA   {authority}"] if authority else []),
        "",
        "Try:",
        *(f"  {line}" for line in curl_lines(base, authority)),
        "",
        "Stop with Ctrl-C.",
    ]


def _sftp_line(settings: Settings) -> list[str]:
    if settings.sftp_port is None:
        return []
    return [
        f"  Batch files     sftp -P {settings.sftp_port} any@{settings.host}   (the API key is the password)"
    ]


def curl_lines(base: str, authority: Path | None = None) -> list[str]:
    """A read, something sent to the inspector, and what the inspector saw."""
    curl = "curl -s" if authority is None else f"curl -s --cacert {quote(str(authority))}"
    return [
        f"{curl} -H 'X-API-Key: {KEY}' '{base}/api/v1/events?pageSize=3'",
        f"{curl} '{base}/inspect/{BIN}/hello' -H 'Content-Type: application/json' -d '{{\"hello\": 1}}'",
        f"{curl} -H 'X-API-Key: {KEY}' '{base}/sandbox/v1/inspector/bins/{BIN}/requests'",
    ]


def _values(settings: Settings) -> dict[str, object]:
    return {row.name: value for row in TABLE if (value := getattr(settings, row.name)) is not None}
