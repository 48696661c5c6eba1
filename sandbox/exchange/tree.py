"""The files that a credential sees: made of documents of its workspace, nothing of it is on a disk."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from sandbox.formats.table import table
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.platform.batch_jobs import ENDED

FOLDERS = ("archive", "in", "out")
PARTIAL = (".part", ".partial", ".filepart", ".tmp")
"""Endings of files whose sender will rename them when they are whole."""
KINDS = [Kind("exchange_file", indexes=("owner",)), Kind("exchange_removed")]
RESULT_COLUMNS = ("index", "clientRef", "status", "resourceId", "error.code", "error.target", "error.details")


class File(NamedTuple):
    """One file as it is now."""

    folder: str
    name: str
    body: bytes
    modified: float
    source: str
    """Id of the document it is made of."""


def is_partial(name: str) -> bool:
    """Whether the name says that there is more to come."""
    return name.lower().endswith(PARTIAL)


def key_of(owner: str, name: str) -> str:
    """Id of the document behind an uploaded file."""
    return f"{owner}/{name}"


def is_busy(tx: Transaction, document: Mapping[str, Any]) -> bool:
    """Whether its job still goes on."""
    job = tx.get("batch_job", document["jobId"]) if document["jobId"] else None
    return job is not None and job["status"] not in ENDED


def files(tx: Transaction, owner: str, folder: str) -> list[File]:
    """Everything in one folder, or in all."""
    uploads = tx.find("exchange_file", {"owner": owner})
    found = [
        file
        for document in uploads
        for file in _of_upload(tx, document)
        if file.folder not in document["gone"]
    ]
    asked_by_file = {document["jobId"] for document in uploads}
    exports = tx.find("batch_job", {"submittedBy": owner, "type": "export"})
    found += [file for job in exports if job["id"] not in asked_by_file for file in _of_export(tx, job)]
    return sorted(file for file in found if folder in ("", file.folder))


def store(tx: Transaction, owner: str, name: str, content: bytes, **members: Any) -> Document:
    """Keep what was uploaded."""
    return tx.put(
        "exchange_file",
        {
            "id": key_of(owner, name),
            "owner": owner,
            "fileName": name,
            **_kept(content),
            "receivedAt": tx.stamp(),
            "jobId": None,
            "refusal": None,
            "gone": [],
            **members,
        },
    )


def _kept(content: bytes) -> dict[str, Any]:
    """Text as text, so that a person can be found in it who is to be erased."""
    try:
        return {"text": content.decode(), "binary": None}
    except UnicodeDecodeError:
        return {"text": None, "binary": base64.b64encode(content).decode()}


def _content(document: Mapping[str, Any]) -> bytes:
    if document["text"] is not None:
        return str(document["text"]).encode()
    return base64.b64decode(document["binary"])


def remove(tx: Transaction, file: File) -> None:
    """Take a file out of its folder; the document goes with the last of them."""
    document = tx.get("exchange_file", file.source)
    if document is None:
        tx.put("exchange_removed", {"id": file.source})
        return
    left = tx.put("exchange_file", {**document, "gone": [*document["gone"], file.folder]})
    if all(each.folder in left["gone"] for each in _of_upload(tx, left)):
        tx.delete("exchange_file", left["id"])


def _of_upload(tx: Transaction, document: Document) -> Iterator[File]:
    content, received = _content(document), parse_instant(document["receivedAt"])
    here = File("in", document["fileName"], content, received.timestamp(), document["id"])
    stem, _, ending = document["fileName"].rpartition(".")
    if document["refusal"] is not None:
        yield here._replace(folder="archive")
        yield here._replace(folder="out", name=f"{stem}.error.json", body=orjson.dumps(document["refusal"]))
        return
    job = tx.get("batch_job", document["jobId"]) if document["jobId"] else None
    if job is None or job["status"] not in ENDED:
        yield here
        return
    finished = parse_instant(job["finishedAt"]).timestamp()
    yield here._replace(folder="archive")
    if job["type"] == "export" and job["status"] == "completed":
        for file in _of_export(tx, job):
            name = f"{stem}.{file.name.rpartition('.')[2]}"
            yield file._replace(name=name, source=document["id"])
        return
    body = _results(tx, job, ending.lower())
    yield here._replace(folder="out", name=f"{stem}.results.{ending}", body=body, modified=finished)


def _results(tx: Transaction, job: Document, ending: str) -> bytes:
    """In the form that the items came in."""
    if job["type"] == "export":
        return orjson.dumps({"status": job["status"], "error": job["error"]})
    found = [
        {member: value for member, value in each.items() if member not in ("id", "jobId")}
        for each in tx.find("batch_result", {"jobId": job["id"]}, order="index")
    ]
    if ending == "csv":
        return table([_flat(each) for each in found], RESULT_COLUMNS)
    if ending == "jsonl":
        return b"".join(orjson.dumps(each) + b"\n" for each in found)
    return orjson.dumps({"job": job["id"], "status": job["status"], "results": found})


def _flat(result: Mapping[str, Any]) -> dict[str, Any]:
    error = result["error"] or {}
    shown = {name: result[name] for name in ("index", "clientRef", "status", "resourceId")}
    return {**shown, "error": {name: error.get(name) for name in ("code", "target", "details")}}


def _of_export(tx: Transaction, job: Document) -> Iterator[File]:
    output = tx.get("batch_output", job["id"])
    if output is not None and tx.get("exchange_removed", job["id"]) is None:
        made = parse_instant(job["finishedAt"]).timestamp()
        yield File("out", output["fileName"], output["text"].encode(), made, job["id"])
