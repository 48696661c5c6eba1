"""Speakers: the people who hold sessions; they need no account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.event_life import events
from sandbox.platform.pagination import ListCollection, page_of
from sandbox.platform.resource import Resource, at_least, equals, text
from sandbox.platform.session_life import sessions


def _without_address(call: Call, speaker: Document) -> Mapping[str, Any]:
    """Only who looks after speakers sees how to reach them."""
    return speaker if call.principal.has("speakers:write") else {**speaker, "email": None}


speakers = Resource(
    "speaker",
    path="/api/v1/speakers/{speakerId}",
    indexes=("status", "userId", "email"),
    sorts=("name", "createdAt"),
    filters={
        "q": text("name", "headline", "company"),
        "status": equals("status"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("email",),),
    references={"userId": "user"},
    used_by=[("session", "_speakers")],
    present=_without_address,
    links={"sessions": "/api/v1/speakers/{id}/sessions"},
)


def list_speaker_sessions(call: Call, speaker_id: str) -> Page:
    """At all events the caller may see."""
    speakers.get(call, speaker_id)
    found = call.tx.find("session", {"_speakers": speaker_id})
    return page_of(call, ListCollection.sorted(call, [each for each in found if _is_shown(call, each)]))


def _is_shown(call: Call, session: Document) -> bool:
    event = call.tx.get("event", session["eventId"])
    return event is not None and events.sees(call, event) and sessions.sees(call, session)
