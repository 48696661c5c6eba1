"""The widgets in a real browser, in the page of another origin whose policy allows nothing inline."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.portal.widgets import STATIC
from tests.conftest import Api
from tests.portal.shop import KEY, Shop, bound_to, fill, forgive, heading, press, text, told

NOWAK = "c4000000-0000-4000-8000-000000000001"
CONSULTATION = "c5000000-0000-4000-8000-000000000001"
DARK_TOO = "document.documentElement.style.colorScheme = 'light dark'"


@pytest.fixture(name="register")
def _register(api: Api, shop: Shop, page: Any) -> Any:
    """Opens the registration for a named event."""

    def register(event: str, **attributes: str) -> Any:
        return _opened(api, shop, page, "registration", {"event-id": api.fixture(event), **attributes})

    return register


@pytest.fixture(name="book")
def _book(api: Api, shop: Shop, page: Any) -> Any:
    """Opens the booking of Dr Nowak's consultation."""

    def book(**attributes: str) -> Any:
        ours = {"assignment-id": NOWAK, "offering-id": CONSULTATION}
        return _opened(api, shop, page, "booking", {**ours, **attributes})

    return book


def _opened(api: Api, shop: Shop, page: Any, kind: str, attributes: dict[str, str]) -> Any:
    base = {"lang": "en", "key": KEY, "api": f"{api.server.url}/w/{api.workspace_id}"}
    named = {name.replace("_", "-"): value for name, value in {**base, **attributes}.items()}
    written = " ".join(f'{name}="{value}"' for name, value in named.items())
    shop.open(page, f"<sandbox-{kind} {written}></sandbox-{kind}>")
    widget = page.locator(f"sandbox-{kind}")
    widget.get_by_role("heading", level=2).wait_for()
    return widget


COMPLAINT = """(each) => {
  const error = each.getAttribute("aria-describedby").split(" ").pop();
  return `${each.labels[0].textContent.trim()}: ${each.getRootNode().getElementById(error).textContent}`;
}"""


def _complaints(widget: Any) -> list[str]:
    """What is said at fields, with their labels."""
    invalid = widget.locator("[aria-invalid]")
    return [invalid.nth(number).evaluate(COMPLAINT) for number in range(invalid.count())]


