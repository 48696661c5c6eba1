"""Who may use the pages: a browser sent here by the pages themselves, under a name of this server."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal_of_host(headers: Mapping[str, str], base_url: str) -> str:
    """Why the name the page was asked for under is not ours; empty when it is.

    A name that an attacker points to this machine would make the attacker's page the same origin as ours; an
    address cannot be pointed elsewhere."""
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if host == "localhost" or host.endswith(".localhost") or host == urlsplit(base_url).hostname:
        return ""
    try:
        ip_address(host)
    except ValueError:
        return f"the pages are not served under the name '{host[:100]}'; start with --public-url to allow it"
    return ""


def refusal_of_action(headers: Mapping[str, str]) -> str:
    """Why something may not be changed by this request; empty when it may.

    The header can be set by scripts of this origin only: no other is allowed to send it."""
    if headers.get("hx-request") != "true":
        return "actions are sent by the pages' own script"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "the request comes from another site"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return "the request comes from another origin"
    return ""
