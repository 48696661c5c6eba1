"""Forms of the console that are answered where they stand: a subscription, a workspace."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Api
from tests.portal.worlds import BIN

KEY = "the-key-of-the-administrator"
HTMX = {"HX-Request": "true"}
ADDRESS = f"https://inspector.sandbox.example/{BIN}"


@pytest.fixture(name="admin_key")
def _admin_key(api: Api) -> Iterator[str]:
    """The administrator's, while the test runs."""
    identity = api.server.sandbox.identity
    identity._admin_key = KEY.encode()
    yield KEY
    identity._admin_key = b""


class TestSubscribing:
    def test_what_is_wrong_is_said_where_it_stands_and_the_secret_is_shown_once(
        self, api: Api, page: Any, console: str
    ) -> None:
        page.goto(f"{console}/bins/{BIN}")
        page.get_by_role("link", name="Subscribe it to events").click()
        page.get_by_label("Events, one a line").fill("webhook.ping\nregistration.confirmd")
        page.get_by_role("button", name="Subscribe").click()
        page.locator("#new-eventTypes:focus").wait_for()
        said = page.locator("#new-eventTypes-said").inner_text()
        assert said.startswith("/eventTypes/1: ")
        assert "did you mean registration.confirmed?" in said
        assert "UNKNOWN_EVENT_TYPE" in page.locator("#subscribe [role=alert]").inner_text()
        page.get_by_label("Events, one a line").fill("registration.confirmed, booking.*")
        page.get_by_role("button", name="Subscribe").click()
        page.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = text } }")
        page.get_by_role("button", name="Copy the secret").click()
        page.wait_for_function("() => window.copied?.startsWith('whsec_')")
        page.locator("#subscribed .tag", has_text="booking.*").wait_for()
        assert page.get_by_label("Deliver to").input_value() == ""
        [made] = api.get("/api/v1/webhooks", params={"sort": "-createdAt", "pageSize": 1}).json()["data"]
        assert (made["url"], made["eventTypes"]) == (ADDRESS, ["registration.confirmed", "booking.*"])
        page.reload()
        assert page.locator("#secret").count() == 0
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator(f"#delete-{made['id']}").click()
        page.locator(f"#delete-{made['id']}").wait_for(state="detached")

    def test_nothing_filled_in_is_told_member_by_member(self, api: Api) -> None:
        address = f"/console/{api.workspace_id}/act/webhooks"
        told = html.unescape(api.anonymous.post(address, headers=HTMX).text)
        assert '/url: "url" is a required property' in told
        assert '/eventTypes: "eventTypes" is a required property' in told

    def test_an_answer_that_is_no_error_is_told_as_well(self, api: Api) -> None:
        fault = {
            "name": "odd",
            "match": {"pathPattern": "/api/v1/**"},
            "action": {"type": "respond", "status": 500, "body": {"oops": 1}},
        }
        made = api.post("/sandbox/v1/faults", json=fault)
        assert made.status_code == 201, made.text
        for act in ("webhooks", "webhooks/none/delete"):
            told = api.anonymous.post(f"/console/{api.workspace_id}/act/{act}", headers=HTMX)
            assert (told.status_code, "That did not work" in told.text) == (200, True)


class TestMakingWorkspaces:
    def test_the_new_one_is_chosen_and_its_credentials_are_shown_once(
        self, api: Api, page: Any, console: str, admin_key: str
    ) -> None:
        page.goto(f"{console}/key")
        page.get_by_label("API key").fill(admin_key)
        page.get_by_role("button", name="Sign in").click()
        page.locator("nav").get_by_role("link", name="World").click()
        page.get_by_label("Seed").fill("soon")
        page.get_by_role("button", name="New workspace").click()
        page.locator("#new-seed:focus").wait_for()
        assert page.locator("#new-seed-said").inner_text() == '/seed: "soon" is not of type "integer"'
        page.get_by_label("Name of the new one").fill("Mine")
        page.get_by_label("Seed").fill("7")
        page.get_by_label("What is in it").select_option("empty")
        page.get_by_role("button", name="New workspace").click()
        page.locator("#made:focus", has_text="Mine is there").wait_for()
        chosen = page.get_by_label("Workspace", exact=True).input_value()
        page.wait_for_url(f"**/console/{chosen}/world")
        page.wait_for_function(f"() => sessionStorage.getItem('sandbox-workspace') === '{chosen}'")
        shown = page.locator("#made-api-key").inner_text()
        opened = Api(api.server, chosen, {"X-API-Key": shown}).get(f"/sandbox/v1/workspaces/{chosen}")
        assert (opened.json()["profile"], opened.json()["seed"]) == ("empty", 7)
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete the workspace").click()
        page.wait_for_url("**/console/ws_default/world")
        assert api.server.sandbox.workspaces.get(chosen) is None

    def test_who_may_not_is_told_what_it_takes(self, api: Api) -> None:
        page = api.anonymous.get(f"/console/{api.workspace_id}/world").text
        assert "takes the administrator" in page
        assert 'id="new-name"' not in page
