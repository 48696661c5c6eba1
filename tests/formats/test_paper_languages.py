"""Pages in the language of the reader: every label, the same bytes for the same words."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.formats.wording import Wording
from sandbox.languages.catalogue import LANGUAGES, catalogue
from tests.formats.paper import document, embedded, text_of

OTHERS = LANGUAGES[1:]
PLACE = re.compile(r"\{\w+\}")
ROOT = Path(sandbox.__file__).parent
SOURCES = [*ROOT.glob("formats/*_page.py"), *ROOT.glob("platform/*_papers.py")]
TICKET = "/api/v1/tickets/b3000000-0000-4000-8000-000000000001"
BADGE = "/api/v1/registrations/b1000000-0000-4000-8000-000000000001/badge"
RECEIPT = "/api/v1/payments/d1000000-0000-4000-8000-000000000001/receipt"
INVOICE = "/api/v1/invoices/d3000000-0000-4000-8000-000000000002"
MOMENT = datetime(2026, 12, 16, 8, tzinfo=UTC)
SAID = {
    "de": ("EINTRITTSKARTE", "BEGINN", "Diesen Code am Einlass zeigen", "16. Dezember 2026, 09:00"),
    "pl": ("BILET WSTĘPU", "POCZĄTEK", "Pokaż ten kod przy wejściu", "16 grudnia 2026, 09:00"),
    "ja": ("入場券", "開始", "入口でこのコードを提示", "2026年12月16日(水曜日) 09:00"),
}
BILLED = {
    "de": ("Rechnung", "BESCHREIBUNG", "Zu zahlen", "Fällig", "Deutschland", "Polen"),
    "pl": ("Faktura", "OPIS", "Do zapłaty", "Termin płatności", "Niemcy", "Polska"),
    "ja": ("請求書", "内容", "請求金額", "支払期限", "ドイツ", "ポーランド"),
}
RECEIVED = {
    "de": ("Quittung", "Erhalten"),
    "pl": ("Potwierdzenie wpłaty", "Otrzymano"),
    "ja": ("領収書", "受領"),
}


def page(api: Any, url: str, language: str) -> Any:
    """The page for a reader of that language."""
    return api.get(url, headers={"Accept": "application/pdf", "Accept-Language": language})


def plain(answer: Any) -> str:
    """Its words without the gaps that scripts leave between them."""
    return re.sub(r"\s+", "", text_of(answer))


def labels_in(source: Path) -> set[str]:
    """Texts that the module gives to be said."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and re.search(r"(?:^|\.)(?:say|words)$", ast.unparse(node.func)):
            found |= {
                each.value
                for argument in node.args
                for each in ast.walk(argument)
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return {each for each in found if re.search("[A-Za-z]", each)} - {"type", "status", "hours", "reason"}


class TestLabels:
    @pytest.mark.parametrize("language", OTHERS)
    def test_whatever_a_page_says_has_its_word(self, language: str) -> None:
        said = set().union(*(labels_in(source) for source in SOURCES))
        assert len(said) > 30
        assert sorted(said - set(catalogue(language)["labels"])) == []

    @pytest.mark.parametrize("language", OTHERS)
    def test_words_keep_their_values(self, language: str) -> None:
        labels = catalogue(language)["labels"]
        assert set(labels) == set(catalogue("de")["labels"])
        for english, said in labels.items():
            assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(said)), english


