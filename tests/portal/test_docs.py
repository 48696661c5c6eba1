"""The documentation pages: complete, offline, and safe to show."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sandbox.kernel import errors
from sandbox.portal.docs import STATIC, routes
from tests.conftest import Api


@pytest.fixture(name="pages", scope="module")
def _pages() -> TestClient:
    return TestClient(Starlette(routes=routes))


class TestContracts:
    def test_every_asset_of_the_page_is_served_from_here(self, pages: TestClient) -> None:
        html = pages.get("/docs").text
        assets = re.findall(r'(?:src|href)="(/docs/assets/[^"]+)"', html)

        assert len(assets) >= 4
        assert {200} == {pages.get(each).status_code for each in assets}

    def test_the_page_names_no_other_host(self, pages: TestClient) -> None:
        ours = pages.get("/docs").text + (STATIC / "docs.js").read_text() + (STATIC / "docs.css").read_text()

        assert "//" not in re.sub(r"^// .*$", "", ours, flags=re.MULTILINE)

    def test_the_policy_keeps_scripts_and_calls_on_this_host(self, pages: TestClient) -> None:
        policy = pages.get("/docs").headers["content-security-policy"]

        assert "script-src 'self';" in policy
        assert "connect-src 'self';" in policy
        assert "unsafe" not in policy

    def test_nothing_on_the_page_runs_inline(self, pages: TestClient) -> None:
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=", pages.get("/docs").text)


class TestErrors:
    @pytest.mark.parametrize("code", sorted(errors.BY_CODE))
    def test_every_code_has_a_page(self, pages: TestClient, code: str) -> None:
        answer = pages.get(f"/docs/errors/{code}")

        assert 200 == answer.status_code
        assert f"<h1><code>{code}</code></h1>" in answer.text

    def test_a_page_says_who_answers_so_and_how_to_ask_for_it(self, pages: TestClient) -> None:
        text = pages.get("/docs/errors/SLOT_UNAVAILABLE").text

        assert '<a href="/docs?document=platform#/Bookings/createBooking">' in text
        assert "X-Sandbox-Simulate: error=SLOT_UNAVAILABLE" in text

    def test_an_unknown_code_is_escaped_and_not_found(self, pages: TestClient) -> None:
        answer = pages.get("/docs/errors/%3Cscript%3E")

        assert 404 == answer.status_code
        assert "<script>" not in answer.text

    def test_the_overview_lists_them_all(self, pages: TestClient) -> None:
        assert len(errors.BY_CODE) == pages.get("/docs/errors").text.count("<tr><td")


class TestLostPeople:
    def test_are_shown_a_page_where_programs_get_the_error(self, api: Api) -> None:
        browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        answer = api.anonymous.get("/no%3Cb%3E/where", headers=browser)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing is served at /no&lt;b&gt;/where." in answer.text
        assert api.anonymous.get("/nowhere").json()["error"]["code"] == "ENDPOINT_NOT_FOUND"
        unknown = api.anonymous.get("/docs/errors/no/such", headers=browser)
        assert (unknown.status_code, "no/such" in unknown.text) == (404, True)
