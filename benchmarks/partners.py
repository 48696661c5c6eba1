"""The Stripe mock, through Flask and behind every layer, against localstripe in the same run."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import orjson

from benchmarks.facts import ROOT
from benchmarks.load import request
from benchmarks.processes import free_port, server
from benchmarks.targets import Report, Target
from benchmarks.traffic import alternate, sandbox, versus

LOCALSTRIPE = "localstripe==1.15.10"
HOME = ROOT / ".bench" / "localstripe"
KEY = "sk_test_sandbox"
TARGETS = {"GET": Target(0.5, 0.9), "LIST": Target(2, 3), "POST": Target(10, 20)}
CUSTOMERS = 20

_numbers = itertools.count(1)


def installed() -> str:
    """The peer's command in an environment of its own, made on first use; empty when it cannot be had."""
    command = HOME / "bin" / "localstripe"
    if not command.exists():
        steps = (
            [sys.executable, "-m", "venv", str(HOME)],
            [str(HOME / "bin/pip"), "install", "--quiet", LOCALSTRIPE],
        )
        if any(subprocess.run(step, capture_output=True, check=False).returncode for step in steps):
            return ""
    return str(command)


def customer() -> bytes:
    number = next(_numbers)
    return f"email=payer{number}%40sandbox.example&name=Payer+{number}&metadata[number]={number}".encode()


def fill(port: int, prefix: str) -> str:
    """Twenty customers on each side; gives the id of the last."""
    for _ in range(CUSTOMERS):
        call = Request(
            f"http://127.0.0.1:{port}{prefix}/v1/customers", customer(), {"Authorization": f"Bearer {KEY}"}
        )
        with urlopen(call, timeout=30) as answer:
            last = str(orjson.loads(answer.read())["id"])
    return last


def requests(port: int, prefix: str) -> dict[str, Callable[[], bytes]]:
    headers = {"authorization": f"Bearer {KEY}"}
    one = request("GET", f"{prefix}/v1/customers/{fill(port, prefix)}", headers)
    page = request("GET", f"{prefix}/v1/customers?limit=20", headers)
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    return {
        "GET": lambda: one,
        "LIST": lambda: page,
        "POST": lambda: request("POST", f"{prefix}/v1/customers", form, customer()),
    }


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """Reads before writes: the peer slows down with every customer it keeps."""
    command = installed()
    if not command:
        for what, target in TARGETS.items():
            report.add(
                f"Stripe mock {what} to localstripe", target, None, f"{LOCALSTRIPE} could not be installed"
            )
        return
    port = free_port()
    theirs = [command, "--port", str(port), "--from-scratch"]
    with sandbox("--data", str(folder / "mock")) as ours, server(theirs, port, "/v1/customers") as peer:
        sent = {
            "ours": (ours, requests(ours.port, "/mocks/stripe")),
            "localstripe": (peer, requests(port, "")),
        }
        for what, target in TARGETS.items():
            servers = {name: (running, each[what]) for name, (running, each) in sent.items()}
            measured = alternate(report, what, servers, seconds, rounds)
            versus(
                report,
                f"Stripe mock {what} to localstripe",
                target,
                measured["ours"],
                measured["localstripe"],
            )
