"""What sessions refuse whichever way it is asked for, and what is shown of their materials."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.conftest import Api, Server
from tests.platform.event_desk import DEVCONF, code
from tests.platform.walks import walking

AT = f"/api/v1/events/{DEVCONF}"
STEPS = {
    ("draft", "plan"): ("scheduled", "session.updated"),
    ("draft", "set_times"): ("scheduled", "session.updated"),
    ("draft", "rename"): ("draft", "session.updated"),
    ("draft", "cancel"): ("cancelled", "session.cancelled"),
    ("scheduled", "plan"): ("scheduled", "session.updated"),
    ("scheduled", "set_times"): ("scheduled", "session.updated"),
    ("scheduled", "rename"): ("scheduled", "session.updated"),
    ("scheduled", "start"): ("live", "session.updated"),
    ("scheduled", "cancel"): ("cancelled", "session.cancelled"),
    ("live", "rename"): ("live", "session.updated"),
    ("live", "end"): ("completed", "session.updated"),
    ("completed", "rename"): ("completed", "session.updated"),
}


def times(hour: int) -> dict[str, str]:
    return {"startsAt": f"2026-11-19T{hour:02d}:00:00.000Z", "endsAt": f"2026-11-19T{hour:02d}:30:00.000Z"}


def asked(api: Api, url: str, action: str, number: int) -> Any:
    """Every call differs from the one before, so that each is a change."""
    if action == "plan":
        return api.put(f"{url}/schedule", json=times(6 + number))
    if action in ("set_times", "lose_times", "rename"):
        lost = {"startsAt": None, "endsAt": None}
        bodies = {"set_times": times(6 + number), "lose_times": lost, "rename": {"title": f"Talk {number}"}}
        return api.patch(url, json=bodies[action])
    return api.post(f"{url}/{action}", **({"json": {"reason": "ill"}} if action == "cancel" else {}))


ACTIONS = ["plan", "set_times", "lose_times", "rename", "start", "end", "cancel"]


class TestWalks:
    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(actions=some.lists(some.sampled_from(ACTIONS), min_size=2, max_size=9))
    def test_take_listed_steps_only_and_tell_exactly_of_them(
        self, server: Server, actions: list[str]
    ) -> None:
        with walking(server) as walk:
            session = walk.api.post(f"{walk.url}/sessions", json={"title": "Talk"}).json()
            url, status = f"{walk.url}/sessions/{session['id']}", "draft"
            assert walk.news() == [("session.created", session["id"])]
            for number, action in enumerate(actions):
                answer = asked(walk.api, url, action, number)
                step = STEPS.get((status, action))
                if step is None and (status, action) == ("draft", "lose_times"):
                    assert (answer.status_code, walk.news()) == (200, [])
                elif step is None:
                    assert code(answer) == (409, "INVALID_STATE_TRANSITION"), (status, action)
                    assert walk.news() == []
                else:
                    assert answer.status_code == 200, answer.text
                    assert walk.news() == [(step[1], session["id"])]
                    status = step[0]
                assert walk.status_of("session", session["id"]) == status


class TestDelete:
    def test_takes_materials_and_their_files_along(self, api: Api) -> None:
        url = f"{AT}/sessions/{api.post(f'{AT}/sessions', json={'title': 'Draft'}).json()['id']}"
        file = {"file": ("notes.txt", b"notes")}
        made = api.post(f"{url}/materials", data={"title": "Notes"}, files=file).json()
        assert api.delete(url).status_code == 204
        for kind in ("material", "material_content"):
            assert api.workspace.store.get(kind, made["id"]) is None


class TestMaterials:
    @pytest.fixture(name="url")
    def _url(self, api: Api) -> str:
        members = {**times(6), "title": "Talk"}
        event = api.get(AT).json()["startsAt"]
        members |= {"startsAt": event, "endsAt": f"{event[:11]}12:00:00.000Z"}
        answer = api.post(f"{AT}/sessions", json=members)
        assert answer.status_code == 201, answer.text
        return f"{AT}/sessions/{answer.json()['id']}/materials"

    def test_an_address_is_shown_to_those_it_is_for(self, api: Api, url: str) -> None:
        link = {
            "title": "Code",
            "kind": "link",
            "url": "https://code.sandbox.example",
            "access": "registered",
        }
        own = f"{url}/{api.post(url, json=link).json()['id']}"
        assert api.get(own).json()["url"] == link["url"]
        assert api.persona("attendee").get(own).json()["url"] == link["url"]
        for stranger in (api.anonymous, api.persona("erasable")):
            assert stranger.get(own).json()["url"] is None
            assert stranger.get(url).json()["data"][0]["url"] is None

    def test_an_office_document_is_more_than_an_archive(self, api: Api, url: str) -> None:
        package = BytesIO()
        with ZipFile(package, "w") as parts:
            parts.writestr("ppt/presentation.xml", "<p/>")
        contents = {"slides.pptx": 201, "letter.docx": 415}
        for name, status in contents.items():
            sent = api.post(url, data={"title": "T"}, files={"file": (name, package.getvalue())})
            assert sent.status_code == status, sent.text
        broken = api.post(url, data={"title": "T"}, files={"file": ("slides.pptx", b"PK\x03\x04?")})
        assert code(broken) == (415, "UNSUPPORTED_MEDIA_TYPE")
