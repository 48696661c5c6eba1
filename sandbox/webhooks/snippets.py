"""A request as text to paste: a shell command, a Python program, JavaScript. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from textwrap import wrap

LONGEST_ARGUMENT = 64 * 1024
"""Beyond it a shell's argument may be too long, so the body comes from standard input."""
_CURL_ADDS = ("Accept", "User-Agent", "Content-Type")


@dataclass(frozen=True, slots=True)
class Replica:
    """What to send: `fields` are headers in their order, without those of the connection."""

    method: str
    url: str
    fields: Sequence[tuple[str, str]]
    body: bytes = b""

    @property
    def text(self) -> str | None:
        """The body as text, if that can be written down without loss."""
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text


def snippets(replica: Replica) -> dict[str, str]:
    """By language."""
    return {"curl": curl(replica), "python": python(replica), "javascript": javascript(replica)}


def curl(replica: Replica) -> str:
    """For a POSIX shell."""
    method = ["--head"] if replica.method == "HEAD" else [f"--request {quote(replica.method)}"]
    options = [*method, "--globoff --path-as-is", *_curl_headers(replica)]
    text = replica.text
    piped = text is None or len(replica.body) > LONGEST_ARGUMENT
    if piped:
        options.append("--data-binary @-")
    elif text:
        options.append(f"--data-raw {quote(text)}")
    command = " \\\n  ".join(["curl", *options, quote(replica.url)])
    if not piped:
        return command
    lines = "\n".join(wrap(base64.b64encode(replica.body).decode(), 76))
    return f"base64 --decode <<'BODY' | {command}\n{lines}\nBODY"


def _curl_headers(replica: Replica) -> list[str]:
    """Those of the request; what curl would add by itself is switched off."""
    given = {name.lower() for name, _ in replica.fields}
    shown = [f"{name};" if not value else f"{name}: {_typed(value)}" for name, value in replica.fields]
    off = [f"{name}:" for name in _CURL_ADDS if name.lower() not in given]
    return [f"--header {quote(header)}" for header in [*shown, *off]]


def _typed(value: str) -> str:
    """As a terminal writes it: header bytes were read one by one, a shell speaks UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def python(replica: Replica) -> str:
    """For httpx."""
    headers = [f"    ({_literal(name)}, {_literal(value)})," for name, value in replica.fields]
    text = replica.text
    content = f"    content={replica.body!r},\n" if text is None else f"    content={text!r}.encode(),\n"
    lines = "\n".join(headers)
    return (
        "import httpx\n\n"
        f"headers = [\n{lines}\n]\n"
        "response = httpx.request(\n"
        f"    {replica.method!r},\n    {replica.url!r},\n    headers=headers,\n"
        f"{content if replica.body else ''}    timeout=30,\n)\n"
        "print(response.status_code, response.text)\n"
    )


def _literal(text: str) -> str:
    return repr(text) if text.isascii() else repr(text.encode("latin-1", "replace"))


def javascript(replica: Replica) -> str:
    """For fetch, in a browser's console or a module of Node.js."""
    headers = json.dumps([list(field) for field in replica.fields], indent=2)
    members = [f"method: {json.dumps(replica.method)}", f"headers: {headers}"]
    note = ""
    if replica.body and replica.method in ("GET", "HEAD"):
        note = "// fetch sends no body with this method\n"
    elif replica.body:
        text = replica.text
        encoded = base64.b64encode(replica.body).decode()
        decoded = f'Uint8Array.from(atob("{encoded}"), (each) => each.charCodeAt(0))'
        members.append(f"body: {decoded if text is None else json.dumps(text)}")
    inside = ",\n".join(members).replace("\n", "\n  ")
    return (
        f"{note}const response = await fetch({json.dumps(replica.url)}, {{\n  {inside},\n}});\n"
        "console.log(response.status, await response.text());\n"
    )
