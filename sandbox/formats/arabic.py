"""Arabic letters as they are joined and set: for a page whose text only runs from left to right."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ARABIC = re.compile("[\u0600-\u06ff]")
_RUN = re.compile("[\u0600-\u06ff](?:[\u0600-\u06ff ]*[\u0600-\u06ff])?")
_DIGITS = re.compile("[0-9\u0660-\u0669\u06f0-\u06f9]+")


def is_arabic(text: str) -> bool:
    """Whether any letter is."""
    return _ARABIC.search(text) is not None


def displayed(text: str) -> str:
    """The text in the order in which its signs stand on the page, letters in their joined forms."""
    return _RUN.sub(lambda run: _turned(_joined(run[0])), text)


def _turned(text: str) -> str:
    return _DIGITS.sub(lambda digits: digits[0][::-1], text[::-1])


def _joined(text: str) -> str:
    """Isolated, initial, medial or final, as the neighbours ask; lam and alef become one."""
    forms = _forms()
    for pair, ligature in _ligatures().items():
        text = text.replace(pair, ligature)
    letters = list(text)
    shaped = []
    for place, letter in enumerate(letters):
        before = place > 0 and "initial" in forms.get(letters[place - 1], {})
        has = forms.get(letter, {})
        following = letters[place + 1] if place + 1 < len(letters) else ""
        after = "initial" in has and "final" in forms.get(following, {})
        wanted = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get(
            (before, after), "isolated"
        )
        shaped.append(has.get(wanted, letter))
    return "".join(shaped)


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter -> form -> sign, as Unicode's own presentation forms tell."""
    found: dict[str, dict[str, str]] = {}
    for code in range(0xFE80, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()
        base = "".join(chr(int(each, 16)) for each in letters)
        key = base if len(base) == 1 else _ligatures()[base]
        found.setdefault(key, {})[kind.strip("<>")] = chr(code)
    return found


@cache
def _ligatures() -> dict[str, str]:
    """Pairs that are written as one, under the sign of their isolated form."""
    pairs = {}
    for code in range(0xFE80, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()
        if len(letters) == 2 and kind == "<isolated>":
            pairs["".join(chr(int(each, 16)) for each in letters)] = chr(code)
    return pairs