class TestRegistration:
    def test_a_visitor_registers_and_the_page_is_told(
        self, api: Api, page: Any, shop: Shop, register: Any
    ) -> None:
        sent: list[str] = []
        page.on("request", lambda each: sent.append(each.headers.get("idempotency-key", "")))
        widget = register("event.free_meetup")
        assert "Webhook Meetup" in widget.get_by_role("heading", level=2).inner_text()
        fill(widget, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        press(widget, "Register")
        heading(widget, "You are registered")
        [detail] = told(page, "sandbox:registered")
        stored = api.get(f"/api/v1/registrations/{detail['id']}").json()
        assert (stored["status"], stored["contact"]["name"]) == ("confirmed", "Grace Guest")
        assert stored["code"] in text(widget)
        assert [32] == [len(key) for key in sent if key]
        assert told(page, "violation") == []

    def test_what_is_wrong_is_said_at_its_field_and_in_a_summary(self, page: Any, register: Any) -> None:
        widget = register("event.free_meetup")
        fill(widget, **{"E-mail": "grace"})
        press(widget, "Register")
        heading(widget, "Please check 2 things")
        forgive(page, "400")
        assert _complaints(widget) == [
            "Name: Please fill this in.",
            "E-mail: Enter an e-mail address such as name@example.com.",
        ]
        assert "Please check 2 things" in _focused(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert _focused_label(page) == "Name"
        page.keyboard.type("Grace")
        assert len(_complaints(widget)) == 1

    def test_several_tickets_a_code_that_is_none_and_the_way_to_pay(
        self, api: Api, page: Any, register: Any
    ) -> None:
        widget = register("event.devconf", payment_url="https://pay.example/{registrationId}?code={code}")
        widget.get_by_label("Early bird").select_option("2")
        fill(
            widget,
            Name="Grace Guest",
            **{"E-mail": "grace@sandbox.example", "Promotion code (optional)": "NOPE"},
        )
        widget.get_by_role("group", name="Person 2").get_by_label("Name").fill("Hal Host")
        assert "Total: €198.00" in text(widget)
        press(widget, "Register")
        heading(widget, "Please check one thing")
        forgive(page, "422")
        [complaint] = _complaints(widget)
        assert complaint.startswith("Promotion code")
        fill(widget, **{"Promotion code (optional)": ""})
        press(widget, "Register")
        heading(widget, "Your place is held")
        [detail] = told(page, "sandbox:registered")
        assert "€198.00" in text(widget)
        link = widget.get_by_role("link", name="Pay now").get_attribute("href")
        assert link == f"https://pay.example/{detail['id']}?code={detail['code']}"
        stored = api.get(f"/api/v1/registrations/{detail['id']}").json()
        assert ["Grace Guest", "Hal Host"] == [each["name"] for each in stored["items"][0]["attendees"]]

    def test_consent_is_asked_for_and_approval_awaited(self, page: Any, register: Any) -> None:
        widget = register("event.approval")
        fill(widget, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        press(widget, "Register")
        heading(widget, "Please check one thing")
        forgive(page, "422")
        assert _complaints(widget) == ["I accept the terms of participation.: Please agree to go on."]
        widget.get_by_role("checkbox").check()
        press(widget, "Register")
        heading(widget, "Your request has arrived")

    def test_a_full_event_offers_its_waiting_list(self, page: Any, register: Any) -> None:
        widget = register("event.sold_out_waitlist")
        fill(widget, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        press(widget, "Join the waiting list")
        heading(widget, "You are on the waiting list")
        [detail] = told(page, "sandbox:registered")
        assert detail["waitlistPosition"] == 3

    def test_an_event_without_places_asks_for_nothing(self, register: Any) -> None:
        widget = register("event.sold_out")
        assert "This event is sold out." in text(widget)
        assert widget.get_by_role("textbox").count() == 0

    def test_the_last_place_goes_while_the_form_is_filled_in(
        self, api: Api, page: Any, register: Any
    ) -> None:
        widget = register("event.last_seat")
        fill(widget, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        event = api.fixture("event.last_seat")
        [kind] = api.get(f"/api/v1/events/{event}/ticket-types").json()["data"]
        faster = {"name": "Flora Fast", "email": "flora@sandbox.example"}
        body = {"eventId": event, "contact": faster, "items": [{"ticketTypeId": kind["id"]}]}
        assert api.post("/api/v1/registrations", json=body).status_code == 201
        press(widget, "Register")
        widget.get_by_role("alert").get_by_text("No place is left at the event.").wait_for()
        widget.get_by_text("This event is sold out.").wait_for()
        forgive(page, "409")
        [detail] = told(page, "sandbox:error")
        assert (detail["code"], detail["status"]) == ("EVENT_SOLD_OUT", 409)

    def test_sending_again_after_no_answer_registers_once(self, api: Api, page: Any, register: Any) -> None:
        keys: list[str] = []
        lost = [True]

        def pass_on(route: Any) -> None:
            keys.append(route.request.headers["idempotency-key"])
            answer = route.fetch()
            if lost and lost.pop():
                route.abort("connectionreset")
            else:
                route.fulfill(response=answer)

        widget = register("event.free_meetup")
        page.route("**/api/v1/registrations", pass_on)
        fill(widget, Name="Grace Guest", **{"E-mail": "grace@sandbox.example"})
        press(widget, "Register")
        heading(widget, "Please check one thing")
        assert "There is no connection." in text(widget)
        forgive(page, "ERR_CONNECTION_RESET")
        press(widget, "Register")
        heading(widget, "You are registered")
        assert (len(keys), len(set(keys))) == (2, 1)
        found = api.get("/api/v1/registrations", params={"email": "grace@sandbox.example"}).json()
        assert found["pagination"]["totalItems"] == 1

    def test_it_speaks_the_language_of_the_page(self, register: Any) -> None:
        widget = register("event.free_meetup")
        said = {"de": "Anmelden", "pl-PL": "Zarejestruj się", "ja": "申し込む", "fr": "Register"}
        for language, button in said.items():
            widget.evaluate("(each, language) => each.setAttribute('lang', language)", language)
            widget.get_by_role("button", name=button).wait_for()


class TestBooking:
    def test_the_keyboard_is_enough(self, api: Api, page: Any, book: Any) -> None:
        widget = book()
        assert "Europe/Warsaw" in widget.get_by_role("group").last.inner_text()
        first, second = (widget.get_by_role("radio").nth(number) for number in (0, 1))
        _tab_to(page, first.evaluate("(each) => each.labels[0].textContent"))
        page.keyboard.press("ArrowRight")
        start = second.get_attribute("value")
        _tab_to(page, "Continue")
        page.keyboard.press("Enter")
        heading(widget, "Your details")
        for label, typed in {
            "First name": "Grace",
            "Last name": "Guest",
            "E-mail": "grace@sandbox.example",
        }.items():
            _tab_to(page, label)
            page.keyboard.type(typed)
        _tab_to(page, "I agree")
        page.keyboard.press("Space")
        _tab_to(page, "Book now")
        page.keyboard.press("Enter")
        heading(widget, "Your appointment is booked")
        [detail] = told(page, "sandbox:booked")
        stored = api.get(f"/api/v1/bookings/{detail['id']}").json()
        assert (stored["status"], stored["code"]) == ("confirmed", detail["code"])
        assert stored["startsAt"] == start
        assert told(page, "violation") == []

    def test_a_slot_that_went_is_said_to_be_gone_and_is_offered_no_more(
        self, api: Api, page: Any, book: Any
    ) -> None:
        widget = book()
        chosen = widget.get_by_role("radio").first
        start = chosen.get_attribute("value")
        chosen.check()
        ours = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": start}
        assert api.post("/api/v1/slot-holds", json=ours).status_code == 201
        press(widget, "Continue")
        widget.get_by_text("This time has just been taken.").wait_for()
        forgive(page, "409")
        starts = widget.get_by_role("radio").evaluate_all("all => all.map((each) => each.value)")
        assert starts
        assert start not in starts

    def test_what_is_missing_is_said_and_a_held_time_can_be_given_back(
        self, api: Api, page: Any, book: Any
    ) -> None:
        widget = book()
        widget.get_by_role("radio").first.check()
        press(widget, "Continue")
        heading(widget, "Your details")
        press(widget, "Book now")
        heading(widget, "Please check 4 things")
        assert len(_complaints(widget)) == 4
        fill(widget, First_name="Grace", Last_name="Guest", **{"E-mail": "grace@sandbox.example"})
        fill(widget, **{"Telephone (optional)": "12"})
        widget.get_by_role("checkbox").check()
        press(widget, "Book now")
        heading(widget, "Please check one thing")
        forgive(page, "400")
        [complaint] = _complaints(widget)
        assert "country code" in complaint
        press(widget, "Choose another time")
        heading(widget, "Appointment with Dr Anna Nowak")
        ours = [one for one in api.workspace.store.find("slot_hold") if one["offeringId"] == CONSULTATION]
        assert "released" in {one["status"] for one in ours}

    def test_a_hold_that_lapsed_leads_back_to_the_times(self, api: Api, page: Any, book: Any) -> None:
        widget = book()
        widget.get_by_role("radio").first.check()
        press(widget, "Continue")
        heading(widget, "Your details")
        fill(widget, First_name="Grace", Last_name="Guest", **{"E-mail": "grace@sandbox.example"})
        widget.get_by_role("checkbox").check()
        api.advance("PT11M")
        press(widget, "Book now")
        widget.get_by_text("The time was no longer held for you.").wait_for()
        forgive(page, "409")

    def test_a_practitioner_is_booked_by_service_and_day(self, api: Api, page: Any, shop: Shop) -> None:
        person = {"practitioner-id": "c3000000-0000-4000-8000-000000000001"}
        widget = _opened(api, shop, page, "booking", person)
        services = widget.get_by_label("Service")
        services.select_option(label="Consultation · 30 min · PLN 200.00")
        widget.get_by_label("Day").select_option(index=1)
        widget.get_by_role("radio").first.check()
        press(widget, "Continue")
        heading(widget, "Your details")


class TestEverywhere:
    def test_no_serious_accessibility_fault_in_light_or_dark(
        self, page: Any, register: Any, book: Any
    ) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="axe is not installed"
        ).Axe()
        page.emulate_media(reduced_motion="reduce")
        widget = register("event.approval")
        press(widget, "Register")
        heading(widget, "Please check 3 things")
        forgive(page, "400")
        assert _grave(axe, page) == []
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate(DARK_TOO)
        assert _grave(axe, page) == []
        widget = book()
        page.evaluate(DARK_TOO)
        widget.get_by_role("radio").first.check()
        assert _grave(axe, page) == []
        press(widget, "Continue")
        heading(widget, "Your details")
        assert _grave(axe, page) == []

    def test_it_is_dark_where_the_page_can_be(self, page: Any, register: Any) -> None:
        page.emulate_media(color_scheme="dark")
        card = register("event.devconf").locator(".card")
        ground = "card => getComputedStyle(card).backgroundColor"
        assert card.evaluate(ground) == "rgb(255, 255, 255)"
        page.evaluate(DARK_TOO)
        assert card.evaluate(ground) == "rgb(25, 28, 39)"

    def test_it_fits_a_narrow_page(self, page: Any, register: Any) -> None:
        page.set_viewport_size({"width": 320, "height": 700})
        register("event.devconf")
        assert page.evaluate("document.documentElement.scrollWidth") == 320

    def test_an_event_that_is_not_there_is_said_so(self, api: Api, page: Any, shop: Shop) -> None:
        gone = {"event-id": api.fixture("event.draft_ready"), "key": KEY}
        attributes = " ".join(f'{name}="{value}"' for name, value in gone.items())
        shop.open(page, f"<sandbox-registration lang='en' {attributes}></sandbox-registration>")
        page.get_by_text("This is not available.").wait_for()
        forgive(page, "404", "404")

    def test_every_language_has_every_word(self, page: Any, shop: Shop) -> None:
        shop.open(page, "")
        words = (STATIC / "words.js").read_text(encoding="utf-8")
        names = re.findall(r"^  (\w\w): \{(.*?)^  \},", words, re.MULTILINE | re.DOTALL)
        said = {language: set(re.findall(r'(\w+): "', block)) for language, block in names}
        assert list(said) == ["en", "de", "pl", "ja"]
        assert {frozenset(said["en"])} == {frozenset(each) for each in said.values()}

    def test_a_key_of_other_pages_shows_nothing(self, api: Api, page: Any, shop: Shop) -> None:
        key = bound_to(api, "https://elsewhere.example")
        event = api.fixture("event.free_meetup")
        shop.open(
            page, f'<sandbox-registration lang="en" event-id="{event}" key="{key}"></sandbox-registration>'
        )
        page.get_by_text("Browsers may not call from this origin.").wait_for()
        forgive(page, "403", "403")


def _grave(axe: Any, page: Any) -> list[str]:
    options = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = axe.run(page, options=options).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


DEEPEST = (
    "let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
)


def _focused(page: Any) -> str:
    text: str = page.evaluate(f"() => {{ {DEEPEST} return at?.innerText ?? ''; }}")
    return text


def _focused_label(page: Any) -> str:
    label = "at?.labels?.[0]?.textContent ?? at?.innerText ?? ''"
    text: str = page.evaluate(f"() => {{ {DEEPEST} return {label}; }}")
    return text.strip()


def _tab_to(page: Any, label: str) -> None:
    """Tab onwards until what has the focus is called so."""
    for _ in range(60):
        if _focused_label(page).startswith(label):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {label}; at {_focused_label(page)!r}")
