"""The console in a real browser: live, complete, inert to what was captured, and usable by everybody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.journal import Exchange
from sandbox.platform.letters import write_letter
from tests.conftest import Api
from tests.portal.worlds import BIN, BINS, CORRELATION, arrived, register, send_to_bin, trigger, waited

WATCH = """() => {
  window.unreloaded = true;
  window.before = document.querySelectorAll('#rows .row').length;
  new MutationObserver(() => {
    const rows = document.querySelectorAll('#rows .row').length;
    if (rows > window.before) window.arrivedAt ??= performance.now();
  }).observe(document.querySelector('#rows'), {childList: true});
}"""
STREAM_THAT_ENDS: dict[str, Any] = {
    "status": 200,
    "content_type": "text/event-stream",
    "body": "retry: 1\n\n",
}
HOSTILE = "<img src=x onerror=window.hacked=1>'\"><script>window.hacked=1</script>"


def follow(page: Any, address: str) -> None:
    """Open a page that lists, and return when its stream is open."""
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(address)
    page.evaluate(WATCH)


class TestLive:
    def test_a_triggered_webhook_appears_without_reload(
        self, page: Any, console: str, record_property: Any
    ) -> None:
        follow(page, f"{console}/webhooks")
        page.evaluate("() => { window.sentAt = performance.now() }")
        page.get_by_role("button", name="Send event").click()
        page.locator("#rows .row.fresh .state.succeeded").wait_for()
        assert page.evaluate("window.unreloaded") is True
        record_property("milliseconds", page.evaluate("window.arrivedAt - window.sentAt"))

    def test_what_arrives_in_a_bin_appears_and_is_said(self, api: Api, page: Any, console: str) -> None:
        follow(page, f"{console}/bins/{BIN}")
        send_to_bin(api, "/arrived-live?from=outside", b'{"a": 1}')
        page.locator("#rows").get_by_text("/arrived-live").wait_for()
        page.locator("#arrivals", has_text="new request").wait_for()
        assert page.evaluate("window.unreloaded") is True

    def test_a_filter_holds_for_what_arrives_later(self, api: Api, page: Any, console: str) -> None:
        follow(page, f"{console}/calls?statusClass=4xx")
        assert api.get("/api/v1/events").status_code == 200
        assert api.get("/api/v1/nothing").status_code == 404
        page.locator("#rows").get_by_text("/api/v1/nothing").wait_for()
        assert page.locator("#rows .row").count() == 1

    def test_paused_means_nothing_moves_until_it_goes_on(self, api: Api, page: Any, console: str) -> None:
        follow(page, f"{console}/calls")
        page.get_by_role("button", name="Pause").click()
        assert api.get("/api/v1/locations").status_code == 200
        page.locator("#arrivals", has_text="new call").wait_for()
        assert page.locator("#rows .row").count() == page.evaluate("window.before")
        page.get_by_role("button", name="Pause").click()
        page.locator("#rows").get_by_text("/api/v1/locations").wait_for()

    def test_many_at_once_all_appear_in_their_order(self, api: Api, page: Any, console: str) -> None:
        follow(page, f"{console}/calls?pathContains=/burst/")
        journal = api.server.sandbox.server.journals.of(api.workspace_id)
        for number in range(120):
            journal.record(Exchange(method="GET", path=f"/api/v1/burst/{number}", status=200))
        assert api.get("/api/v1/locations").status_code == 200
        page.locator("#rows .row").nth(119).wait_for(state="attached")
        paths = page.locator("#list .path").all_text_contents()
        assert paths == [f"/api/v1/burst/{number}" for number in reversed(range(120))]

    def test_a_server_that_does_not_answer_is_said(self, page: Any, console: str) -> None:
        follow(page, f"{console}/webhooks")
        page.context.set_offline(True)
        page.get_by_role("button", name="Send event").click()
        page.locator("#notice", has_text="The server does not answer").wait_for()
        page.context.set_offline(False)
        page.get_by_role("button", name="Send event").click()
        page.locator("#notice", has_text="goes to").wait_for()
        page.complaints.clear()

    def test_a_stream_that_breaks_is_said_and_comes_back(self, page: Any, console: str) -> None:
        opened: list[str] = []

        def answer(route: Any) -> None:
            opened.append(route.request.url)
            route.fulfill(**STREAM_THAT_ENDS) if len(opened) == 1 else route.abort()

        page.route("**/live/calls*", answer)
        page.goto(f"{console}/calls")
        page.locator("#connection", has_text="Trying again").wait_for()
        page.unroute("**/live/calls*")
        page.locator("#connection", has_text=re.compile("^$")).wait_for(state="attached")
        assert len(opened) > 1
        page.complaints.clear()

    @pytest.mark.parametrize("first", ["refused", "unanswered"])
    def test_a_stream_that_cannot_begin_begins_later(
        self, api: Api, page: Any, console: str, first: str
    ) -> None:
        page.route(
            "**/live/calls*",
            lambda route: route.fulfill(status=429, body="too many") if first == "refused" else route.abort(),
        )
        page.goto(f"{console}/calls?pathContains=/nothing")
        page.locator("#connection", has_text="Trying again").wait_for()
        assert page.locator("#rows").inner_text() == ""
        page.unroute("**/live/calls*")
        page.locator("#connection", has_text=re.compile("^$")).wait_for(state="attached")
        assert api.get("/api/v1/nothing").status_code == 404
        page.locator("#rows").get_by_text("/api/v1/nothing").wait_for()
        page.complaints.clear()

    def test_the_timeline_grows_and_is_in_order(self, api: Api, page: Any, console: str) -> None:
        register(api)
        page.goto(f"{console}/timelines/{CORRELATION}")
        page.locator(".step.capture").nth(1).wait_for()
        kinds = [re.findall(r"step (\w+)", each)[0] for each in classes(page, ".step")]
        one_event = ["change", "event", "delivery", "attempt", "capture"]
        assert kinds == ["call", *one_event, *one_event]

    def test_a_letter_appears_when_it_is_written(self, api: Api, page: Any, console: str) -> None:
        with page.expect_response(lambda answer: "/live/" in answer.url):
            page.goto(f"{console}/mail")
        with api.workspace.transaction() as tx:
            write_letter(tx, "receipt", {"email": "ada@sandbox.example"}, {}, subject="Paid <b>twice</b>")
        page.get_by_role("link", name="Paid <b>twice</b>").wait_for()

    def test_older_ones_are_fetched_while_scrolling(self, api: Api, page: Any, console: str) -> None:
        journal = api.server.sandbox.server.journals.of(api.workspace_id)
        for number in range(350):
            journal.record(Exchange(method="GET", path=f"/api/v1/old/{number}", status=200))
        page.goto(f"{console}/calls?pathContains=/old/")
        rows = page.locator("#list .row")
        for last in range(50, 350, 50):
            rows.nth(last - 1).wait_for(state="attached")
            page.evaluate("document.querySelector('#list .more')?.scrollIntoView()")
        rows.nth(349).wait_for(state="attached")
        paths = page.locator("#list .path").all_text_contents()
        assert paths == [f"/api/v1/old/{number}" for number in reversed(range(350))]


class TestDeliveries:
    def test_replay(self, api: Api, page: Any, console: str) -> None:
        first = trigger(api)
        page.goto(f"{console}/bins/{BIN}/{first['id']}")
        page.get_by_role("button", name="Send again").click()
        page.locator("#notice", has_text="sent again").wait_for()
        again = waited(api, first["sequence"] + 1)
        assert again["headers"]["webhook-id"] == first["headers"]["webhook-id"]

    def test_a_request_of_a_stranger_is_edited_and_sent_again(
        self, api: Api, page: Any, console: str
    ) -> None:
        send_to_bin(api, "/stranger", b"before")
        page.goto(f"{console}/bins/{BIN}/{arrived(api)[0]['id']}")
        page.get_by_text("Edit and send").click()
        page.get_by_label("Body", exact=True).fill("after")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("link", name="What arrived").click()
        page.get_by_text("a repetition of").wait_for()
        assert page.locator("#raw").inner_text() == "after"

    def test_what_is_expected_is_judged_before_the_eyes(self, api: Api, page: Any, console: str) -> None:
        page.goto(f"{console}/bins/{BIN}")
        page.get_by_text("What should arrive").click()
        page.get_by_label("Events").fill("registration.confirmed")
        page.get_by_role("button", name="Expect").click()
        page.locator("#expectations .state.pending").wait_for()
        trigger(api)
        page.locator("#expectations .state.met").wait_for()

    def test_a_tampered_byte_is_shown_where_it_is(self, api: Api, page: Any, console: str) -> None:
        spoiled = trigger(api, corrupt="body")
        page.goto(f"{console}/bins/{BIN}/{spoiled['id']}")
        checks = spoiled["signature"]["checks"]
        assert len(checks) == page.locator(".signature.bad").count()
        for check, shown in zip(checks, page.locator(".signature").all(), strict=True):
            assert shown.locator(".position").inner_text() == str(check["firstDifference"])
            assert shown.locator(".expected").inner_text() == check["expected"]
            assert shown.locator(".received mark").inner_text() == check["received"][check["firstDifference"]]
            shown.locator("summary").click()
            assert shown.locator(".base").inner_text() == check["baseString"]

    def test_the_log_of_an_attempt_judges_its_signature(self, api: Api, page: Any, console: str) -> None:
        sent = trigger(api)["delivery"]
        page.goto(f"{console}/webhooks/{sent['webhookId']}/{sent['deliveryId']}")
        page.locator(".signature").nth(1).wait_for()
        assert page.locator(".signature.good").count() == 2


class TestHostileContent:
    def test_what_was_captured_stays_text(self, api: Api, page: Any, console: str) -> None:
        api.post(BINS, json={"name": HOSTILE[:200]})
        follow(page, f"{console}/bins/{BIN}")
        send_to_bin(
            api,
            f"/{HOSTILE.replace(' ', '%20')}?{HOSTILE.replace(' ', '%20')}",
            f'{{"event": "{HOSTILE[:20]}", "text": "</pre>{HOSTILE.replace(chr(34), "")}"}}'.encode(),
            X_Hostile=HOSTILE,
        )
        page.locator("#rows .row").first.wait_for()
        api.get(f"/api/v1/{HOSTILE.replace(' ', '%20')}", headers={"User-Agent": HOSTILE})
        entry = api.get("/sandbox/v1/journal", params={"cursor": "", "statusClass": "4xx"}).json()["data"][0]
        captured, *_ = arrived(api)
        for address in (
            "bins",
            f"bins/{BIN}",
            f"bins/{BIN}/{captured['id']}",
            "calls",
            f"calls/{entry['id']}",
        ):
            assert page.goto(f"{console}/{address}").status == 200
            assert page.evaluate("window.hacked") is None
            assert page.locator("img[src=x], main script").count() == 0

    def test_the_policy_lets_nothing_run_that_is_not_ours(self, page: Any, console: str) -> None:
        page.goto(console)
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked=1\">')"
        )
        page.wait_for_function("() => document.querySelector('img[src=x]').complete")
        assert page.evaluate("window.hacked") is None
        assert any("Content Security Policy" in complaint for complaint in page.complaints)
        page.complaints.clear()


class TestForEverybody:
    @pytest.fixture(name="addresses")
    def _addresses(self, api: Api) -> list[str]:
        register(api)
        spoiled = trigger(api, corrupt="body")
        sent = spoiled["delivery"]
        entry = api.get("/sandbox/v1/journal", params={"cursor": "", "method": "POST"}).json()["data"][0]
        return [
            "",
            "/calls",
            f"/calls/{entry['id']}",
            "/webhooks",
            f"/webhooks/{sent['webhookId']}/{sent['deliveryId']}",
            "/bins",
            f"/bins/{BIN}",
            f"/bins/{BIN}/{spoiled['id']}",
            f"/timelines/{CORRELATION}",
            "/why",
            "/mail",
            "/world",
            "/key",
        ]

    def test_no_view_has_a_serious_fault_or_is_too_wide(
        self, page: Any, console: str, addresses: list[str]
    ) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        page.emulate_media(reduced_motion="reduce")
        for address in addresses:
            page.set_viewport_size({"width": 1440, "height": 900})
            page.goto(console + address)
            assert (address, []) == (
                address,
                grave(axe, page, runOnly=["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]),
            )
            page.set_viewport_size({"width": 390, "height": 800})
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert (address, wide) == (address, 0)

    def test_dark_colours_contrast_as_well(self, page: Any, console: str, addresses: list[str]) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        for address in addresses[2::3]:
            page.goto(console + address)
            assert (address, []) == (address, grave(axe, page, runOnly=["color-contrast"]))

    def test_the_keyboard_is_enough(self, api: Api, page: Any, console: str) -> None:
        trigger(api)
        page.goto(f"{console}/bins/{BIN}")
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to content"
        page.keyboard.press("Enter")
        page.locator("main:focus").wait_for()
        while "row" not in page.evaluate("document.activeElement.parentElement.className"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/bins/{BIN}/req_*")
        while focused(page) != "Send again":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("#notice", has_text="sent again").wait_for()
        page.keyboard.press("Tab")
        assert focused(page) == "Timeline"
        page.keyboard.press("Escape")
        page.locator("#notice .notice").wait_for(state="detached")
        assert focused(page) == "Send again"

    def test_arrows_walk_through_rows(self, api: Api, page: Any, console: str) -> None:
        trigger(api)
        trigger(api)
        page.goto(f"{console}/bins/{BIN}")
        rows = page.locator("#rows .row a")
        rows.first.focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.href") == rows.nth(1).evaluate("link => link.href")
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.href") == rows.first.evaluate("link => link.href")

    def test_a_line_is_copied_as_it_stands(self, page: Any, console: str) -> None:
        page.goto(console)
        page.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = text } }")
        page.get_by_role("button", name="Copy the command: Read something").click()
        page.locator("button", has_text="Copied").wait_for()
        assert page.evaluate("window.copied") == page.locator("#step1").inner_text()

    def test_the_clock_is_turned_from_the_page(self, api: Api, page: Any, console: str) -> None:
        before = api.get("/sandbox/v1/clock").json()["now"]
        page.goto(f"{console}/world")
        page.get_by_role("button", name="+ 1 day").focus()
        page.keyboard.press("Enter")
        page.locator("#notice", has_text="later").wait_for()
        page.locator("#strip", has_text="offset").wait_for()
        assert api.get("/sandbox/v1/clock").json()["now"][:10] > before[:10]
        assert focused(page) == "+ 1 day"


def grave(axe: Any, page: Any, **options: Any) -> list[str]:
    """The faults that keep somebody from using the page."""
    found = axe.run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def classes(page: Any, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all("all => all.map(each => each.className)")
    return found


def focused(page: Any) -> str:
    text: str = page.evaluate("document.activeElement.innerText || ''")
    return text.strip()
