"""Whatever comes in, the answer is the specified error: never a 500, and nothing is half done."""

from __future__ import annotations

import gzip
import json
import socket
from typing import Any

import pytest

from tests.conftest import Api, Server

PATH = "/api/v1/customers"
GOOD = {"givenName": "Maria", "email": "maria@sandbox.example"}
NO_REQUESTS = [
    b"NONSENSE\r\n\r\n",
    b"FOO /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/ev ents HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://elsewhere HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
    b"GET /health/live HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x/y@z\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nX-A: b\0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
]


def send(api: Api, body: bytes, content_type: str = "application/json") -> Any:
    return api.post(PATH, content=body, headers={"Content-Type": content_type})


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (status, code) == (answer.status_code, answer.json()["error"]["code"]), answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def said_to(server: Server, raw: bytes, leaves: bool = False) -> bytes:
    """All that comes back until the server closes, also to a caller who says that nothing follows."""
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=30) as connection:
        connection.sendall(raw)
        if leaves:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def deep(levels: int) -> bytes:
    return b'{"givenName": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.fixture(name="unchanged", autouse=True)
def _unchanged(api: Api) -> Any:
    """No refused request leaves a customer behind."""
    with api.workspace.transaction() as tx:
        before = tx.count("customer")
    yield
    with api.workspace.transaction() as tx:
        assert before == tx.count("customer")


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b'{"givenName": "Maria"',
            b"not json",
            b'{"givenName": "Mar',
            b'{"givenName": "\xff\xfe"}',
            b"\xff\xfe\x00",
            b'{"givenName": "a", "givenName": "b"}',
            b'{"givenName": "a\\"", "x": 1, "x": 2}',
            b'{"metadata": {"a": "1", "a": "2"}, "givenName": "b"}',
            b'{"givenName": NaN}',
            b'{"givenName": "\\ud800"}',
            deep(70),
            deep(100_000),
        ],
        ids=[
            "open brace",
            "cut",
            "text",
            "cut string",
            "latin",
            "utf-16",
            "twice",
            "twice behind an escape",
            "twice inside",
            "nan",
            "lone surrogate",
            "deep",
            "very deep",
        ],
    )
    def test_that_are_no_json_are_malformed(self, api: Api, body: bytes) -> None:
        refused(send(api, body), 400, "MALFORMED_JSON")

    @pytest.mark.parametrize(
        "body", [b"null", b"[]", b"1", b'"text"', b"{}", b'{"givenName": 1}', b'{"nope": 1}']
    )
    def test_that_do_not_match_the_schema_name_the_fault(self, api: Api, body: bytes) -> None:
        error = refused(send(api, body), 400, "VALIDATION_ERROR")
        assert error["errors"]
        assert error["target"] == error["errors"][0]["target"]

    def test_with_several_faults_name_them_all(self, api: Api) -> None:
        body = {"givenName": "", "email": "no address", "locale": 5, "unknown": True}
        error = refused(api.post(PATH, json=body), 400, "VALIDATION_ERROR")
        assert {"/givenName", "/email", "/locale", "/unknown"} <= {
            fault["target"] for fault in error["errors"]
        }

    def test_with_control_characters_are_refused(self, api: Api) -> None:
        refused(api.post(PATH, json={**GOOD, "givenName": "Mar\u0000ia"}), 400, "VALIDATION_ERROR")

    def test_that_are_missing_are_asked_for(self, api: Api) -> None:
        error = refused(send(api, b""), 400, "VALIDATION_ERROR")
        assert "required" in error["details"]

    def test_that_are_too_large_are_not_read(self, api: Api) -> None:
        body = json.dumps({**GOOD, "notes": "x" * 1_100_000}).encode()
        refused(send(api, body), 413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize(
        "media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"]
    )
    def test_of_another_media_type_are_not_taken(self, api: Api, media: str) -> None:
        refused(send(api, json.dumps(GOOD).encode(), media), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_whose_moments_lead_beyond_all_years_are_refused(self, api: Api) -> None:
        event = "/api/v1/events/e1000000-0000-4000-8000-000000000001"
        body = {"name": "Late", "startsAt": "9999-12-31T23:59:59Z"}
        refused(api.persona("organizer").post(f"{event}/duplicate", json=body), 400, "INVALID_DATE_RANGE")

    def test_that_are_packed_are_not_unpacked(self, api: Api) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = api.post(PATH, content=gzip.compress(json.dumps(GOOD).encode()), headers=headers)
        assert "Content-Encoding" == refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")["target"]
        assert "identity" == answer.headers["Accept-Encoding"]


class TestText:
    def test_is_kept_in_nfc(self, api: Api) -> None:
        made = api.post(PATH, json={**GOOD, "givenName": "Jose\u0301"})
        assert "Jos\u00e9" == made.json()["givenName"]
        assert 204 == api.delete(f"{PATH}/{made.json()['id']}").status_code


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "code", "target"),
        [
            ("nope=1", "UNKNOWN_PARAMETER", "nope"),
            ("page=0", "INVALID_PARAMETER", "page"),
            ("page=x", "INVALID_PARAMETER", "page"),
            ("page=%EF%BC%99", "INVALID_PARAMETER", "page"),
            ("page=1e3", "INVALID_PARAMETER", "page"),
            ("updatedSince=0001-01-01T00:00:00%2B14:00", "INVALID_PARAMETER", "updatedSince"),
            ("page=1&page=2", "INVALID_PARAMETER", "page"),
            ("page=99999999999999999999", "INVALID_PARAMETER", "page"),
            ("pageSize=101", "INVALID_PARAMETER", "pageSize"),
            ("updatedSince=yesterday", "INVALID_PARAMETER", "updatedSince"),
            ("sort=notes", "INVALID_SORT", "sort"),
            ("fields=nope", "INVALID_FIELD_SELECTION", "fields"),
            ("page=1&offset=1", "PAGINATION_MODE_CONFLICT", "offset"),
            ("cursor=&page=1", "PAGINATION_MODE_CONFLICT", "cursor"),
            ("offset=10001", "OFFSET_TOO_LARGE", "offset"),
            ("cursor=AAAA", "INVALID_CURSOR", "cursor"),
            ("q=%FF", "INVALID_PARAMETER", "query"),
        ],
    )
    def test_are_refused_by_name(self, api: Api, query: str, code: str, target: str) -> None:
        assert target == refused(api.get(f"{PATH}?{query}"), 400, code)["target"]

    def test_path_ids_must_look_like_ids(self, api: Api) -> None:
        refused(api.get(f"{PATH}/%00"), 400, "INVALID_PARAMETER")
        refused(api.get(f"{PATH}/not-an-id"), 400, "INVALID_PARAMETER")

    def test_unknown_ids_are_not_found(self, api: Api) -> None:
        error = refused(api.get(f"{PATH}/00000000-0000-4000-8000-000000000000"), 404, "RESOURCE_NOT_FOUND")
        assert "customerId" == error["target"]


