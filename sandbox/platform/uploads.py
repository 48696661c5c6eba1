"""Uploads: one file in a form, whose content has to be what its name says it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.message import Message
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from werkzeug.formparser import MultiPartParser

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.errors import (
    DomainError,
    FieldError,
    MalformedJson,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationError,
)

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 200
UPLOADED = ("slides", "document", "video", "code")
ACCESS = ("public", "registered", "checked_in")


class Upload(NamedTuple):
    """A file and what the form says of it."""

    name: str
    media_type: str
    content: bytes
    members: dict[str, Any]


def read_upload(body: bytes, content_type: str) -> Upload:
    """The form's file; raises MalformedJson, ValidationError, PayloadTooLarge, UnsupportedMediaType."""
    form, files = _parts(body, content_type)
    sent = files.getlist("file")
    if len(sent) != 1:
        raise _fault("/file", "one file is needed")
    [file] = sent
    content = file.read()
    if len(content) > LARGEST:
        raise PayloadTooLarge(details=f"a file has at most {LARGEST} bytes", target="/file")
    name = _shortened(PurePosixPath((file.filename or "file").replace("\\", "/")))
    return Upload(name, _media_type(name, content), content, _members(form))


def _shortened(path: PurePosixPath) -> str:
    """The name without folders; where it is too long, its ending stays."""
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix[:LONGEST_NAME]


def _parts(body: bytes, content_type: str) -> tuple[Any, Any]:
    message = Message()
    message["content-type"] = content_type
    boundary = str(message.get_param("boundary", ""))
    try:
        return MultiPartParser().parse(BytesIO(body), boundary.encode(), len(body))
    except ValueError as fault:
        raise MalformedJson(details=f"the form cannot be read: {fault}", target="/") from None


def _members(form: Mapping[str, str]) -> dict[str, Any]:
    title, kind, access = (
        form.get("title", ""),
        form.get("kind", "document"),
        form.get("access", "registered"),
    )
    if not 1 <= len(title) <= 200:
        raise _fault("/title", "1 to 200 characters")
    if kind not in UPLOADED:
        raise _fault("/kind", f"one of {', '.join(UPLOADED)}")
    if access not in ACCESS:
        raise _fault("/access", f"one of {', '.join(ACCESS)}")
    return {"title": title, "kind": kind, "access": access, "availableFrom": _moment(form), "metadata": {}}


def _moment(form: Mapping[str, str]) -> str | None:
    text = form.get("availableFrom")
    try:
        return instant(parse_instant(text)) if text else None
    except (ValueError, OverflowError):
        raise _fault("/availableFrom", "an RFC 3339 date-time") from None


def _fault(target: str, message: str) -> DomainError:
    return ValidationError(
        details=message, target=target, errors=[FieldError("VALIDATION_ERROR", target, message)]
    )


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _office(folder: str) -> Callable[[bytes], bool]:
    """A package that holds the part every document of the kind has."""

    def agrees(content: bytes) -> bool:
        try:
            with ZipFile(BytesIO(content)) as package:
                return any(name.startswith(folder) for name in package.namelist())
        except (BadZipFile, ValueError, NotImplementedError):
            return False

    return agrees


OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", _starts(b"%PDF-")),
    ".pptx": (f"{OFFICE}.presentationml.presentation", _office("ppt/")),
    ".docx": (f"{OFFICE}.wordprocessingml.document", _office("word/")),
    ".zip": ("application/zip", _starts(b"PK\x03\x04", b"PK\x05\x06")),
    ".png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    ".mp4": ("video/mp4", lambda content: content[4:8] == b"ftyp"),
    ".txt": ("text/plain; charset=utf-8", _is_text),
}


def _media_type(name: str, content: bytes) -> str:
    """By the ending, if the content agrees; what a client calls it counts for nothing."""
    known = TYPES.get(PurePosixPath(name).suffix.lower())
    if known is None:
        raise UnsupportedMediaType(
            details=f"'{name[-40:]}' ends in none of {', '.join(TYPES)}", target="/file"
        )
    media_type, agrees = known
    if not agrees(content):
        raise UnsupportedMediaType(
            details=f"the content of '{name[-40:]}' is no {media_type}", target="/file"
        )
    return media_type
