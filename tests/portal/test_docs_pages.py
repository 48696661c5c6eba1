"""The documentation in a real browser: quiet under its strict policy, and ready to be tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api


class TestContracts:
    def test_a_link_opens_an_operation_that_can_be_tried_at_once(self, api: Api, page: Any) -> None:
        page.goto(f"{api.server.url}/docs?document=platform#/Ticket%20types/getTicketType")
        operation = page.locator("#operations-Ticket_types-getTicketType")
        operation.locator(".opblock-body").wait_for()
        page.evaluate(f"sessionStorage.setItem('sandbox-workspace', '{api.workspace_id}')")
        page.goto("about:blank")
        page.goto(f"{api.server.url}/docs?document=control#/Clock/getClock")
        clock = page.locator("#operations-Clock-getClock")
        clock.get_by_role("button", name="Execute").click()
        clock.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
        assert f"'X-Sandbox-Workspace: {api.workspace_id}'" in clock.locator(".curl").inner_text()
        assert clock.get_by_role("combobox", name="X-API-Version").count() == 1

    @pytest.mark.parametrize(
        ("address", "scheme"), [("/docs/errors", "light"), ("/docs/errors/SLOT_UNAVAILABLE", "dark")]
    )
    def test_errors_have_no_serious_fault_and_fit_narrow_screens(
        self, api: Api, page: Any, address: str, scheme: Any
    ) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(api.server.url + address)
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
