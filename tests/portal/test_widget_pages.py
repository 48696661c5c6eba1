"""What serves the widgets: the script, pages to frame, and the page for integrators."""

from __future__ import annotations

import re
from typing import Any

from tests.conftest import Api
from tests.portal.shop import KEY, Shop, bound_to, fill, heading, press, told


class TestFrames:
    def test_a_frame_shows_the_widget_to_pages_of_its_key_and_tells_them(
        self, api: Api, page: Any, shop: Shop
    ) -> None:
        key = bound_to(api, shop.url)
        event = api.fixture("event.free_meetup")
        address = f"{api.server.url}/widgets/v1/registration?event={event}&key={key}&lang=en"
        shop.open(page, f'<iframe title="Registration" src="{address}" width="400" height="900"></iframe>')
        frame = page.frame_locator("iframe")
        fill(frame, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        press(frame, "Register")
        heading(frame, "You are registered")
        [detail] = told(page, "sandbox:registered")
        assert sorted(detail) == ["code", "id", "status", "type"]
        assert api.get(f"/api/v1/registrations/{detail['id']}").status_code == 200

    def test_only_pages_of_the_key_may_frame_it(self, api: Api) -> None:
        key = bound_to(api, "https://www.shop.example")
        asked = {"event": "e1", "key": key, "lang": '"><script>'}
        answer = api.anonymous.get("/widgets/v1/registration", params=asked)
        policy = answer.headers["content-security-policy"]
        assert policy.endswith("frame-ancestors https://www.shop.example")
        assert "<script>" not in answer.text.replace("<script src=", "")
        unknown = api.anonymous.get("/widgets/v1/booking", params={"key": "pk_sandbox_unheard"})
        assert unknown.headers["content-security-policy"].endswith("frame-ancestors 'none'")


class TestServing:
    def test_the_script_may_be_used_anywhere_and_is_kept(self, api: Api) -> None:
        answer = api.anonymous.get("/widgets/v1/widget.js")
        headers = answer.headers
        assert headers["content-type"] == "text/javascript; charset=utf-8"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert "max-age" in headers["cache-control"]
        again = api.anonymous.get("/widgets/v1/widget.js", headers={"If-None-Match": headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_nothing_is_evaluated_or_inline(self, api: Api) -> None:
        script = api.anonymous.get("/widgets/v1/widget.js").text
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|\.style\b", script)
        page = api.anonymous.get("/widgets").text
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", page)

    def test_the_page_shows_both_and_what_embeds_them(self, api: Api, page: Any) -> None:
        page.goto(f"{api.server.url}/widgets")
        page.get_by_role("button", name="Register").wait_for()
        page.get_by_role("button", name="Continue").wait_for()
        snippet = page.locator("#sandbox-registration-snippet").inner_text()
        assert f'<script src="{api.server.url}/widgets/v1/widget.js" defer></script>' in snippet
        assert KEY in snippet
