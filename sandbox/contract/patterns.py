"""What a value of a pattern is called, so that who sends another reads words rather than the pattern."""

from __future__ import annotations

import re

_NAMES = {
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": "uuid",
    r"^[0-9a-f-]{36}$": "uuid",
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$": "uuid",
    r"^https?://[^\s]+$": "http or https URL",
    r"^https?://([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$": (
        "origin such as https://shop.example"
    ),
    r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$": "slug such as spring-meetup",
    r"^[A-Z0-9][A-Z0-9_-]{1,39}$": "code such as SPRING-10",
    r"^pm_[A-Za-z0-9_]{3,60}$": "token such as pm_card_visa",
    r"^\d{6}$": "code of six digits",
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:\d{1,5})?([/?#][^\s]*)?$": "http or https URL",
    r"^[^@\s]+@([^@\s]+\.[^@\s]+|invalid)$": "email",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": "email",
    r"^\+[1-9]\d{6,14}$": "phone number such as +48221234567",
    r"^[A-Z]{2}$": "country code such as PL",
    r"^[A-Z]{3}$": "currency code such as EUR",
    r"^[a-z]{2}(-[A-Z]{2})?$": "language tag such as en or pl-PL",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$": "language tag such as en or pl-PL",
    r"^-?\d{1,12}(\.\d{1,3})?$": "amount such as 12.50",
    r"^\d{1,12}(\.\d{1,3})?$": "amount such as 12.50",
    r"^\d{1,9}(\.\d{1,3})?$": "amount such as 12.50",
    r"^\d{1,8}(\.\d{1,3})?$": "amount such as 12.50",
    r"^\d{1,2}(\.\d{1,2})?$": "rate in percent such as 23 or 7.5",
    r"^([01]\d|2[0-3]):[0-5]\d$": "time of day such as 09:30",
    r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$": "time of day such as 09:30",
    r"^\d{4}-\d{2}-\d{2}$": "date such as 2027-06-14",
    r"^-?([0-8]?\d(\.\d{1,7})?|90(\.0{1,7})?)$": "latitude such as 52.2297",
    r"^-?((\d{1,2}|1[0-7]\d)(\.\d{1,7})?|180(\.0{1,7})?)$": "longitude such as 21.0122",
}
FORMATS = {
    "date-time": "date-time with its offset such as 2027-06-14T09:30:00Z",
    "date": "date such as 2027-06-14",
}
_PREFIXED = re.compile(r"\^([a-z]+_)\[0-9a-f\]\{24\}\$")
_STARTS = {"^whsec_": "secret of whsec_ and 24 to 64 bytes in Base64", "^P(": "duration such as P1DT2H"}


def name_of(pattern: str) -> str | None:
    """The name, None for a pattern that says it best itself."""
    if found := _PREFIXED.fullmatch(pattern):
        return f"id of {found[1]} and 24 hexadecimal digits"
    return _NAMES.get(pattern) or next((n for start, n in _STARTS.items() if pattern.startswith(start)), None)
