"""The programmes of events: rooms, speakers, sessions, materials, and who was there."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

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
            made = self._session(event_id, title, hours=hours, room=rooms[number % 3], number=key)
            self._material(made, number)
            if number == 0:
                self._make_keynote(made)
            if number == 1:
                self._make_full(made, self._attendees(event_id)[0])
        self._unscheduled(event_id)
        gone = self._session(event_id, "Called off", hours=10, room=rooms[0], status="cancelled", number=4)
        self._name("cancelled", gone, "terminal")

    def overlapping(self, event_id: str) -> None:
        """Two at once in different rooms that one attendee chose, and two at once in the same room."""
        first, second = (self._room(event_id, name) for name in ROOMS[:2])
        chosen = [
            self._session(event_id, "Left track", hours=1, room=first, number=5),
            self._session(event_id, "Right track", hours=1.5, room=second, number=6),
        ]
        for name, made in zip("ab", chosen, strict=True):
            self._name(f"overlap_{name}", made, "one attendee chose both")
        for title, hours in (("Early in the aula", 4.0), ("Too early in the aula", 4.5)):
            self._session(event_id, title, hours=hours, room=first)
        for attendee in self._attendees(event_id)[:1]:
            ids = [each["id"] for each in chosen]
            self._world.put("attendee", {**attendee, "sessionIds": ids})

    def past(self, event_id: str) -> None:
        """Over, attended, and talked about."""
        room = self._room(event_id, ROOMS[3])
        for number in range(3):
            made = self._session(event_id, TITLES[number], hours=2 * number, room=room, status="completed")
            self._visited(made, self._attendees(event_id))

    def crowd(self) -> None:
        """Three sessions at every other event that lasts half a day."""
        named = {self._world.id("e1", number) for number in (1, 12, 13)}
        for event in list(self._world.all("event")):
            lasts = parse_instant(event["endsAt"]) - parse_instant(event["startsAt"])
            if event["id"] in named or lasts < timedelta(hours=6) or event["status"] == "draft":
                continue
            status = {"cancelled": "cancelled", "completed": "completed"}.get(event["status"], "scheduled")
            rooms = [self._room(event["id"], name) for name in ROOMS[:2]]
            for slot in range(8):
                title = TITLES[(self._sessions + slot) % len(TITLES)]
                hours, room = 1.25 * (slot // 2), rooms[slot % 2]
                made = self._session(event["id"], title, hours=hours, room=room, status=status)
                if slot % 2:
                    self._material(made, slot)
                if status == "completed":
                    self._visited(made, self._attendees(event["id"])[:6])

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
        *,
        hours: float,
        room: str,
        status: str = "scheduled",
        number: int = 0,
    ) -> Doc:
        self._sessions += 0 if number else 1
        number = number or self._sessions
        event = self._world.get("event", event_id)
        starts = parse_instant(event["startsAt"]) + timedelta(hours=hours)
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
                "endsAt": instant(starts + timedelta(minutes=60)),
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
        made = self._session(event_id, "Not planned yet", hours=0, room="", status="draft", number=3)
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
            if opinions and place % 5 < 3:
                ratings.append(5 - place % 3)
                self._world.put("feedback", self._opinion(session, attendee, ratings[-1]))
        average = round(sum(ratings) / len(ratings), 2) if ratings else None
        summary = {"count": len(ratings), "average": average} if ratings else None
        self._world.put("session", {**session, "attendanceCount": len(attendees), "feedbackSummary": summary})

    def _visit(self, session: Doc, attendee: Doc) -> Doc:
        times = {"joinedAt": session["startsAt"], "leftAt": session["endsAt"], "durationSeconds": 3600}
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
        return list(_sorted(each for each in self._world.all("attendee") if each["eventId"] == event_id))


def _sorted(documents: Iterator[Doc]) -> list[Doc]:
    return sorted(documents, key=lambda each: str(each["id"]))


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