class TestProtocol:
    def test_unknown_paths(self, api: Api) -> None:
        refused(api.get("/api/v1/nothing"), 404, "ENDPOINT_NOT_FOUND")
        refused(api.get("/w/ws_nobody/api/v1/events"), 404, "RESOURCE_NOT_FOUND")

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    @pytest.mark.parametrize("path", ["/mocks", "/mocks/", "/mocks/nobody", "/inspect", "/inspect/"])
    def test_a_surface_without_a_name_is_not_found(self, api: Api, method: str, path: str) -> None:
        assert 404 == api.request(method, path).status_code

    def test_options_of_the_server_as_a_whole(self, server: Server) -> None:
        with socket.create_connection(("127.0.0.1", server.settings.port), timeout=30) as connection:
            connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(200).startswith(b"HTTP/1.1 204 ")

    def test_a_method_that_is_not_there_names_those_that_are(self, api: Api) -> None:
        answer = api.put(PATH)
        refused(answer, 405, "METHOD_NOT_ALLOWED")
        assert "GET, HEAD, OPTIONS, POST" == answer.headers["Allow"]

    @pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/docs/assets/docs.css"])
    def test_pages_refuse_as_everything_does(self, api: Api, path: str) -> None:
        answer = api.delete(path)
        error = refused(answer, 405, "METHOD_NOT_ALLOWED")
        assert error["correlationId"] == answer.headers["X-Correlation-ID"]
        assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
        asked = api.options(path)
        assert (204, answer.headers["Allow"]) == (asked.status_code, asked.headers["Allow"])

    def test_files_that_are_not_there_are_not_found(self, api: Api) -> None:
        for path in ("/docs/assets/none.css", "/docs/assets/..%2f..%2fconfig.py"):
            refused(api.get(path), 404, "ENDPOINT_NOT_FOUND")
        page = api.get("/docs/assets/none.css", headers={"Accept": "text/html"})
        assert (404, True) == (page.status_code, "There is no page here" in page.text)

    def test_an_accept_that_nothing_meets(self, api: Api) -> None:
        refused(api.get(PATH, headers={"Accept": "image/png"}), 406, "NOT_ACCEPTABLE")

    @pytest.mark.parametrize(
        ("version", "code"),
        [
            ("9.9", "API_VERSION_MISMATCH"),
            ("1.7", "UNSUPPORTED_API_VERSION"),
            ("x", "UNSUPPORTED_API_VERSION"),
        ],
    )
    def test_versions_that_do_not_exist(self, api: Api, version: str, code: str) -> None:
        refused(api.get(PATH, headers={"X-API-Version": version}), 400, code)

    @pytest.mark.parametrize("body", [b"[" * 2000, b'{"a": 1, "a": 2}', b"\xff"])
    def test_a_body_that_nobody_asked_for_is_not_read(self, api: Api, body: bytes) -> None:
        answer = api.request("GET", PATH, content=body, headers={"Content-Type": "application/json"})
        assert 200 == answer.status_code, answer.text

    def test_the_media_type_comes_before_what_it_holds(self, api: Api) -> None:
        json = {"Content-Type": "application/json"}
        refused(api.post("/oauth/token", content=b"{", headers=json), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_fields_that_oauth_does_not_know_are_ignored(self, api: Api) -> None:
        form = {"client_id": "partner-demo", "client_secret": "partner-demo-secret", "audience": "x"}
        assert 200 == api.post("/oauth/token", data={"grant_type": "client_credentials", **form}).status_code
        assert 200 == api.post("/oauth/introspect", data={"token": "none", **form}).status_code

    @pytest.mark.parametrize(
        "body", [b"", b"grant_type=a&grant_type=b", b"scope=%ff", b"client_id=" + b"x" * 300]
    )
    def test_what_is_malformed_is_said_to_oauth_clients_in_their_words(self, api: Api, body: bytes) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = api.post("/oauth/token", content=body, headers=form)
        assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
        assert answer.json()["error_description"].isascii()

    def test_what_is_wrong_with_a_request_comes_before_its_missing_key(self, api: Api) -> None:
        refused(api.post("/api/v1/payments", json={"nope": 1}), 400, "VALIDATION_ERROR")
        refused(api.post("/api/v1/payments/nope/confirm", json={}), 400, "INVALID_PARAMETER")

    def test_errors_are_problems_on_request(self, api: Api) -> None:
        answer = api.get("/api/v1/nothing", headers={"Accept": "application/problem+json"})
        assert "application/problem+json; charset=utf-8" == answer.headers["Content-Type"]
        assert ("ENDPOINT_NOT_FOUND", 404) == (answer.json()["code"], answer.json()["status"])

    def test_a_chunked_body_is_a_body(self, api: Api) -> None:
        made = api.post(
            PATH,
            content=iter([b'{"givenName": "Maria", ', b'"email": "m@sandbox.example"}']),
            headers={"Content-Type": "application/json"},
        )
        assert 201 == made.status_code, made.text
        assert 204 == api.delete(f"{PATH}/{made.json()['id']}").status_code

    @pytest.mark.parametrize("raw", NO_REQUESTS)
    def test_bytes_that_are_no_request_are_refused_as_everything_is(
        self, server: Server, api: Api, raw: bytes
    ) -> None:
        head, _, body = said_to(server, raw).partition(b"\r\n\r\n")
        error = json.loads(body)["error"]
        assert head.startswith(b"HTTP/1.1 400 ")
        assert ("VALIDATION_ERROR", 400) == (error["code"], error["status"])
        assert f"x-correlation-id: {error['correlationId']}\r\n".encode() in head
        assert 200 == api.get("/health/live").status_code

    @pytest.mark.parametrize(
        ("raw", "status"),
        [
            (b"GET http://elsewhere/health/live HTTP/1.1\r\n", 200),
            (b"GET /health/live HTTP/1.0\r\n", 200),
            (b"GET //health/live HTTP/1.1\r\n", 404),
            (b"GET /health/../health/live HTTP/1.1\r\n", 404),
            (b"GET /%ff%00 HTTP/1.1\r\n", 404),
            (b"GET * HTTP/1.1\r\n", 404),
            (b"PROPFIND /health/live HTTP/1.1\r\n", 405),
            (b"GET /health/live HTTP/1.1\r\nX-A: " + b"a" * 70_000 + b"\r\n", 200),
            (b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n", 404),
            (b"GET /health/live HTTP/1.1\r\nAccept: \xff\r\nAccept-Language: \xff\r\n", 406),
            (b"POST /health/live HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n", 405),
        ],
    )
    def test_what_is_odd_has_its_answer(self, server: Server, raw: bytes, status: int) -> None:
        answer = said_to(server, raw + b"Host: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 %d " % status)

    def test_what_the_caller_did_not_finish_is_not_done(self, server: Server, api: Api) -> None:
        headers = {**api.headers, "Content-Type": "application/json", "Content-Length": "999"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        raw = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{head}\r\n{json.dumps(GOOD)}"
        assert b"" == said_to(server, raw.encode(), leaves=True)
        assert 200 == api.get(PATH).status_code
