"""`sandbox doctor`: is everything there that the sandbox needs, and does the server do what it should?"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import typer

from sandbox.commands.context import Session, session
from sandbox.commands.failures import Refused, Unreachable
from sandbox.commands.output import say, say_json
from sandbox.config import WrongSettings, read_settings

PACKAGES = ("connexion", "starlette", "uvicorn", "tinydb", "msgspec", "jsonschema-rs", "aiohttp", "joserfc")


class Finding(NamedTuple):
    """One thing looked at."""

    state: Literal["ok", "missing", "wrong"]
    what: str
    detail: str


def doctor(context: typer.Context) -> None:
    """Check this installation and the server; exit code 1 if something is wrong."""
    current = session(context)
    findings = [
        finding
        for look in (_python, _packages, _settings, _contracts, _server(current))
        for finding in look()
    ]
    if current.as_json:
        say_json([finding._asdict() for finding in findings])
    else:
        for state, what, detail in findings:
            say(f"{state:8}{what:22}{detail}", {"ok": None, "missing": "yellow", "wrong": "red"}[state])
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


def _python() -> Iterator[Finding]:
    good = (3, 11) <= sys.version_info < (3, 15)
    yield Finding("ok" if good else "wrong", "Python", f"{platform.python_version()} ({sys.executable})")


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version  # not for those who only serve

    for name in PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("wrong", name, "is not installed; run `make install`")


def _settings() -> Iterator[Finding]:
    try:
        settings = read_settings(os.environ)
    except WrongSettings as wrong:
        yield from (Finding("wrong", "settings", fault) for fault in wrong.faults)
        return
    yield Finding("ok", "settings", f"{settings.seed_profile} world, {settings.stack} stack")
    if settings.data_dir is not None:
        parent = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
        writable = os.access(parent, os.W_OK)
        yield Finding("ok" if writable else "wrong", "data directory", f"{settings.data_dir}")


def _contracts() -> Iterator[Finding]:
    from sandbox.contract.document import load  # slow to import, and of no use to the other commands

    for name in ("platform", "control"):
        try:
            yield Finding("ok", f"{name} contract", f"{len(load(name)['paths'])} paths")
        except (OSError, ValueError, KeyError) as fault:
            yield Finding("wrong", f"{name} contract", f"{fault}; run `make contract`")


def _server(current: Session) -> Callable[[], Iterator[Finding]]:
    def look() -> Iterator[Finding]:
        try:
            clock = current.client.get("/sandbox/v1/clock")
            fixtures = current.client.get("/sandbox/v1/fixtures", pageSize=1)
        except Unreachable as reason:
            yield Finding("missing", "server", f"{reason}; start one with `sandbox serve`")
        except Refused as reason:
            yield Finding("wrong", "server", str(reason))
        else:
            yield Finding("ok", "server", current.url)
            yield Finding("ok", "clock", f"{clock['now']} {clock['mode']}")
            yield Finding("ok", "fixtures", f"{fixtures['pagination'].get('totalItems', 'some')}")

    return look
