"""Sessions: the programme of an event, its rooms, speakers, materials and visitors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.workspace import Workspace
from sandbox.platform.session_life import LIFE, sessions
from tests.conftest import Api

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Desk:
    """An event with a room, and calls around its sessions."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.event = api.fixture("event.devconf")
        self.at = f"/api/v1/events/{self.event}"
        self.starts = api.get(self.at).json()["startsAt"]

    def room(self, name: str = "Attic") -> str:
        answer = self.api.post(f"{self.at}/rooms", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def time(self, hour: float) -> dict[str, str]:
        day = self.starts[:10]
        start = f"{int(hour):02d}:{int(hour % 1 * 60):02d}"
        return {
            "startsAt": f"{day}T{start}:00.000Z",
            "endsAt": f"{day}T{int(hour) + 1:02d}:{start[3:]}:00.000Z",
        }

    def post(self, **members: Any) -> Any:
        return self.api.post(f"{self.at}/sessions", json={"title": "Late talk", **members})

    def made(self, **members: Any) -> dict[str, Any]:
        answer = self.post(**members)
        assert answer.status_code == 201, answer.text
        session: dict[str, Any] = answer.json()
        return session

    def path(self, session: dict[str, Any]) -> str:
        return f"{self.at}/sessions/{session['id']}"


@pytest.fixture(name="desk")
def _desk(api: Api) -> Desk:
    return Desk(api)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestCreate:
    def test_without_a_time_it_is_a_draft_that_the_public_does_not_see(self, desk: Desk) -> None:
        session = desk.made()
        assert session["status"] == "draft"
        assert desk.api.anonymous.get(desk.path(session)).status_code == 404
        assert session in desk.api.get(f"{desk.at}/sessions?status=draft").json()["data"]
        assert desk.api.anonymous.get(f"{desk.at}/sessions?status=draft").json()["data"] == []

    def test_with_one_it_is_scheduled(self, desk: Desk) -> None:
        assert desk.made(**desk.time(14), roomId=desk.room())["status"] == "scheduled"

    @pytest.mark.parametrize(
        ("times", "expected"),
        [
            ({"startsAt": "2020-01-01T10:00:00Z", "endsAt": "2020-01-01T11:00:00Z"}, "SESSION_OUTSIDE_EVENT"),
            ({"startsAt": "2026-12-16T10:00:00Z"}, "BUSINESS_RULE_VIOLATION"),
            (
                {"startsAt": "2026-12-16T10:00:00Z", "endsAt": "2026-12-16T10:01:00Z"},
                "BUSINESS_RULE_VIOLATION",
            ),
        ],
    )
    def test_times_have_to_fit(self, desk: Desk, times: dict[str, str], expected: str) -> None:
        assert code(desk.post(**times))[1] == expected

    def test_a_room_is_taken_once_unless_that_is_accepted(self, desk: Desk) -> None:
        room = desk.room()
        first = desk.made(**desk.time(14), roomId=room)
        twice = desk.post(**desk.time(14.5), roomId=room)
        assert code(twice) == (409, "ROOM_CONFLICT")
        assert twice.json()["error"]["_links"]["conflict"]["href"] == desk.path(first)
        second = desk.made(**desk.time(14.5), roomId=room, allowConflicts=True)
        assert "allowConflicts" not in second
        renamed = desk.api.patch(desk.path(second), json={"title": "Still there"})
        assert renamed.status_code == 200

    def test_a_room_of_another_event_is_none(self, desk: Desk) -> None:
        other = desk.api.fixture("event.free_meetup")
        room = desk.api.post(f"/api/v1/events/{other}/rooms", json={"name": "Far away"}).json()["id"]
        assert code(desk.post(**desk.time(14), roomId=room))[1] == "BUSINESS_RULE_VIOLATION"


class TestLife:
    def test_from_plan_to_end(self, desk: Desk) -> None:
        session = desk.made()
        planned = desk.api.put(f"{desk.path(session)}/schedule", json=desk.time(15)).json()
        assert planned["status"] == "scheduled"
        assert desk.api.post(f"{desk.path(session)}/start").json()["status"] == "live"
        assert desk.api.post(f"{desk.path(session)}/end").json()["status"] == "completed"
        assert code(desk.api.delete(desk.path(session))) == (409, "INVALID_STATE_TRANSITION")

    def test_one_that_is_cancelled_leaves_its_room(self, desk: Desk) -> None:
        room = desk.room()
        session = desk.made(**desk.time(14), roomId=room)
        gone = desk.api.post(f"{desk.path(session)}/cancel", json={"reason": "ill"}).json()
        assert (gone["status"], gone["cancellationReason"]) == ("cancelled", "ill")
        assert desk.made(**desk.time(14), roomId=room)["status"] == "scheduled"

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.sampled_from(["schedule", "start", "end", "cancel"]), max_size=8))
    def test_takes_listed_steps_and_tells_of_each(self, workspace: Workspace, actions: list[str]) -> None:
        told = {"schedule": "session.updated", "start": "session.updated", "end": "session.updated"}
        with workspace.transaction() as tx:
            session = sessions.insert(tx, {"eventId": "e", "title": "Walk", "status": "draft"})
            expected, begun = [], workspace.store.events
            for action in actions:
                if (session["status"], action) in LIFE.table:
                    before, session = session["status"], sessions.move(tx, session, LIFE, action)
                    assert session["status"] == LIFE.table[before, action]
                    expected.append(told.get(action, "session.cancelled"))
                else:
                    with pytest.raises(InvalidStateTransition):
                        sessions.move(tx, session, LIFE, action)
            recorded = [tx.need("outbox", f"{begun + n + 1:012d}")["type"] for n in range(len(expected))]
            assert (recorded, workspace.store.events) == (expected, begun + len(expected))


