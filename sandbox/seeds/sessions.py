"""The programmes of events: rooms, speakers, sessions, materials, and who was there."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.seeds.event_documents import stamped
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

ROOMS = ("Aula", "Room Curie", "Room Lovelace", "Workshop space")
TRACKS = ("Backend", "Frontend", "People")
TITLES = (
    "Small systems",
    "What queues forget",
    "Clocks and other fictions",
    "Reading other people's errors",
    "Idempotency for humans",
    "The shape of an API",
    "Testing without waiting",
    "Maps, territories, mappings",
    "Why tickets sell out twice",
    "A history of the seat",
    "Fewer moving parts",
    "Questions and answers",
)
HEADLINES = ("Builds small things that last", "Breaks things on purpose", "Listens to users")
PROGRAMMED = ("0001", "0012", "0013")
"""Ends of the ids of the events whose programmes are made by hand."""
SMALL_PROGRAMMES = (4, 4, 4, 3)
HALF_A_DAY = timedelta(hours=6)
MINUTE = timedelta(minutes=1)
FIRST_BULK = 1000
"""Sessions below are named."""
NOTES = b"Notes of the session.\n"


def seed_sessions(world: SeedWorld) -> None:
    """The named programmes first, then one for every other event that is large enough."""
    if not world.fixtures_wanted:
        return
    for number in range(1, 1 + (24 if world.profile != "minimal" else 6)):
        _put_speaker(world, number)
    programme = _Programme(world)
    programme.conference(world.id("e1", 1))
    programme.overlapping(world.id("e1", 13))
    programme.past(world.id("e1", 12))
    if world.profile != "minimal":
        programme.crowd()


class Span(NamedTuple):
    """When a session is: hours after the event's beginning, and how long."""

    hours: float
    minutes: int = 60


