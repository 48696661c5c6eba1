"""Materials: what belongs to a session, as a link or as a file kept in the world itself."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import InsufficientPermissions, QuotaExceeded, ResourceNotFound, ValidationError
from sandbox.kernel.replies import Page, Reply
from sandbox.platform.call import Call
from sandbox.platform.ownership import is_guest
from sandbox.platform.resource import Resource, equals
from sandbox.platform.session_life import at_event
from sandbox.platform.uploads import Upload, read_upload

KINDS = [Kind("material_content")]
NO_FILE: Mapping[str, Any] = {"fileName": None, "sizeBytes": None, "mediaType": None, "sha256": None}
LINK: Mapping[str, Any] = {**NO_FILE, "availableFrom": None}
MOST_BYTES = 100 * 1024 * 1024
"""That all files of a workspace have together."""


def _without_link(call: Call, material: Document) -> Mapping[str, Any]:
    """The address of a link is its content: shown to those it is for."""
    return material if material["url"] is None or _is_for(call, material) else {**material, "url": None}


materials = Resource(
    "material",
    path="/api/v1/events/{eventId}/sessions/{sessionId}/materials/{materialId}",
    indexes=("sessionId", "kind"),
    sorts=("createdAt", "title"),
    filters={"kind": equals("kind")},
    present=_without_link,
)


def list_session_materials(call: Call, event_id: str, session_id: str) -> Page:
    """Everybody sees what there is; some of it is for attendees."""
    at_event(call, event_id, session_id)
    return materials.list(call, sessionId=session_id)


def create_session_material(call: Call, event_id: str, session_id: str, body: Any) -> Document:
    """A link as JSON, or a file with its title as a form."""
    at_event(call, event_id, session_id)
    place = {"eventId": event_id, "sessionId": session_id}
    if isinstance(body, bytes):
        return _with_file(call, read_upload(body, call.headers.get("content-type", "")), place)
    if body["kind"] != "link" or not body.get("url"):
        raise ValidationError(details="what is no link with a url comes as a file in a form", target="/url")
    return materials.create(call, {**LINK, **body}, **place)


def get_session_material(call: Call, event_id: str, session_id: str, material_id: str) -> Document:
    """About it; the content is another call."""
    at_event(call, event_id, session_id)
    return materials.get(call, material_id, sessionId=session_id)


def update_session_material(
    call: Call, event_id: str, session_id: str, material_id: str, body: Mapping[str, Any]
) -> Document:
    """Title, access and when it is there; a file is never another one."""
    get_session_material(call, event_id, session_id, material_id)
    return materials.update(call, material_id, body)


def delete_session_material(call: Call, event_id: str, session_id: str, material_id: str) -> None:
    """With its file."""
    get_session_material(call, event_id, session_id, material_id)
    materials.delete(call, material_id)
    call.tx.delete("material_content", material_id)


def download_session_material(call: Call, event_id: str, session_id: str, material_id: str) -> Reply:
    """The file, for those it is for."""
    material = get_session_material(call, event_id, session_id, material_id)
    _check_access(call, material)
    kept = call.tx.get("material_content", material_id)
    if kept is None:
        raise ResourceNotFound(details="a link has no content here", target="materialId")
    return Reply(200, b64decode(kept["data"]), _headers(material), material["mediaType"])


def _with_file(call: Call, upload: Upload, place: Mapping[str, Any]) -> Document:
    if call.tx.derived("material", _bytes_of) + len(upload.content) > MOST_BYTES:
        raise QuotaExceeded(details=f"files of at most {MOST_BYTES} bytes fit in a workspace", target="/file")
    about = {
        "fileName": upload.name,
        "sizeBytes": len(upload.content),
        "mediaType": upload.media_type,
        "sha256": sha256(upload.content).hexdigest(),
    }
    made = materials.create(call, {"url": None, **upload.members, **about}, **place)
    call.tx.put("material_content", {"id": made["id"], "data": b64encode(upload.content).decode()})
    return made


def _bytes_of(all_materials: Iterable[Document]) -> int:
    return sum(material["sizeBytes"] or 0 for material in all_materials)


def _check_access(call: Call, material: Document) -> None:
    """Raises InsufficientPermissions; ResourceNotFound before it is there."""
    if is_guest(call) and _is_early(call, material):
        raise ResourceNotFound(details=f"available from {material['availableFrom']}", target="materialId")
    if not _is_for(call, material):
        raise InsufficientPermissions(details=f"the material is for those who are {material['access']}")


def _is_for(call: Call, material: Document) -> bool:
    """Whether the caller may have it now; whoever works there always may."""
    if not is_guest(call):
        return True
    if _is_early(call, material) or material["access"] == "public":
        return not _is_early(call, material)
    wanted = ["checked_in"] if material["access"] == "checked_in" else ["confirmed", "checked_in"]
    where = {"eventId": material["eventId"], "userId": call.principal.user_id or "", "status": wanted}
    return bool(call.tx.find("registration", where, limit=1))


def _is_early(call: Call, material: Document) -> bool:
    return material["availableFrom"] is not None and bool(call.tx.stamp() < material["availableFrom"])


def _headers(material: Document) -> dict[str, str]:
    """A browser keeps the file rather than show it, whatever it looks like."""
    return {
        "Content-Disposition": _disposition(material["fileName"]),
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{material["sha256"][:32]}"',
    }


def _disposition(name: str) -> str:
    """A name that cannot end the header it stands in; in full beside it where it is not ASCII (RFC 6266)."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_. ") else "_" for each in name)
    full = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{full}'
