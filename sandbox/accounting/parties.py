"""The organisation that sells in every workspace, and what is not known of who buys."""

from __future__ import annotations

from collections.abc import Mapping

SELLER: Mapping[str, str] = {
    "name": "Sandbox Events and Clinics",
    "company": "Sandbox Events and Clinics sp. z o.o.",
    "vatId": "PL5260001246",
    "street": "ul. Przykładowa 1",
    "city": "Warszawa",
    "postalCode": "00-001",
    "country": "PL",
    "email": "billing@sandbox.example",
}
BLANK: Mapping[str, None] = dict.fromkeys(
    ("company", "vatId", "street", "city", "postalCode", "country", "email")
)


def seller() -> dict[str, str]:
    """The organisation."""
    return dict(SELLER)