class _Programme:
    """Puts sessions one after the other; each has the next number."""

    def __init__(self, world: SeedWorld) -> None:
        self._world = world
        self._sessions = FIRST_BULK
        self._rooms = self._materials = self._visits = 0

    def conference(self, event_id: str) -> None:
        """Three days in three rooms; the keynote is also watched from afar."""
        rooms = [self._room(event_id, name) for name in ROOMS[:3]]
        for number, title in enumerate(TITLES):
            day, slot = divmod(number, 4)
            hours, key = 24 * day + 2 * slot, {0: 1, 1: 2}.get(number, 0)
            made = self._session(event_id, title, Span(hours), room=rooms[number % 3], number=key)
            self._material(made, number)
            if number == 0:
                self._make_keynote(made)
            if number == 1:
                self._make_full(made, self._attendees(event_id)[0])
        self._unscheduled(event_id)
        gone = self._session(event_id, "Called off", Span(10), room=rooms[0], status="cancelled", number=4)
        self._name("cancelled", gone, "terminal")

    def overlapping(self, event_id: str) -> None:
        """Two at once in different rooms that one attendee chose, and two at once in the same room."""
        first, second = (self._room(event_id, name) for name in ROOMS[:2])
        chosen = [
            self._session(event_id, "Left track", Span(1), room=first, number=5),
            self._session(event_id, "Right track", Span(1.5), room=second, number=6),
        ]
        for name, made in zip("ab", chosen, strict=True):
            self._name(f"overlap_{name}", made, "one attendee chose both")
        for title, hours in (("Early in the aula", 4.0), ("Too early in the aula", 4.5)):
            self._session(event_id, title, Span(hours), room=first)
        for attendee in self._attendees(event_id)[:1]:
            ids = [each["id"] for each in chosen]
            self._world.put("attendee", {**attendee, "sessionIds": ids})

    def past(self, event_id: str) -> None:
        """Over, attended, and talked about."""
        room = self._room(event_id, ROOMS[3])
        for number in range(3):
            made = self._session(event_id, TITLES[number], Span(2 * number), room=room, status="completed")
            self._visited(made, self._attendees(event_id)[:10])

    def crowd(self) -> None:
        """Two rooms at named events of half a day, one at some others; all that are over were attended."""
        others = [e for e in self._world.all("event") if e["id"][-4:] not in PROGRAMMED]
        named = [
            e for e in others if e["id"][-4] == "0" and e["status"] == "published" and _lasts(e) >= HALF_A_DAY
        ]
        bulk = [e for e in others if e["id"][-4] != "0" and e["status"] in ("published", "cancelled")]
        for event in named:
            self._tracks(event, 8, ROOMS[:2])
        for event, slots in zip(bulk, SMALL_PROGRAMMES, strict=False):
            self._tracks(event, slots, ROOMS[:1])
        for event in others:
            if event["status"] == "completed":
                self._lookback(event)

    def _tracks(self, event: Doc, slots: int, names: Sequence[str]) -> None:
        status = "cancelled" if event["status"] == "cancelled" else "scheduled"
        rooms = [self._room(event["id"], name) for name in names]
        turns = -(-slots // len(rooms))
        each = min(75, _lasts(event) // MINUTE // turns)
        for slot in range(slots):
            title = TITLES[(self._sessions + slot) % len(TITLES)]
            turn, room = divmod(slot, len(rooms))
            when = Span(each * turn / 60, min(60, each))
            made = self._session(event["id"], title, when, room=rooms[room], status=status)
            if len(rooms) == 2 and room:
                self._material(made, slot)

    def _lookback(self, event: Doc) -> None:
        """Two halves, the second one for questions."""
        half = int(_lasts(event) / MINUTE / 2)
        for slot, title in enumerate((event["name"], "Questions and answers")):
            when = Span(half * slot / 60, half)
            made = self._session(event["id"], title, when, room=None, status="completed")
            self._material(made, slot)
            self._visited(made, self._attendees(event["id"])[:23])

    def _room(self, event_id: str, name: str) -> str:
        self._rooms += 1
        key = self._world.id("e4", self._rooms)
        about = {"eventId": event_id, "name": name, "capacity": 300, "floor": "Ground floor"}
        extras = {"equipment": ["projector", "microphone"], "accessible": True}
        self._world.put("room", {**stamped(key, self._world.at(days=-55)), **about, **extras})
        return key

    def _session(
        self,
        event_id: str,
        title: str,
        when: Span,
        *,
        room: str | None,
        status: str = "scheduled",
        number: int = 0,
    ) -> Doc:
        self._sessions += 0 if number else 1
        number = number or self._sessions
        event = self._world.get("event", event_id)
        starts = parse_instant(event["startsAt"]) + timedelta(hours=when.hours)
        speaker = self._world.id("a2", 1 if number == 1 else 2 if number in (5, 6) else 3 + number % 4)
        held_by = {"speakerId": speaker, "role": "speaker", "status": "confirmed", "position": 1}
        return self._world.put(
            "session",
            {
                **stamped(self._world.id("e5", number), self._world.at(days=-50)),
                "eventId": event_id,
                "title": title,
                "abstract": f"{title}: what it is, why it matters, and what to do on Monday.",
                "type": "talk",
                "track": TRACKS[self._sessions % len(TRACKS)],
                "level": "all",
                "language": "en",
                "status": status,
                "startsAt": instant(starts),
                "endsAt": instant(starts + timedelta(minutes=when.minutes)),
                "roomId": room,
                "capacity": None,
                "speakers": [held_by],
                "delivery": "in_person",
                "videoMeeting": None,
                "attendanceCount": 0,
                "feedbackSummary": None,
                "cancellationReason": "The event was cancelled" if status == "cancelled" else None,
                "tags": [],
                "_speakers": [speaker],
            },
        )

    def _make_keynote(self, session: Doc) -> None:
        summary = {
            "provider": "zoom",
            "joinUrl": "https://zoom.sandbox.example/j/91234567890",
            "status": "scheduled",
        }
        changes = {"type": "keynote", "delivery": "hybrid", "videoMeeting": summary}
        self._world.put("session", {**session, **changes})
        meeting = {
            **stamped(self._world.id("e9", 1), self._world.at(days=-40)),
            **summary,
            "sessionId": session["id"],
            "kind": "webinar",
            "externalId": "91234567890",
            "hostUrl": "https://zoom.sandbox.example/s/91234567890",
            "passcode": "sandbox",
            "settings": {"waitingRoom": False, "recording": "cloud", "muteOnEntry": True},
            "registrantsSynced": 0,
            "recordings": [],
        }
        self._world.put("video_meeting", meeting)
        self._name("keynote", session, "also as a webinar")

    def _make_full(self, session: Doc, attendee: Doc) -> None:
        self._visited({**session, "type": "workshop", "capacity": 1}, [attendee], opinions=False)
        self._name("workshop_full", session, "SESSION_FULL")

    def _unscheduled(self, event_id: str) -> None:
        made = self._session(event_id, "Not planned yet", Span(0), room="", status="draft", number=3)
        plan: Doc = {"startsAt": None, "endsAt": None, "roomId": None, "speakers": [], "_speakers": []}
        self._world.put("session", {**made, **plan})
        self._name("talk_unscheduled", made, "a draft without a time")

    def _name(self, name: str, session: Doc, why: str) -> None:
        summary = f"{session['title']}: {why}"
        self._world.fixture(f"session.{name}", "session", session["id"], summary, ["session"])

    def _material(self, session: Doc, number: int) -> None:
        self._materials += 1
        key = self._world.id("e6", self._materials)
        access = ("public", "registered", "checked_in")[number % 3]
        about = {
            "eventId": session["eventId"],
            "sessionId": session["id"],
            "title": "Notes",
            "access": access,
        }
        file = {"fileName": "notes.txt", "sizeBytes": len(NOTES), "mediaType": "text/plain; charset=utf-8"}
        rest = {"kind": "document", "url": None, "sha256": sha256(NOTES).hexdigest(), "availableFrom": None}
        self._world.put("material", {**stamped(key, self._world.at(days=-30)), **about, **file, **rest})
        self._world.put("material_content", {"id": key, "data": b64encode(NOTES).decode()})

    def _visited(self, session: Doc, attendees: list[Doc], opinions: bool = True) -> None:
        ratings = []
        for place, attendee in enumerate(attendees):
            self._visits += 1
            self._world.put("attendance", self._visit(session, attendee))
            known = self._world.get("attendee", attendee["id"])
            self._world.put("attendee", {**known, "sessionIds": [*known["sessionIds"], session["id"]]})
            if opinions and place % 5 < 3:
                ratings.append(5 - place % 3)
                self._world.put("feedback", self._opinion(session, attendee, ratings[-1]))
        average = round(sum(ratings) / len(ratings), 2) if ratings else None
        summary = {"count": len(ratings), "average": average} if ratings else None
        self._world.put("session", {**session, "attendanceCount": len(attendees), "feedbackSummary": summary})

    def _visit(self, session: Doc, attendee: Doc) -> Doc:
        lasted = parse_instant(session["endsAt"]) - parse_instant(session["startsAt"])
        seconds = int(lasted.total_seconds())
        times = {"joinedAt": session["startsAt"], "leftAt": session["endsAt"], "durationSeconds": seconds}
        who = {
            "sessionId": session["id"],
            "attendeeId": attendee["id"],
            "method": "scan",
            "source": "partner",
        }
        return {**stamped(self._world.id("e8", self._visits), session["startsAt"]), **who, **times}

    def _opinion(self, session: Doc, attendee: Doc, rating: int) -> Doc:
        who = {"sessionId": session["id"], "attendeeId": attendee["id"], "_attendee": attendee["id"]}
        said = {"rating": rating, "comment": None, "aspects": None, "anonymous": False}
        at = session["endsAt"]
        return {**stamped(self._world.id("e7", self._visits), at), **who, **said, "submittedAt": at}

    def _attendees(self, event_id: str) -> list[Doc]:
        """Those who came, once there was something to come to."""
        people = [each for each in self._world.all("attendee") if each["eventId"] == event_id]
        came = [each for each in people if each["status"] == "checked_in"]
        return sorted(came or people, key=lambda each: str(each["id"]))


def _lasts(event: Doc) -> timedelta:
    return parse_instant(event["endsAt"]) - parse_instant(event["startsAt"])


def _put_speaker(world: SeedWorld, number: int) -> None:
    faker = world.faker("speakers")
    name = f"{faker.first_name()} {faker.last_name()}" if number > 1 else "Siddharth Speaker"
    stored = world.put(
        "speaker",
        {
            **stamped(world.id("a2", number), world.at(days=-80)),
            "userId": world.id("a1", 5) if number == 1 else None,
            "name": name,
            "headline": HEADLINES[number % len(HEADLINES)],
            "bio": None,
            "company": None,
            "jobTitle": None,
            "photoUrl": None,
            "website": None,
            "socialLinks": [],
            "languages": ["en"],
            "email": "speaker@sandbox.example" if number == 1 else f"speaker{number}@sandbox.example",
            "status": "active",
        },
    )
    why = {1: ("keynote", "gives the keynote, and has an account"), 2: ("double_booked", "SPEAKER_CONFLICT")}
    if number in why:
        name, reason = why[number]
        world.fixture(f"speaker.{name}", "speaker", stored["id"], f"{stored['name']}: {reason}", ["speaker"])
