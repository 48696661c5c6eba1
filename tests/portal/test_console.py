"""The console without a browser: who is let in, what is recorded, and lines that work when pasted."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess

import pytest

from sandbox.platform.letters import write_letter
from tests.conftest import Api
from tests.portal.worlds import BIN, CORRELATION, arrived
from tests.programs import needs_curl

HTMX = {"HX-Request": "true"}
HOOK, FAILING = (f"f1000000-0000-4000-8000-{number:012d}" for number in (1, 2))
VIEWS = ("", "/calls", "/webhooks", "/why", "/bins", f"/bins/{BIN}", "/mail", "/world")


def console(api: Api, rest: str = "") -> str:
    return f"/console/{api.workspace_id}{rest}"


class TestFirstSteps:
    @needs_curl
    def test_the_three_lines_work_when_pasted(self, api: Api) -> None:
        page = api.anonymous.get(console(api)).text
        lines = [html.unescape(line) for line in re.findall(r'<pre[^>]*id="step\d"[^>]*>([^<]+)</pre>', page)]
        assert len(lines) == 3
        read, caused, seen = (json.loads(_run(line)) for line in lines)
        assert read["data"]
        assert len(caused["deliveries"]) == 1
        assert seen["data"][0]["signature"]["valid"] is True

    def test_what_it_links_to_is_there(self, api: Api) -> None:
        page = api.anonymous.get(console(api)).text
        links = sorted(set(re.findall(r'(?:href|src)="(/[^"]*)"', page)))
        assert links
        for link in links:
            answer = api.anonymous.get(html.unescape(link))
            assert (200, link) == (answer.status_code, link)


class TestWhoIsLetIn:
    def test_a_name_that_is_not_ours_is_refused(self, api: Api) -> None:
        answer = api.anonymous.get(console(api), headers={"Host": "attacker.example"})
        assert answer.status_code == 403
        assert "sk_sandbox" not in answer.text

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            HTMX | {"Origin": "https://attacker.example"},
            HTMX | {"Origin": "null"},
            HTMX | {"Sec-Fetch-Site": "cross-site"},
            HTMX | {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_another_site_changes_nothing(self, api: Api, headers: dict[str, str]) -> None:
        before = arrived(api)
        form = {"event": "registration.confirmed"}
        answer = api.anonymous.post(console(api, "/act/trigger"), data=form, headers=headers)
        assert answer.status_code == 403
        assert arrived(api) == before

    def test_other_sites_may_not_read(self, api: Api) -> None:
        answer = api.anonymous.get(console(api), headers={"Origin": "https://attacker.example"})
        assert "access-control-allow-origin" not in answer.headers

    def test_a_world_that_shuts_demo_keys_out_shuts_the_pages_out(self, api: Api) -> None:
        settings = {"settings": {"publicFixtureCredentials": False}}
        changed = api.control.patch(f"/sandbox/v1/workspaces/{api.workspace_id}", json=settings)
        assert changed.status_code == 200, changed.text
        for view in (*VIEWS, "/live/calls"):
            assert api.anonymous.get(console(api, view)).status_code == 401
        refused = api.anonymous.post(console(api, "/act/faults/clear"), headers=HTMX)
        assert refused.status_code == 401

    def test_an_unknown_world_is_not_found(self, api: Api) -> None:
        assert api.anonymous.get("/console/ws_nowhere").status_code == 404

    def test_an_address_that_is_none_is_a_page_too(self, api: Api) -> None:
        answer = api.anonymous.get(console(api, "/no/such%3Cb%3E"))
        assert answer.status_code == 404
        assert "there is no page &#39;no/such&lt;b&gt;&#39;" in answer.text

    def test_an_id_that_cannot_be_is_not_found_either(self, api: Api) -> None:
        answer = api.anonymous.get(console(api, "/bins/none"))
        assert (answer.status_code, "There is nothing here" in answer.text) == (404, True)

    def test_the_way_to_another_world(self, api: Api) -> None:
        answer = api.anonymous.get("/console", params={"workspace": api.workspace_id})
        assert (303, console(api)) == (answer.status_code, answer.headers["Location"])


class TestPages:
    @pytest.mark.parametrize("view", VIEWS)
    def test_nothing_runs_inline_or_comes_from_elsewhere(self, api: Api, view: str) -> None:
        answer = api.anonymous.get(console(api, view))
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert not re.search(r"<script(?![^>]*src=)|<style|\s(?:on\w+|style)=", answer.text)
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)

    def test_looking_is_not_recorded(self, api: Api) -> None:
        journal = api.server.sandbox.server.journals.of(api.workspace_id)
        before = journal.recorded
        for view in VIEWS:
            assert api.anonymous.get(console(api, view)).status_code == 200
        assert journal.recorded == before

    def test_acting_is_recorded_like_any_call(self, api: Api) -> None:
        form = {"event": "registration.confirmed"}
        answer = api.anonymous.post(console(api, "/act/trigger"), data=form, headers=HTMX)
        assert "1 subscription" in answer.text
        [entry] = api.get(
            "/sandbox/v1/journal", params={"cursor": "", "operationId": "triggerWebhook"}
        ).json()["data"]
        assert entry["correlationId"] in answer.text

    def test_a_refusal_is_told_in_the_words_of_the_api(self, api: Api) -> None:
        answer = api.anonymous.post(console(api, "/act/trigger"), data={"event": "no.such"}, headers=HTMX)
        assert "UNKNOWN_EVENT_TYPE" in answer.text

    def test_a_form_has_a_limit(self, api: Api) -> None:
        answer = api.anonymous.post(console(api, "/act/bins"), content=b"name=" + b"x" * 70_000, headers=HTMX)
        assert answer.status_code == 413

    def test_faults_are_shown_while_they_are_on(self, api: Api) -> None:
        on = api.anonymous.post(
            console(api, "/act/faults/preset"), data={"preset": "rate-limited"}, headers=HTMX
        )
        assert on.headers["HX-Trigger"] == "renew"
        assert "1 fault is on" in api.anonymous.get(console(api, "/calls")).text
        api.anonymous.post(console(api, "/act/faults/clear"), headers=HTMX)
        assert "is on" not in api.anonymous.get(console(api, "/calls")).text


class TestSubscriptions:
    def test_a_ping_says_how_the_receiver_answered(self, api: Api) -> None:
        assert "the receiver answered 200" in act(api, f"webhooks/{HOOK}/test")
        failed = act(api, f"webhooks/{FAILING}/test")
        assert "The receiver answered 500; the test event is sent again later." in failed

    def test_off_and_on_again(self, api: Api) -> None:
        assert "Nothing more is delivered" in act(api, f"webhooks/{HOOK}/disable")
        assert f"/webhooks/{HOOK}/enable" in api.anonymous.get(console(api, "/webhooks")).text
        assert "WEBHOOK_DISABLED" in act(api, f"webhooks/{HOOK}/test")
        assert "delivered to again" in act(api, f"webhooks/{HOOK}/enable")
        assert "cannot explode" in act(api, f"webhooks/{HOOK}/explode", 404)

    def test_a_new_secret_is_shown_once(self, api: Api) -> None:
        [secret] = re.findall(r'<code id="secret">whsec_([^<]+)<', act(api, f"webhooks/{HOOK}/rotate-secret"))
        assert secret not in html.unescape(api.anonymous.get(console(api, "/webhooks")).text)


class TestStreams:
    def test_nothing_is_lost_between_page_and_stream(self, api: Api) -> None:
        live = _live(api)
        assert api.get("/api/v1/locations").status_code == 200
        assert "/api/v1/locations" in _first_event(api, live)

    def test_a_browser_that_comes_back_goes_on_where_it_was(self, api: Api) -> None:
        live = _live(api)
        assert api.get("/api/v1/locations").status_code == 200
        first = _first_event(api, live)
        assert api.get("/api/v1/services").status_code == 200
        place = re.findall(r"^id: (.+)$", first, re.MULTILINE)[0]
        again = _first_event(api, live, {"Last-Event-ID": place})
        assert "/api/v1/services" in again
        assert "/api/v1/locations" not in again

    def test_a_browser_that_was_away_too_long_is_told_so(self, api: Api) -> None:
        told = _first_event(api, console(api, "/live/calls"), {"Last-Event-ID": "0-1"})
        assert "event: stale" in told

    def test_what_does_not_fit_the_filter_is_not_sent(self, api: Api) -> None:
        live = _live(api, "?statusClass=4xx")
        assert api.get("/api/v1/locations").status_code == 200
        assert api.get("/api/v1/nothing").status_code == 404
        told = _first_event(api, live)
        assert "/api/v1/nothing" in told
        assert "/api/v1/locations" not in told


class TestMail:
    def test_a_letter_is_shown_as_text(self, api: Api) -> None:
        with api.workspace.transaction(CORRELATION) as tx:
            made = write_letter(tx, "receipt", {"email": "ada@sandbox.example"}, {}, subject="<b>Paid</b>")
        assert "&lt;b&gt;Paid" in api.anonymous.get(console(api, "/mail")).text
        letter = api.anonymous.get(console(api, f"/mail/{made['id']}"))
        assert letter.status_code == 200
        assert "ada@sandbox.example" in letter.text
        assert f"/mail/{made['id']}" in api.anonymous.get(console(api, f"/timelines/{CORRELATION}")).text

    def test_it_says_what_it_is_about_and_shows_the_message(self, api: Api) -> None:
        about = {"type": "payment", "id": "d1000000-0000-4000-8000-000000000001"}
        with api.workspace.transaction() as tx:
            made = write_letter(tx, "receipt", {"email": "ada@sandbox.example"}, about, subject="Paid")
        letter = api.anonymous.get(console(api, f"/mail/{made['id']}")).text
        assert f"<dd>payment <code>{about['id']}</code></dd>" in letter
        assert "Subject: Paid" in letter

    def test_the_older_ones_are_on_further_pages(self, api: Api) -> None:
        with api.workspace.transaction() as tx:
            for number in range(51):
                write_letter(tx, "receipt", {"email": "ada@sandbox.example"}, {}, subject=f"Letter {number}")
        first = api.anonymous.get(console(api, "/mail")).text
        second = api.anonymous.get(console(api, "/mail?page=2")).text
        assert "mail?page=2" in first
        assert "mail?page=1" in second
        subjects = re.findall(r"Letter \d+", first + second)
        assert len(set(subjects)) == len(subjects) == 51


class TestWhy:
    def test_an_event_that_nobody_caused(self, api: Api) -> None:
        about = {"event": "booking.confirmed", "resourceId": "nothing"}
        answer = api.anonymous.get(console(api, "/why"), params=about)
        assert answer.status_code == 200
        assert "never caused" in answer.text


def act(api: Api, what: str, status: int = 200) -> str:
    """What is said when it was done from the page."""
    answer = api.anonymous.post(console(api, f"/act/{what}"), headers=HTMX)
    assert answer.status_code == status
    return html.unescape(answer.text)


def _live(api: Api, query: str = "") -> str:
    """The stream that a page opens."""
    page = api.anonymous.get(console(api, f"/calls{query}")).text
    return html.unescape(re.findall(r'hx-sse:connect="([^"]+)"', page)[0])


def _first_event(api: Api, address: str, headers: dict[str, str] | None = None) -> str:
    """The first thing that is told on the stream."""
    with api.anonymous.stream("GET", address, headers=headers or {}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        told: list[str] = []
        for line in answer.iter_lines():
            if not line and any(each.startswith("id: ") for each in told):
                break
            told.append(line)
    return "\n".join(told)


def _run(line: str) -> str:
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
