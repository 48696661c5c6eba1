"""Reports as people read them: alone, on any screen, without a serious accessibility fault."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.control.exam_reports import as_html
from sandbox.control.report_page import as_html as report_page
from scenarios.reports import page as scenario_page

LONG = "https://partner.example/" + "a-long-segment" * 12
EXCHANGE = {
    "request": {"headers": {"X-Webhook-Event": "booking.confirmed"}, "body": "x" * 400},
    "answer": {"status": 200, "error": None},
    "durationMs": 12.5,
}
TEST: dict[str, Any] = {
    "url": LONG,
    "status": "completed",
    "verdict": "failed",
    "createdAt": "2025-04-22T09:00:00.000Z",
    "summary": {"passed": 1, "failed": 1},
    "results": [
        {
            "check": f"check_{verdict}",
            "title": "A refused attempt does not use up the id",
            "verdict": verdict,
            "reason": "<script>alert(1)</script> rejects_bad_signature " + "y" * 60,
            "evidence": [EXCHANGE],
        }
        for verdict in ("pass", "fail", "warn", "skipped")
    ],
}
REPORT: dict[str, Any] = {
    "window": {"from": "2025-04-21T09:00:00.000Z", "to": "2025-04-22T09:00:00.000Z"},
    "slo": {"availability": 0.9},
    "findings": [{"severity": "critical", "code": "TOO_MANY_ERRORS", "advice": "Look <b>closer</b>."}],
    "webhooks": {"attempts": 4, "successRate": 1.0},
    "bookings": {"attempted": 0, "succeeded": 0},
    "byOperation": [
        {"operationId": "listPractitionerAvailabilityOverrides", "requests": 4, "errors": 0, "p95Ms": 1.5}
    ],
    **dict.fromkeys(("requests", "errorRate", "p50Ms", "p95Ms", "authFailures", "rateLimited"), 0),
}
PAGES = {
    "exam": lambda: as_html(None, TEST).decode(),  # type: ignore[arg-type]  # it asks nothing of the call
    "integration": lambda: report_page(REPORT).decode(),
    "scenarios": lambda: scenario_page([], LONG),
}


@pytest.mark.parametrize("name", PAGES)
class TestReports:
    def test_it_fits_a_narrow_screen_and_asks_for_nothing(self, page: Any, name: str) -> None:
        page.set_viewport_size({"width": 390, "height": 800})
        page.set_content(PAGES[name]())
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
        assert page.locator("script, link, img, main b").count() == 0

    def test_it_has_no_accessibility_fault(self, page: Any, name: str) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        page.set_content(PAGES[name]())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert (scheme, [each["id"] for each in found]) == (scheme, [])
