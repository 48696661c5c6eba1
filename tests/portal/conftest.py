"""A real browser, started once a file: while its driver runs, no other event loop can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api
from tests.portal.shop import Shop

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 30_000


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"the pages are looked at in a real browser, and there is none at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(name="page")
def _page(browser: Any, api: Api) -> Iterator[Any]:
    """A window of its own, closed before its world is; it must be quiet: no error, no warning, nothing from
    another host."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.complaints = complaints = []
    page.on("console", lambda said: _note(complaints, said))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: _check_host(complaints, request.url))
    yield page
    context.close()
    assert complaints == []


def _note(complaints: list[str], said: Any) -> None:
    if said.type in ("error", "warning"):
        complaints.append(f"{said.text} ({said.location.get('url')})")


def _check_host(complaints: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        complaints.append(f"asked for {url}")


@pytest.fixture(name="console")
def _console(api: Api) -> str:
    """Address of the pages of this test's world."""
    return f"{api.server.url}/console/{api.workspace_id}"


@pytest.fixture(name="shop")
def _shop(api: Api) -> Iterator[Shop]:
    """Somebody else's page, on an origin of its own."""
    shop = Shop(api.server.url)
    yield shop
    shop.close()
