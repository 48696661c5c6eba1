"""The bridge to WSGI applications: what they are told, and what becomes of their answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.gateway.wsgi import environ_of, run
from tests.gateway.visits import visit


class Closing:
    """An answer that wants to be closed."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed = True


class TestEnviron:
    def test_it_tells_where_and_what(self) -> None:
        told = visit()

        environ = environ_of(told, "/w/ws_1/mocks/stripe", "/v1/x")

        assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/w/ws_1/mocks/stripe", "/v1/x")
        assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("api.example", "8080")
        assert (environ["CONTENT_TYPE"], environ["HTTP_X_ONE"]) == ("text/plain", "1")
        assert environ["CONTENT_LENGTH"] == "3"
        assert environ["wsgi.input"].read() == b"x=1"
        assert environ["sandbox.workspace"] is told.workspace

    def test_a_path_beyond_ascii_is_bytes_in_disguise(self) -> None:
        assert environ_of(visit(), "", "/ł")["PATH_INFO"].encode("latin-1") == "/ł".encode()

    def test_a_length_that_was_declared_is_not_believed(self) -> None:
        environ = environ_of(
            visit(text_headers={"content-length": "999", "transfer-encoding": "chunked"}), "", "/"
        )

        assert environ["CONTENT_LENGTH"] == "3"
        assert "HTTP_TRANSFER_ENCODING" not in environ


class TestRun:
    def test_chunks_become_one_body_and_are_closed(self) -> None:
        answer = Closing(b"a", b"b")

        def application(environ: Any, start_response: Any) -> Closing:
            start_response("201 Created", [("X-One", "1"), ("Content-Length", "2")])
            return answer

        response = run(application, {})

        assert (response.status, response.body, answer.closed) == (201, b"ab", True)
        assert response.headers == [(b"x-one", b"1")]

    def test_what_is_written_comes_first(self) -> None:
        def application(environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", [])(b"a")
            return [b"b"]

        assert run(application, {}).body == b"ab"

    def test_a_failure_may_replace_what_was_started(self) -> None:
        def application(environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", [])
            start_response("500 Oops", [], (ValueError, ValueError(), None))
            return []

        assert run(application, {}).status == 500

    def test_an_application_that_fails_is_closed_and_heard(self) -> None:
        class Failing(Closing):
            def __iter__(self) -> Iterator[bytes]:
                raise ValueError("half-way")

        answer = Failing()

        def application(environ: Any, start_response: Any) -> Closing:
            start_response("200 OK", [])
            return answer

        with pytest.raises(ValueError, match="half-way"):
            run(application, {})
        assert answer.closed
