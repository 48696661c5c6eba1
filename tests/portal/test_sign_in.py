"""Who looks at which world: a key of one's own, in a real browser, and the choice of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Api
from tests.portal.shop import forgive
from tests.portal.worlds import BIN

UNAUTHORIZED = "status of 401"


@pytest.fixture(name="key")
def _key(api: Api) -> str:
    """An API key of this test's world, which then shuts the published ones out."""
    made = api.post("/sandbox/v1/credentials", json={"name": "Night shift", "kind": "api_key"})
    assert made.status_code == 201, made.text
    settings = {"settings": {"publicFixtureCredentials": False}}
    changed = api.control.patch(f"/sandbox/v1/workspaces/{api.workspace_id}", json=settings)
    assert changed.status_code == 200, changed.text
    return str(made.json()["apiKey"])


@pytest.fixture(name="fork")
def _fork(api: Api) -> Iterator[str]:
    """A fork of this test's world."""
    workspaces = api.server.sandbox.workspaces
    made = workspaces.fork(api.workspace_id, workspaces.new_workspace_id("second"), name="Second")
    yield made.id
    workspaces.delete(made.id)


def sign_in(page: Any, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def with_key(api: Api, key: str) -> Api:
    return Api(api.server, api.workspace_id, {"X-API-Key": key})


class TestKeys:
    def test_whoever_has_one_looks_acts_and_leaves(self, page: Any, console: str, key: str) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{console}/webhooks")
        sign_in(page, "sk_sandbox_unheard")
        page.locator("#key-said", has_text="unknown").wait_for()
        sign_in(page, key)
        page.get_by_text("Signed in as Night shift").wait_for()
        page.get_by_role("button", name="Send event").click()
        page.locator("#notice", has_text="1 subscription").wait_for()
        page.locator("#arrivals", has_text="new deliver").wait_for()
        page.get_by_role("link", name="World").click()
        page.get_by_role("button", name="+ 1 hour").click()
        page.locator("#strip", has_text="offset").wait_for()
        assert not any(key in address for address in asked)
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("API key").wait_for()
        assert page.evaluate("sessionStorage.getItem('sandbox-key')") is None
        page.get_by_role("link", name="To the start").click()
        page.get_by_role("heading", name="The sandbox is ready").wait_for()
        page.complaints[:] = [each for each in page.complaints if UNAUTHORIZED not in each]

    def test_a_file_comes_with_it(self, page: Any, console: str, key: str) -> None:
        page.goto(f"{console}/bins/{BIN}")
        sign_in(page, key)
        with page.expect_download() as saved:
            page.get_by_role("link", name="Download HAR").click()
        assert saved.value.suggested_filename == f"{BIN}.har"
        forgive(page, UNAUTHORIZED)

    def test_it_is_never_shown(self, api: Api, key: str) -> None:
        start = with_key(api, key).get(f"/console/{api.workspace_id}").text
        assert key not in start
        assert "$SANDBOX_KEY" in start

    def test_one_that_may_not_read_is_told_what_it_needs(self, api: Api, key: str) -> None:
        body = {"name": "Narrow", "kind": "api_key", "scopes": ["sandbox:read"]}
        narrow = with_key(api, key).post("/sandbox/v1/credentials", json=body).json()["apiKey"]
        looked = with_key(api, narrow)
        assert looked.get(f"/console/{api.workspace_id}/calls").status_code == 200
        refused = looked.get(f"/console/{api.workspace_id}/webhooks")
        assert (refused.status_code, "needs webhooks:read" in refused.text) == (403, True)
        assert 'id="sign-in"' in refused.text


class TestWorkspaces:
    def test_the_chosen_one_is_kept_for_the_visit(self, api: Api, fork: str, page: Any) -> None:
        page.goto(f"{api.server.url}/console/{api.workspace_id}/mail")
        page.get_by_label("Workspace").select_option(fork)
        page.get_by_role("button", name="Go").click()
        page.wait_for_url(f"**/console/{fork}/mail")
        assert page.get_by_label("Workspace").input_value() == fork
        page.goto(api.server.url)
        page.wait_for_url(f"**/console/{fork}")

    def test_one_that_is_gone_is_forgotten(self, api: Api, page: Any) -> None:
        page.goto(f"{api.server.url}/docs/errors")
        page.evaluate("sessionStorage.setItem('sandbox-workspace', 'ws_gone')")
        page.goto(api.server.url)
        page.get_by_role("heading", name="There is nothing here").wait_for()
        page.get_by_role("link", name="To the start").click()
        page.get_by_role("heading", name="The sandbox is ready").wait_for()
        forgive(page, "status of 404")

    def test_only_those_that_the_key_opens_are_offered(self, api: Api, key: str, fork: str) -> None:
        shown = with_key(api, key).get(f"/console/{api.workspace_id}").text
        assert f'<option value="{fork}">Second · {fork}</option>' in shown
        assert "ws_default" not in shown

    def test_a_fork_is_made_from_the_page(self, api: Api) -> None:
        headers = {"HX-Request": "true"}
        address = f"/console/{api.workspace_id}/act/fork"
        made = api.anonymous.post(address, data={"name": "Mine"}, headers=headers)
        opened = api.anonymous.get(made.headers["HX-Redirect"])
        api.server.sandbox.workspaces.delete(made.headers["HX-Redirect"].split("/")[2])
        assert (opened.status_code, "Mine · ws_" in opened.text) == (200, True)
