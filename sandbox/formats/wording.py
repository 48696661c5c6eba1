"""Words, times and sums as printed pages say them, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

LOCALES = {"en": "en_GB", "de": "de_DE", "pl": "pl_PL", "ja": "ja_JP"}
DAYS = {"de": "d. MMMM y", "ja": "y年M月d日"}
TIMES = {"de": "EEEE, d. MMMM y, HH:mm", "ja": "y年M月d日(EEEE) HH:mm"}
SUMS = {"de": "#,##0{} ¤", "pl": "#,##0{} ¤"}
"""Where a language has its own way; the others write `d MMMM y`, `EEEE, d MMMM y, HH:mm`, `¤ #,##0`."""


class Wording:
    """One language; `labels` are the words of pages by what they are in English."""

    def __init__(self, language: str = "en", labels: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.locale = LOCALES[language]
        self._labels = labels or {}

    def __call__(self, english: str, **values: str) -> str:
        """A label with its values; in English where the language has no word for it."""
        said = self._labels.get(english, english)
        return said.format_map(values) if values else said

    def day(self, moment: datetime, timezone: str = "UTC") -> str:
        """`16 December 2026`."""
        day = moment.astimezone(ZoneInfo(timezone)).date()
        return format_date(day, DAYS.get(self.language, "d MMMM y"), self.locale)

    def day_and_time(self, moment: datetime, timezone: str) -> str:
        """`Wednesday, 16 December 2026, 09:00`."""
        local = moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
        pattern = TIMES.get(self.language, "EEEE, d MMMM y, HH:mm")
        return format_datetime(local, pattern, locale=self.locale)

    def days(self, starts: datetime, ends: datetime, timezone: str) -> str:
        """`16 December 2026 – 18 December 2026`, or the one day."""
        first, last = self.day(starts, timezone), self.day(ends, timezone)
        return first if first == last else f"{first} – {last}"

    def hours(self, count: float) -> str:
        """`7.5 hours`."""
        length: Literal["short", "long"] = "short" if self.language == "ja" else "long"
        return str(format_unit(count, "duration-hour", length, locale=self.locale)).replace("\xa0", " ")

    def sum_of(self, money: Any) -> str:
        """`€ 199.00`; nothing for no money."""
        if not money:
            return ""
        pattern = SUMS.get(self.language, "¤ #,##0{}").format(_decimals(money))
        told = format_currency(
            Decimal(money["amount"]), money["currency"], pattern, self.locale, currency_digits=False
        )
        return str(told).replace("\xa0", " ")

    def figure(self, money: Any) -> str:
        """As sum_of, without the currency."""
        told = format_decimal(Decimal(money["amount"]), "#,##0" + _decimals(money), self.locale)
        return str(told).replace("\xa0", " ")

    def rate(self, percent: str) -> str:
        """`23.00`, of a hundred."""
        return str(format_decimal(Decimal(percent), "0.00", self.locale))

    def country(self, code: str | None) -> str:
        """`Poland`; the code itself where no country has it."""
        return str(Locale.parse(self.locale).territories.get(code, code)) if code else ""


ENGLISH = Wording()


def zone(moment: datetime, timezone: str) -> str:
    """`Europe/Warsaw (UTC+01:00)`."""
    offset = f"{moment.astimezone(ZoneInfo(timezone)):%z}"
    return f"{timezone} (UTC{offset[:3]}:{offset[3:]})"


def _decimals(money: Mapping[str, Any]) -> str:
    """As many as the amount has: each currency has its own number of them."""
    digits = len(money["amount"].partition(".")[2])
    return "." + "0" * digits if digits else ""