class TestSpeakers:
    def test_hold_sessions_one_at_a_time(self, desk: Desk) -> None:
        speaker = desk.api.post(
            "/api/v1/speakers", json={"name": "Nora New", "email": "nora@sandbox.example"}
        ).json()
        one, two = desk.made(**desk.time(14)), desk.made(**desk.time(14.5))
        held = desk.api.put(f"{desk.path(one)}/speakers/{speaker['id']}", json={"role": "moderator"})
        assert (held.status_code, held.json()["role"]) == (200, "moderator")
        assert code(desk.api.put(f"{desk.path(two)}/speakers/{speaker['id']}")) == (409, "SPEAKER_CONFLICT")
        listed = desk.api.get(f"/api/v1/speakers/{speaker['id']}/sessions").json()["data"]
        assert [each["id"] for each in listed] == [one["id"]]
        assert code(desk.api.delete(f"/api/v1/speakers/{speaker['id']}")) == (409, "RESOURCE_IN_USE")
        assert desk.api.delete(f"{desk.path(one)}/speakers/{speaker['id']}").status_code == 204
        assert desk.api.delete(f"/api/v1/speakers/{speaker['id']}").status_code == 204

    def test_their_drafts_are_for_those_who_plan(self, desk: Desk) -> None:
        speaker = desk.api.post("/api/v1/speakers", json={"name": "Dora Draft"}).json()["id"]
        draft = desk.made()
        desk.api.put(f"{desk.path(draft)}/speakers/{speaker}")
        path = f"/api/v1/speakers/{speaker}/sessions"
        assert [each["id"] for each in desk.api.get(path).json()["data"]] == [draft["id"]]
        assert desk.api.anonymous.get(path).json()["data"] == []
        assert desk.api.persona("attendee").get(path).json()["data"] == []

    def test_their_address_is_for_those_who_look_after_them(self, api: Api) -> None:
        path = f"/api/v1/speakers/{api.fixture('speaker.keynote')}"
        assert api.get(path).json()["email"] == "speaker@sandbox.example"
        assert api.anonymous.get(path).json()["email"] is None

    def test_read_what_is_said_of_their_own_sessions(self, api: Api) -> None:
        event, keynote = api.fixture("event.devconf"), api.fixture("session.keynote")
        speaker = api.persona("speaker")
        assert speaker.get(f"/api/v1/events/{event}/sessions/{keynote}/feedback").status_code == 200
        found = api.get(f"/api/v1/events/{event}/sessions?limit=3").json()["data"]
        foreign = next(each["id"] for each in found if each["id"] != keynote)
        assert speaker.get(f"/api/v1/events/{event}/sessions/{foreign}/feedback").status_code == 404


