"""Takes a person out of what nobody declared: payloads, bodies, logs, whatever names or addresses them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from sandbox.platform.person import Person
from sandbox.platform.personal_data import STAND_INS, alias

GONE = "[erased]"
ROW = "clientRef"
"""What the sender of a batch calls a row."""
NOTHING = re.compile(r"(?!)")


class Scrubber:
    """Knows in which spellings a person occurs.

    An object that carries the person's address, number or full name, or the id of one of their documents, is
    about them: its members with personal names are replaced. Elsewhere only the spellings themselves are.
    What a sender called a row of a batch is taken out where the row names the person, and wherever it is like
    one of their names alone: many number their rows by family names.
    """

    def __init__(self, person: Person) -> None:
        self.mark = person.mark
        self.ids = person.all_ids()
        self._addresses = _pattern(person.emails)
        names = [name for name in person.single_names if len(name) > 1]
        certain = [*person.emails, *person.phones, *person.full_names]
        self._certain = _pattern(certain)
        self._hints = sorted(self.ids | {form.lower() for each in certain for form in _forms(each)})
        self._likely = _pattern([*certain, *names], words=True)
        words = {word for each in person.full_names for word in re.findall(r"\w{2,}", each)}
        self._labels = _pattern([*certain, *names, *words], words=True)

    def occurs(self, text: str) -> bool:
        """Whether the text names the person beyond doubt."""
        return self._certain.search(text) is not None

    def may_occur(self, document: Mapping[str, Any]) -> bool:
        """A quick look, which may be wrong in finding something only."""
        text = orjson.dumps(document).decode().lower()
        return self._is_hinted(text) or ("clientref" in text and self._labels.search(text) is not None)

    def _is_hinted(self, text: str) -> bool:
        return any(hint in text for hint in self._hints)

    def clean(self, value: Any, close: bool = False) -> Any:
        """The value without the person; the very same object where nothing was found. `close`: what is
        around it is about them, so that a single name is enough."""
        if isinstance(value, str):
            return self._text(value, close)
        if isinstance(value, Mapping):
            return self._object(value, close)
        if isinstance(value, list | tuple):
            cleaned = [self.clean(each, close) for each in value]
            return value if all(a is b for a, b in zip(cleaned, value, strict=True)) else cleaned
        return value

    def _object(self, value: Mapping[str, Any], close: bool) -> Any:
        about = self._is_about(value)
        cleaned = {name: self._member(name, each, about, close or about) for name, each in value.items()}
        if value.get(ROW) and self._is_hinted(orjson.dumps(value).decode().lower()):
            cleaned[ROW] = None
        return value if all(cleaned[name] is value[name] for name in value) else cleaned

    def _member(self, name: str, value: Any, about: bool, close: bool) -> Any:
        stand_in = STAND_INS.get(name)
        if about and stand_in is not None and value:
            replaced = stand_in(self.mark)
            return value if replaced == value else replaced
        if name == ROW and isinstance(value, str):
            return self._labels.sub(GONE, value)
        return self.clean(value, close)

    def _is_about(self, value: Mapping[str, Any]) -> bool:
        if value.get("id") in self.ids:
            return True
        return any(isinstance(each, str) and len(each) < 300 and self.occurs(each) for each in value.values())

    def _text(self, text: str, close: bool) -> str:
        start = 0 if text[:1] == "[" else text.find("{")
        if start >= 0:
            try:
                parsed = orjson.loads(text[start:])
            except ValueError:
                pass
            else:
                cleaned = self.clean(parsed, close)
                json_text = text[start:] if cleaned is parsed else orjson.dumps(cleaned).decode()
                return (
                    text if cleaned is parsed and not start else self._words(text[:start], close) + json_text
                )
        return self._words(text, close)

    def _words(self, text: str, close: bool) -> str:
        named = close or self.occurs(text)
        text = self._addresses.sub(alias(self.mark), text)
        return (self._likely if named else self._certain).sub(GONE, text)


def _pattern(spellings: Iterable[str], words: bool = False) -> re.Pattern[str]:
    """Any of them, as it is written in plain text, in addresses and in JSON."""
    found = {form for each in spellings if each for form in _forms(each)}
    if not found:
        return NOTHING
    each = "|".join(re.escape(form) for form in sorted(found, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)" if words else f"(?:{each})", re.IGNORECASE)


def _forms(text: str) -> set[str]:
    return {text, quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