class TestPages:
    @pytest.mark.parametrize("language", OTHERS)
    def test_a_ticket_speaks_the_readers_language(self, api: Any, language: str) -> None:
        answer = page(api, TICKET, f"{language}, en;q=0.5")
        told = plain(answer)
        starts = api.get(f"/api/v1/events/{api.get(TICKET).json()['eventId']}").json()["startsAt"]
        assert answer.headers["content-language"] == language
        assert document(answer).trailer["/Root"]["/Lang"] == language
        for said in SAID[language][:3]:
            assert said.replace(" ", "") in told
        assert Wording(language).day(datetime.fromisoformat(starts), "Europe/Warsaw").replace(" ", "") in told
        assert embedded(answer)

    @pytest.mark.parametrize("language", OTHERS)
    def test_bills_and_receipts_do_too(self, api: Any, language: str) -> None:
        for url, words in ((INVOICE, BILLED[language][:4]), (RECEIPT, RECEIVED[language])):
            told = plain(page(api, url, language)).lower()
            assert [said for said in words if said.replace(" ", "").lower() not in told] == []
        assert page(api, BADGE, language).headers["content-language"] == language

    @pytest.mark.parametrize(("language", "said"), [("de", "BEGINN"), ("pl", "POCZĄTEK"), ("ja", "開始")])
    def test_passes_for_wallets_do_too(self, api: Any, language: str, said: str) -> None:
        answer = api.get(f"{TICKET}/wallet-pass", headers={"Accept-Language": language})
        begins = next(field for field in answer.json()["fields"] if field["key"] == "begins")
        starts = api.get(f"/api/v1/events/{api.get(TICKET).json()['eventId']}").json()["startsAt"]
        moment = datetime.fromisoformat(starts)
        assert begins["label"] == said
        assert begins["value"] == Wording(language).day_and_time(moment, "Europe/Warsaw")

    def test_what_stands_below_stands_apart(self, api: Any) -> None:
        told = text_of(page(api, RECEIPT, "pl")).splitlines()
        assert any(line.startswith("Potwierdzenie wpłaty RCP-") and line[-1].isdigit() for line in told)
        assert "23,00 %" in told

    def test_the_same_language_is_the_same_bytes(self, api: Any) -> None:
        made = {language: page(api, TICKET, language) for language in LANGUAGES}
        assert len({answer.content for answer in made.values()}) == len(LANGUAGES)
        assert len({answer.headers["etag"] for answer in made.values()}) == len(LANGUAGES)
        for language, answer in made.items():
            assert page(api, TICKET, language).content == answer.content
            assert "Accept-Language" in answer.headers["vary"]
        assert page(api, TICKET, "fr").content == made["en"].content
        unsaid = api.get(TICKET, headers={"Accept": "application/pdf"})
        assert (unsaid.content, unsaid.headers["content-language"]) == (made["en"].content, "en")

    def test_a_known_page_is_not_sent_again_only_in_its_language(self, api: Any) -> None:
        tag = page(api, TICKET, "pl").headers["etag"]
        again = {"Accept": "application/pdf", "Accept-Language": "pl", "If-None-Match": tag}
        assert api.get(TICKET, headers=again).status_code == 304
        assert api.get(TICKET, headers=again | {"Accept-Language": "ja"}).status_code == 200


class TestCertificate:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("de", ("TEILNAHMEBESCHEINIGUNG", "Zum Prüfen scannen")),
            ("pl", ("ZAŚWIADCZENIE O UDZIALE", "godz")),
            ("ja", ("参加証明書", "時間")),
        ],
    )
    def test_it_is_in_the_readers_language(self, api: Any, language: str, said: tuple[str, ...]) -> None:
        event = "e1000000-0000-4000-8000-000000000023"
        url = f"/api/v1/registrations?eventId={event}&status=confirmed&pageSize=1"
        registration = api.get(url).json()["data"][0]["id"]
        api.post(f"/api/v1/registrations/{registration}/check-in", json={})
        api.post(f"/api/v1/events/{event}/complete")
        told = plain(page(api, f"/api/v1/registrations/{registration}/certificate", language))
        assert [each for each in said if each.replace(" ", "") not in told] == []


class TestWording:
    @pytest.mark.parametrize("language", OTHERS)
    def test_moments(self, language: str) -> None:
        assert SAID[language][3] in Wording(language).day_and_time(MOMENT, "Europe/Warsaw")

    @pytest.mark.parametrize(
        ("language", "euros", "yen"),
        [
            ("en", "€ 1,234.50", "JP¥ 15,000"),
            ("de", "1.234,50 €", "15.000 ¥"),
            ("pl", "1 234,50 €", "15 000 JPY"),
            ("ja", "€ 1,234.50", "￥ 15,000"),
        ],
    )
    def test_sums(self, language: str, euros: str, yen: str) -> None:
        say = Wording(language)
        assert say.sum_of({"amount": "1234.50", "currency": "EUR"}) == euros
        assert say.sum_of({"amount": "15000", "currency": "JPY"}) == yen

    @pytest.mark.parametrize("language", OTHERS)
    def test_countries(self, language: str) -> None:
        say = Wording(language)
        assert (say.country("DE"), say.country("PL")) == BILLED[language][4:]
