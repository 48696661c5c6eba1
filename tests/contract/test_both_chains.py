"""The compiled plans and Connexion's own chain refuse the same requests in the same words, everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.contract.document import load
from tests.conftest import KEYS, Api, Server

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

EVENTS, CUSTOMERS = "/api/v1/events", "/api/v1/customers"
LOCATION = "/api/v1/locations/c1000000-0000-4000-8000-000000000001"
FORM = "application/x-www-form-urlencoded"
GOOD = b'{"givenName": "Ida", "email": "ida.odd@sandbox.example"}'
ODD: list[tuple[str, str, dict[str, str], bytes, int]] = [
    *(
        ("GET", EVENTS, {"Accept": each}, b"", 200)
        for each in ("", ",", "*/*;q=0.1", "text/*", "APPLICATION/JSON")
    ),
    *(
        ("GET", EVENTS, {"Accept": each}, b"", 406)
        for each in ("*/json", "*/*;q=0", "text/csv;q=2", "\xe9/\xe9", "a/b")
    ),
    *(
        ("GET", "/nowhere", {"Accept-Language": each}, b"", 404)
        for each in ("de;q=0,*", "pl-PL", "\xff", ",;q=", "a" * 999)
    ),
    *(
        ("GET", LOCATION, {"If-None-Match": each}, b"", 304)
        for each in ("*", '"a,b", W/"location-00000001-v1"')
    ),
    *(
        ("GET", LOCATION, {"If-None-Match": each}, b"", 200)
        for each in ("", "location-00000001-v1", '"\xe9"')
    ),
    *(
        ("GET", LOCATION, {"If-Modified-Since": each}, b"", 200)
        for each in ("soon", "Thu, 1 Jan 1970 00:00:00 -9999")
    ),
    *(
        ("PATCH", LOCATION, {"If-Match": each}, b'{"city": "Berlin"}', 412)
        for each in ("", "x", 'W/"location-00000001-v1"')
    ),
    *(("GET", LOCATION, {"Range": each}, b"", 200) for each in ("bytes=0-1", "bytes=9-1", "pages=1")),
    *(("GET", LOCATION, {"X-API-Version": each}, b"", 400) for each in ("", "1", "1.2,1.0", "2.0", "\xb9.2")),
    *(
        ("POST", CUSTOMERS, {"Content-Type": each}, b"{}", 400)
        for each in ("application/json; charset=x", "Application/JSON;")
    ),
    *(
        ("POST", CUSTOMERS, {"Content-Type": each}, b"{}", 415)
        for each in ("text/json", "*/*", "application/json, text/plain")
    ),
    *(("POST", CUSTOMERS, {"Content-Encoding": each}, b"\x1f\x8b", 415) for each in ("gzip", "br")),
    *(("POST", CUSTOMERS, {"Idempotency-Key": each}, GOOD, 400) for each in ("", "a b", "\xe9", "k" * 256)),
    *(
        ("POST", CUSTOMERS, {}, b'{"metadata": {"a": %b}}' % each, 400)
        for each in (b"1e400", b"-0", b"01", b"Infinity", b'"\\udfff"')
    ),
    *(
        ("POST", CUSTOMERS, {}, each, 400)
        for each in (b'{"\xc3\xa9": 1, "e\xcc\x81": 1}', b'{"a": 1,}', b"{} {}", b"\xed\xa0\x80")
    ),
    *(
        ("POST", "/oauth/token", {"Content-Type": FORM}, each, 400)
        for each in (b"a=1&a=2", b"a=%ff", b"a=1&" * 2000, b"b=1")
    ),
    *(
        ("GET", f"{CUSTOMERS}?{each}", {}, b"", 400)
        for each in (
            "limit=%EF%BC%99",
            "limit=1e3",
            "limit=-0.0",
            "page=1&page=1",
            "cursor=%00",
            "cursor=AAAA",
            "sort=-",
            "sort=id&sort=id",
            "fields=_x",
            "q=%ED%A0%80",
            "updatedSince=2026-02-29T00:00:00Z",
            "updatedSince=2026-01-01T00:00:00+02:00",
            "updatedSince=9999-12-31T23:59:59-14:00",
            "updatedSince=2016-12-31T23:59:60Z",
            "PAGE=1&pagesize=1&limit=x",
        )
    ),
    *(
        ("GET", f"{CUSTOMERS}?{each}", {}, b"", 200)
        for each in (
            "&",
            "limit=05",
            "fields=id,,email",
            "updatedSince=2024-02-29T00:00:00%2B14:00",
            "updatedSince=9999-12-31T23:59:59Z",
        )
    ),
    *(("GET", f"/api/v1/{each}?fields=id", {}, b"", 200) for each in ("changelog", "batch-jobs")),
]
"""What is odd, and taken or refused by rule."""


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
    servers = [
        Server("frozen", stack=stack, public_url="http://sandbox.example") for stack in ("fused", "stock")
    ]
    clients = []
    for server in servers:
        server.url = f"http://127.0.0.1:{server.settings.port}"
        server.start()
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


def test_both_take_what_is_odd_alike(chains: tuple[Api, Api]) -> None:
    partners = [
        Api(client.server, client.workspace_id, {"X-API-Key": KEYS["partner-demo"]}) for client in chains
    ]
    for method, path, headers, body, status in ODD:
        sent = {"Host": "sandbox.example", **({"Content-Type": JSON} if body else {}), **headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
        one, other = (client.request(method, path, content=body or None, headers=raw) for client in partners)
        case = (method, path, headers, body[:80], one.text[:400])
        assert one.status_code == status, case
        assert (one.status_code, one.content) == (other.status_code, other.content), case


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
