"""Times and sums in words, as printed pages say them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

LOCALE = "en_GB"


def day(moment: datetime, timezone: str = "UTC") -> str:
    """`16 December 2026`."""
    return format_date(moment.astimezone(ZoneInfo(timezone)).date(), "d MMMM y", LOCALE)


def day_and_time(moment: datetime, timezone: str) -> str:
    """`Wednesday, 16 December 2026, 09:00`."""
    local = moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    return format_datetime(local, "EEEE, d MMMM y, HH:mm", locale=LOCALE)


def days(starts: datetime, ends: datetime, timezone: str) -> str:
    """`16 December 2026 – 18 December 2026`, or the one day."""
    first, last = day(starts, timezone), day(ends, timezone)
    return first if first == last else f"{first} – {last}"


def zone(moment: datetime, timezone: str) -> str:
    """`Europe/Warsaw (UTC+01:00)`."""
    offset = f"{moment.astimezone(ZoneInfo(timezone)):%z}"
    return f"{timezone} (UTC{offset[:3]}:{offset[3:]})"


def sum_of(money: Any) -> str:
    """`€199.00`; nothing for no money."""
    if not money:
        return ""
    digits = len(money["amount"].partition(".")[2])
    pattern = "¤ #,##0" + ("." + "0" * digits if digits else "")
    return format_currency(
        Decimal(money["amount"]), money["currency"], pattern, LOCALE, currency_digits=False
    ).replace("\xa0", " ")


def figure(money: Any) -> str:
    """As sum_of, without the currency."""
    digits = len(money["amount"].partition(".")[2])
    return format_decimal(Decimal(money["amount"]), "#,##0" + ("." + "0" * digits if digits else ""), LOCALE)


def country(code: str | None) -> str:
    """`Poland`; the code itself where no country has it."""
    return Locale.parse(LOCALE).territories.get(code, code) if code else ""
