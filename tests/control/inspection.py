"""How tests speak to bins."""

from __future__ import annotations

from typing import Any

BINS = "/sandbox/v1/inspector/bins"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def new_bin(api: Any, **members: Any) -> dict[str, Any]:
    made = api.control.post(BINS, json=members)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def address(bin_: dict[str, Any], rest: str = "") -> str:
    """The capture address relative to the server the client speaks to."""
    url: str = bin_["url"]
    return url[url.index("/", len("http://")) :] + rest


def arrived(api: Any, bin_: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """What a bin holds, oldest first."""
    answer = api.control.get(f"{BINS}/{bin_['id']}/requests", params={"cursor": "", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"][::-1]
    return found