class TestMaterials:
    def upload(self, desk: Desk, session: dict[str, Any], name: str, content: bytes, **form: str) -> Any:
        files = {"file": (name, content, "application/x-whatever")}
        return desk.api.post(f"{desk.path(session)}/materials", data={"title": "Sheet", **form}, files=files)

    def test_a_file_comes_back_as_it_was(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        made = self.upload(desk, session, "chart.png", PNG, access="public")
        assert (made.status_code, made.json()["mediaType"]) == (201, "image/png"), made.text
        file = desk.api.anonymous.get(f"{desk.path(session)}/materials/{made.json()['id']}/content")
        assert (file.content, file.headers["content-type"]) == (PNG, "image/png")
        assert file.headers["content-disposition"] == 'attachment; filename="chart.png"'

    def test_names_of_any_script_and_length_come_back(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        made = self.upload(desk, session, "日本 Żółw.png", PNG).json()
        file = desk.api.get(f"{desk.path(session)}/materials/{made['id']}/content")
        assert "filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%C5%BB" in file.headers["content-disposition"]
        assert len(self.upload(desk, session, "n" * 400 + ".png", PNG).json()["fileName"]) == 200

    @pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "soon"])
    def test_a_moment_that_cannot_be_is_refused(self, desk: Desk, moment: str) -> None:
        session = desk.made(**desk.time(14))
        assert code(self.upload(desk, session, "a.png", PNG, availableFrom=moment)) == (
            400,
            "VALIDATION_ERROR",
        )

    def test_they_and_all_else_go_with_their_session(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        self.upload(desk, session, "a.png", PNG)
        desk.api.post(f"{desk.path(session)}/video-meeting", json={"provider": "none"})
        assert desk.api.delete(desk.path(session)).status_code == 204
        left = [
            key
            for kind, key, _ in desk.api.workspace.store.changes()
            if kind in ("material", "video_meeting")
        ]
        assert left == []

    def test_the_content_counts_and_not_the_name(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        for name, content in (("paper.pdf", PNG), ("tool.exe", b"MZ"), ("text.txt", b"\xff\xfe\0")):
            assert code(self.upload(desk, session, name, content)) == (415, "UNSUPPORTED_MEDIA_TYPE"), name

    def test_there_is_a_largest_file(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        assert self.upload(desk, session, "big.txt", b"x" * (3 << 20)).status_code == 201
        assert code(self.upload(desk, session, "huge.txt", b"x" * (11 << 20))) == (413, "PAYLOAD_TOO_LARGE")

    def test_the_files_of_a_workspace_have_room_together(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        made = self.upload(desk, session, "a.txt", b"a").json()
        with desk.api.workspace.transaction() as tx:
            tx.revise("material", tx.need("material", made["id"]), sizeBytes=100 << 20)
        assert code(self.upload(desk, session, "b.txt", b"b")) == (409, "QUOTA_EXCEEDED")
        assert desk.api.delete(f"{desk.path(session)}/materials/{made['id']}").status_code == 204
        assert self.upload(desk, session, "b.txt", b"b").status_code == 201

    def test_some_are_for_those_who_come(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        made = self.upload(desk, session, "notes.txt", b"notes").json()
        content = f"{desk.path(session)}/materials/{made['id']}/content"
        assert desk.api.persona("attendee").get(content).text == "notes"
        refused = desk.api.persona("erasable").get(content)
        assert code(refused) == (403, "INSUFFICIENT_PERMISSIONS")

    def test_a_link_needs_its_url(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        link = {"title": "Code", "kind": "link", "url": "https://code.sandbox.example"}
        made = desk.api.post(f"{desk.path(session)}/materials", json=link)
        assert (made.status_code, made.json()["fileName"]) == (201, None)
        assert desk.api.get(f"{desk.path(session)}/materials/{made.json()['id']}/content").status_code == 404
        for url in ({}, {"url": "javascript:alert(1)"}):
            wrong = {"title": "Code", "kind": "link", **url}
            answer = desk.api.post(f"{desk.path(session)}/materials", json=wrong)
            assert code(answer) == (400, "VALIDATION_ERROR")


class TestVisits:
    def attendees(self, desk: Desk, number: int) -> list[str]:
        found = desk.api.get(f"{desk.at}/attendees?limit={number}").json()["data"]
        return [each["id"] for each in found]

    def test_no_more_than_there_is_room_for_and_each_once(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14), capacity=1)
        first, second = self.attendees(desk, 2)
        visits = f"{desk.path(session)}/attendance"
        assert desk.api.post(visits, json={"attendeeId": first}).status_code == 201
        assert code(desk.api.post(visits, json={"attendeeId": first})) == (409, "DUPLICATE_RESOURCE")
        assert code(desk.api.post(visits, json={"attendeeId": second})) == (409, "SESSION_FULL")
        to_come = {"attendeeId": second, "joinedAt": session["endsAt"]}
        elsewhere = f"{desk.path(desk.made(**desk.time(15)))}/attendance"
        assert code(desk.api.post(elsewhere, json=to_come)) == (422, "BUSINESS_RULE_VIOLATION")
        assert desk.api.get(desk.path(session)).json()["attendanceCount"] == 1
        assert len(desk.api.get(visits).json()["data"]) == 1
        seen = desk.api.get(f"{desk.at}/attendees?sessionId={session['id']}").json()["data"]
        assert [(each["id"], each["sessionIds"]) for each in seen] == [(first, [session["id"]])]

    def test_feedback_is_taken_once_in_its_time(self, desk: Desk) -> None:
        session, ada = desk.made(**desk.time(14)), desk.api.persona("attendee")
        path = f"{desk.path(session)}/feedback"
        assert code(ada.post(path, json={"rating": 5})) == (409, "FEEDBACK_NOT_OPEN")
        desk.api.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": session["startsAt"]})
        ada = desk.api.persona("attendee")
        made = ada.post(path, json={"rating": 4, "anonymous": True})
        assert (made.status_code, made.json()["attendeeId"]) == (201, None), made.text
        assert code(ada.post(path, json={"rating": 1})) == (409, "FEEDBACK_ALREADY_SUBMITTED")
        summary = desk.api.get(f"{desk.path(session)}/feedback-summary").json()
        assert (summary["count"], summary["average"], summary["distribution"]["4"]) == (1, 4, 1)

    def test_feedback_is_taken_of_what_began_early(self, desk: Desk) -> None:
        session, ada = desk.made(**desk.time(14)), desk.api.persona("attendee")
        assert desk.api.post(f"{desk.path(session)}/start").status_code == 200
        assert ada.post(f"{desk.path(session)}/feedback", json={"rating": 5}).status_code == 201


class TestVideo:
    def test_the_platform_has_a_stage_and_partners_must_be_connected(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        path = f"{desk.path(session)}/video-meeting"
        assert desk.api.get(path).status_code == 404
        assert code(desk.api.post(path, json={"provider": "zoom"}))[1] == "INTEGRATION_NOT_CONNECTED"
        made = desk.api.post(path, json={"provider": "none"})
        assert made.status_code == 201, made.text
        assert desk.api.get(desk.path(session)).json()["videoMeeting"]["joinUrl"] == made.json()["joinUrl"]
        assert code(desk.api.post(path, json={"provider": "none"})) == (409, "DUPLICATE_RESOURCE")
        assert desk.api.get(f"{desk.path(session)}/recordings").json()["data"] == []
        assert desk.api.delete(path).status_code == 204
        assert desk.api.get(desk.path(session)).json()["videoMeeting"] is None

    def test_there_is_none_of_what_is_cancelled(self, desk: Desk) -> None:
        session = desk.made(**desk.time(14))
        desk.api.post(f"{desk.path(session)}/cancel", json={"reason": "Ill"})
        refused = desk.api.post(f"{desk.path(session)}/video-meeting", json={"provider": "none"})
        assert code(refused) == (409, "INVALID_STATE_TRANSITION")
        assert desk.api.get(desk.path(session)).json()["videoMeeting"] is None


class TestAgenda:
    def test_tells_days_and_rooms(self, api: Api) -> None:
        path = f"/api/v1/events/{api.fixture('event.devconf')}/agenda"
        agenda = api.anonymous.get(path).json()
        assert [len(day["rooms"]) for day in agenda["days"]] == [3, 3, 3]
        feed = Calendar.from_ical(api.anonymous.get(path, headers={"Accept": "text/calendar"}).content)
        lines = api.anonymous.get(f"{path}?format=csv").text.splitlines()
        assert (len(feed.walk("VEVENT")), len(lines)) == (12, 13)

    def test_conflicts_of_rooms_speakers_and_attendees_are_found(self, api: Api) -> None:
        event = api.fixture("event.overlapping_sessions")
        found = api.get(f"/api/v1/events/{event}/schedule-conflicts").json()["data"]
        assert {(each["kind"], each["overlapMinutes"]) for each in found} >= {("room", 30), ("attendee", 30)}
        calm = api.fixture("event.devconf")
        assert api.get(f"/api/v1/events/{calm}/schedule-conflicts").json()["data"] == []


class TestFixtures:
    @pytest.mark.parametrize(
        ("name", "holds"),
        [
            ("keynote", lambda it: it["type"] == "keynote" and it["videoMeeting"]["provider"] == "zoom"),
            ("workshop_full", lambda it: it["capacity"] == it["attendanceCount"] == 1),
            ("talk_unscheduled", lambda it: it["status"] == "draft" and it["startsAt"] is None),
            ("cancelled", lambda it: it["status"] == "cancelled"),
            ("overlap_a", lambda it: it["status"] == "scheduled"),
            ("overlap_b", lambda it: it["status"] == "scheduled"),
        ],
    )
    def test_show_their_point(self, api: Api, name: str, holds: Any) -> None:
        key = api.fixture(f"session.{name}")
        event = "overlapping_sessions" if name.startswith("overlap") else "devconf"
        shown = api.get(f"/api/v1/events/{api.fixture(f'event.{event}')}/sessions/{key}").json()
        assert holds(shown), shown

    def test_somebody_is_booked_twice(self, api: Api) -> None:
        held = api.get(f"/api/v1/speakers/{api.fixture('speaker.double_booked')}/sessions").json()["data"]
        overlapping = {api.fixture("session.overlap_a"), api.fixture("session.overlap_b")}
        assert overlapping == {each["id"] for each in held}


def test_a_session_is_an_entry_in_a_calendar(api: Api) -> None:
    path = f"/api/v1/events/{api.fixture('event.devconf')}/sessions/{api.fixture('session.keynote')}"
    feed = Calendar.from_ical(api.anonymous.get(f"{path}/calendar").content)
    [entry] = feed.walk("VEVENT")
    assert entry["SUMMARY"] == api.get(path).json()["title"]
