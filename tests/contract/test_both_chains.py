"""The compiled plans and Connexion's own chain refuse the same requests in the same words, everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.contract.document import load
from tests.conftest import Api, Server

JSON = "application/json"
BODIES = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b'{"nope": 1}',
    b'{"name": ',
    b'{"a": 1, "a": 2}',
    b'{"name": "\xe9"}',
    b'{"name": "\\u0000"}',
    b'{"name": NaN}',
    b"[" * 70 + b"]" * 70,
    b'\xef\xbb\xbf{"name": "x"}',
)
"""Wrong wherever a body is asked for as an object with members of its own."""
TYPES = (JSON, "text/plain", "application/xml", "", "nonsense")
PARAMETER = re.compile(r"{\w+}")
OWN_BUSINESS = ("date", "server")
OPEN_BODIES = {"echo"}
"""Take whatever comes, and say what came."""

Case = tuple[str, str, str, str, bytes]


def cases() -> Iterator[Case]:
    """Name, method, path with query, media type and body: what no operation takes."""
    number = 0
    for name in ("platform", "control"):
        for path, item in load(name)["paths"].items():
            for method, operation in item.items():
                if method not in ("get", "post", "put", "patch", "delete"):
                    continue
                number += 1
                label, verb = operation["operationId"], method.upper()
                plain = re.sub(PARAMETER, "00000000-0000-4000-8000-000000000000", path)
                yield label, verb, f"{plain}?nope=1", JSON, BODIES[number % len(BODIES)]
                if "{" in path:
                    yield label, verb, re.sub(PARAMETER, "n%0ape", path) + "?nope=1", JSON, b"{}"
                if "requestBody" in operation and label not in OPEN_BODIES:
                    yield label, verb, plain, JSON, BODIES[number * 5 % len(BODIES)]
                    yield label, verb, plain, TYPES[number % len(TYPES)], b'{"nope": 1}'


@pytest.fixture(name="chains", scope="module")
def _chains() -> Iterator[tuple[Api, Api]]:
    """The same world twice, at the same moment that does not pass."""
    servers = [Server(stack=stack, public_url="http://sandbox.example") for stack in ("fused", "stock")]
    clients = []
    for server in servers:
        server.url = f"http://127.0.0.1:{server.settings.port}"
        server.start()
        server.make_it_wednesday("frozen")
        clients.append(Api(server, "ws_default", {}).as_("specialist-demo"))
    yield clients[0], clients[1]
    for server in servers:
        server.stop()


def answer(client: Api, case: Case) -> tuple[int, list[tuple[str, str]], bytes]:
    """What there is to compare."""
    _, method, path, media, body = case
    headers = {"Host": "sandbox.example", **({"Content-Type": media} if media else {})}
    got = client.request(method, path, content=body or None, headers=headers)
    told = [(name, value) for name, value in got.headers.multi_items() if name not in OWN_BUSINESS]
    return got.status_code, sorted(told), got.content


def test_both_say_the_same(chains: tuple[Api, Api]) -> None:
    compiled, stock = chains
    different: list[Any] = []
    seen = 0
    for case in cases():
        one, other = answer(compiled, case), answer(stock, case)
        seen += 1
        if one != other or one[0] >= 500:
            different.append((case, one, other))
    assert different == []
    assert seen > 900
