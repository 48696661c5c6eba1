"""What people take along and keep: tickets, badges, certificates, passes, bills and reports."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest

from sandbox.formats import wallet, wording
from sandbox.formats.arabic import displayed
from sandbox.formats.badge_page import BadgeFacts, badge_pages
from sandbox.formats.bill_page import BillFacts, Sold, bill_pages
from sandbox.formats.ticket_page import TicketFacts, ticket_page
from sandbox.formats.wallet_key import key_from
from tests.formats.paper import code_in_svg, codes_on, document, embedded, text_of

TICKET = "/api/v1/tickets/b3000000-0000-4000-8000-0000000000"
REGISTRATION = "/api/v1/registrations/b1000000-0000-4000-8000-0000000000"
INVOICES = "/api/v1/invoices"
PDF = {"Accept": "application/pdf"}


def ticket(**changes: str) -> bytes:
    """The page of a made-up ticket."""
    names = ("event", "when", "until", "zone", "venue", "address", "attendee", "ticket_type", "price")
    blank = dict.fromkeys((*names, "registration", "code", "issued"), "x")
    return ticket_page(TicketFacts(**{**blank, **changes}))


def words(page: bytes) -> str:
    """What the text of a file says."""
    return "".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(page)).pages)


class TestTicketPage:
    def test_it_says_who_what_and_when(self, api: Any) -> None:
        usual = api.get(f"{TICKET}01").json()
        answer = api.get(f"{TICKET}01", headers=PDF)
        told = text_of(answer)
        event = api.get(f"/api/v1/events/{usual['eventId']}").json()
        assert event["name"] in told
        assert api.get(f"/api/v1/attendees/{usual['attendeeId']}").json()["name"] in told
        assert "VALI DTIC KET2 3456" in told
        assert embedded(answer)
        assert codes_on(document(answer).pages[0]) == ["VALIDTICKET23456"]

    def test_the_same_state_gives_the_same_bytes(self, api: Any) -> None:
        first = api.get(f"{TICKET}01?format=pdf")
        api.advance("PT1H")
        again = api.get(f"{TICKET}01?format=pdf")
        assert first.content == again.content
        assert first.headers["etag"] == again.headers["etag"]
        unchanged = api.get(f"{TICKET}01", headers={**PDF, "If-None-Match": first.headers["etag"]})
        assert unchanged.status_code == 304

    def test_one_that_does_not_admit_says_so(self, api: Any) -> None:
        assert "REVOKED" in text_of(api.get(f"{TICKET}03", headers=PDF))

    def test_foreign_ones_are_not_there(self, api: Any) -> None:
        other = api.persona("attendee_other")
        for path in ("05", "05/qr-code", "05/wallet-pass"):
            assert other.get(f"{TICKET}{path}").status_code == 404

    @pytest.mark.parametrize(
        "text",
        [
            "Zażółć gęślą jaźń",
            "Größenwahn für Übermütige",
            "東京ガラ・ディナー 懇親会",
            "李小龍 数据大会",
            "Đặng Thị Thuý Ngân",
            "Конференция Ελληνικά",
        ],
    )
    def test_every_script_of_the_seeds_is_set(self, text: str) -> None:
        assert text.replace(" ", "") in words(ticket(event=text)).replace(" ", "")

    def test_arabic_is_joined_and_runs_from_the_right(self) -> None:
        assert displayed("a مؤتمر b") == "a \ufeae\ufee4\ufe97\ufe86\ufee3 b"
        assert displayed("سلام") == "\ufee1\ufefc\ufeb3"
        assert displayed("plain") == "plain"

    def test_what_no_font_has_is_seen_to_be_missing(self) -> None:
        assert "Party time" in words(ticket(event="Party 🎉 time"))
        assert "□" * 3 in words(ticket(attendee="Minsu 김민수"))

    def test_long_names_stay_on_the_page(self) -> None:
        page = ticket(event="Donaudampfschifffahrt " * 9, attendee="W" * 200, venue="x " * 100)
        assert len(pypdf.PdfReader(io.BytesIO(page)).pages) == 1


class TestQrCode:
    def test_a_scanner_reads_it(self, api: Any) -> None:
        answer = api.get(f"{TICKET}01/qr-code")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert code_in_svg(answer.text) == ["VALIDTICKET23456"]

    def test_only_as_an_image(self, api: Any) -> None:
        answer = api.get(f"{TICKET}01/qr-code", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")


class TestWalletPass:
    def test_what_it_holds(self, api: Any) -> None:
        shown = api.get(f"{TICKET}01/wallet-pass").json()
        assert shown["barcode"] == {"format": "QR", "message": "VALIDTICKET23456"}
        assert shown["serialNumber"] == f"{TICKET}01".rpartition("/")[2]
        assert {"event", "attendee", "ticketType"} <= {field["key"] for field in shown["fields"]}
        assert shown["voided"] is False
        assert api.get(f"{TICKET}03/wallet-pass").json()["voided"] is True

    def test_the_archive_is_signed_over_everything_in_it(self, api: Any, tmp_path: Path) -> None:
        answer = api.get(f"{TICKET}01/wallet-pass", headers={"Accept": "application/vnd.apple.pkpass"})
        assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files["manifest.json"])
        assert set(manifest) == set(files) - {"manifest.json", "signature"}
        for name, digest in manifest.items():
            assert hashlib.sha1(files[name]).hexdigest() == digest
        assert json.loads(files["pass.json"])["barcodes"][0]["message"] == "VALIDTICKET23456"
        for name in ("manifest.json", "signature"):
            (tmp_path / name).write_bytes(files[name])
        command = "openssl smime -verify -noverify -binary -inform DER -in signature -content manifest.json"
        done = subprocess.run([*command.split(), "-out", "/dev/null"], cwd=tmp_path, capture_output=True)
        assert done.returncode == 0, done.stderr

    def test_it_stays_as_it_is(self, api: Any) -> None:
        url = f"{TICKET}01/wallet-pass?format=pkpass"
        before = api.get(url).content
        wallet._signer.cache_clear()
        assert api.get(url).content == before

    def test_its_key_is_that_of_the_world(self) -> None:
        modulus = key_from(20250422).public_key().public_numbers().n
        assert hashlib.sha256(str(modulus).encode()).hexdigest()[:16] == "44a995d01e8b4d92"
        assert key_from(1).public_key().public_numbers().n != modulus


class TestBadge:
    def test_of_the_first_or_of_whoever_is_asked_for(self, api: Any) -> None:
        attendees = api.get(
            "/api/v1/attendees?eventId=e1000000-0000-4000-8000-000000000001&pageSize=100"
        ).json()
        first = api.get(f"{REGISTRATION}01/badge").json()
        mine = [each for each in attendees["data"] if each["registrationId"].endswith("0001")]
        assert first["name"] == mine[0]["name"]
        assert first["eventName"] == "Sandbox DevConf"
        same = api.get(f"{REGISTRATION}01/badge?attendeeId={mine[0]['id']}").json()
        assert same == first
        other = api.get(f"{REGISTRATION}01/badge?attendeeId=b2000000-0000-4000-8000-000000009999")
        assert (other.status_code, other.json()["error"]["target"]) == (404, "attendeeId")

    def test_a_page_for_everybody(self, api: Any) -> None:
        answer = api.get(f"{REGISTRATION}08/badge", headers=PDF)
        pages = document(answer).pages
        rows = api.get("/api/v1/attendees?pageSize=100&q=group").json()["data"]
        names = {each["name"] for each in rows if each["registrationId"].endswith("000000000008")}
        assert len(pages) == 3
        assert names <= {line for page in pages for line in page.extract_text().splitlines()}
        assert len({code for page in pages for code in codes_on(page)}) == 3

    def test_names_in_every_script(self) -> None:
        blank = {
            "company": "",
            "ticket_type": "Guest",
            "event": "Gala",
            "code": "A" * 16,
            "colour": "#0B5D5B",
        }
        page = badge_pages("Gala", [BadgeFacts(name="Zoë Łukasiewicz-Ōta 李小龍", **blank)])
        assert "Łukasiewicz" in words(page)
        assert "李小龍" in words(page)


class TestCertificate:
    @pytest.fixture(name="came")
    def _came(self, api: Any) -> str:
        """A registration for what is on now, of which one came; and then it is over."""
        event = "e1000000-0000-4000-8000-000000000023"
        url = f"/api/v1/registrations?eventId={event}&status=confirmed&pageSize=1"
        registration = api.get(url).json()["data"][0]["id"]
        early = api.get(f"/api/v1/registrations/{registration}/certificate")
        assert (early.status_code, early.json()["error"]["code"]) == (409, "CERTIFICATE_NOT_AVAILABLE")
        done = api.post(f"/api/v1/registrations/{registration}/check-in", json={})
        assert done.status_code in (200, 201), done.text
        assert api.post(f"/api/v1/events/{event}/complete").status_code == 200
        return str(registration)

    def test_for_who_came_once_it_is_over(self, api: Any, came: str) -> None:
        answer = api.get(f"/api/v1/registrations/{came}/certificate")
        shown = answer.json()
        assert answer.status_code == 200, answer.text
        assert shown["number"].startswith("CERT-2026-")
        assert shown["verificationUrl"].endswith(f"?attendeeId={shown['attendeeId']}")
        page = api.get(f"/api/v1/registrations/{came}/certificate", headers=PDF)
        assert shown["attendeeName"] in text_of(page)
        assert shown["number"] in text_of(page)
        assert codes_on(document(page).pages[0]) == [shown["verificationUrl"]]
        assert page.content == api.get(f"/api/v1/registrations/{came}/certificate?format=pdf").content

    def test_not_for_who_did_not_come(self, api: Any, came: str) -> None:
        url = "/api/v1/registrations?eventId=e1000000-0000-4000-8000-000000000023&status=confirmed&pageSize=1"
        absent = api.get(url).json()["data"][0]["id"]
        answer = api.get(f"/api/v1/registrations/{absent}/certificate")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CERTIFICATE_NOT_AVAILABLE")


class TestInvoicePage:
    def test_it_says_what_the_invoice_says(self, api: Any) -> None:
        invoice = api.get(f"{INVOICES}/d3000000-0000-4000-8000-000000000002").json()
        answer = api.get(f"{INVOICES}/{invoice['id']}", headers=PDF)
        told = text_of(answer)
        for said in (
            invoice["number"],
            invoice["billTo"]["name"],
            invoice["seller"]["vatId"],
            "ul. Przykładowa 1",
        ):
            assert said in told
        assert wording.ENGLISH.sum_of(invoice["totals"]["due"]) in told
        assert embedded(answer)
        assert answer.content == api.get(f"{INVOICES}/{invoice['id']}?format=pdf").content

    def test_credit_notes_give_back(self, api: Any) -> None:
        note = api.get(f"{INVOICES}?type=credit_note&pageSize=1").json()["data"][0]
        told = text_of(api.get(f"{INVOICES}/{note['id']}", headers=PDF))
        assert "Credit note" in told
        assert wording.ENGLISH.figure(note["totals"]["total"]) in told.replace("€ ", "")
        assert note["totals"]["total"]["amount"].startswith("-")

    def test_many_lines_take_many_pages(self) -> None:
        sold = [Sold(f"Position {n}", "1", "10.00", "23.00", "10.00", "12.30") for n in range(100)]
        page = bill_pages(
            BillFacts(
                kind="Invoice",
                number="INV-1",
                state="issued",
                dates=[("Issued", "today")],
                seller=["Seller"],
                buyer=["Käuferin"],
                lines=sold,
                taxes=[("23.00 %", "1,000.00", "230.00")],
                totals=[("Total", "€ 1,230.00")],
                sum=("Amount due", "€ 1,230.00"),
            )
        )
        pages = pypdf.PdfReader(io.BytesIO(page)).pages
        told = [each.extract_text() for each in pages]
        assert len(pages) > 3
        assert all("Page" in each for each in told)
        assert [n for n in range(100) if f"Position {n}\n" not in "\n".join(told)] == []
        assert "Amount due" in told[-1]

    def test_long_texts_do_not_take_long(self) -> None:
        sold = [Sold("東京 łąka " * 50, "1", "10.00", "23.00", "10.00", "12.30")] * 100
        blank: dict[str, Any] = dict.fromkeys(("dates", "seller", "buyer", "taxes", "totals"), ())
        started = time.process_time()
        page = bill_pages(BillFacts(kind="Invoice", number="", state="", lines=sold, sum=("", ""), **blank))
        assert time.process_time() - started < 5
        assert "łąka" in words(page)


class TestReceiptPage:
    def test_it_says_what_was_received(self, api: Any) -> None:
        url = "/api/v1/payments/d1000000-0000-4000-8000-000000000001/receipt"
        receipt = api.get(url).json()
        answer = api.get(url, headers=PDF)
        assert receipt["number"] in text_of(answer)
        assert wording.ENGLISH.sum_of(receipt["totals"]["paid"]) in text_of(answer)
        assert answer.content == api.get(url, headers=PDF).content

    def test_no_page_before_it_is_paid(self, api: Any) -> None:
        answer = api.get("/api/v1/payments/d1000000-0000-4000-8000-000000000002/receipt", headers=PDF)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RECEIPT_NOT_AVAILABLE")


class TestReportForms:
    def test_all_of_them_once_it_is_ready(self, api: Any) -> None:
        body = {"from": "2026-01-01", "to": "2026-12-31", "groupBy": "event"}
        url = f"/api/v1/financial-reports/{api.post('/api/v1/financial-reports', json=body).json()['id']}"
        for form in ("pdf", "csv", "xml"):
            answer = api.get(f"{url}?format={form}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JOB_NOT_READY")
        api.advance("PT10S")
        report = api.get(url).json()
        page = api.get(f"{url}?format=pdf")
        told = text_of(page)
        assert "Tokyo Gala" in told
        assert all(wording.ENGLISH.figure(total["net"]) in told for total in report["totals"])
        assert page.content == api.get(url, headers=PDF).content
        table = api.get(f"{url}?format=csv").text.split("\r\n")
        assert table[0].startswith("key,currency,gross.amount")
        assert len(table) == len(report["rows"]) + 2
        assert "<financialReport>" in api.get(f"{url}?format=xml").text


class TestWording:
    def test_sums_have_the_decimals_of_their_currency(self) -> None:
        assert wording.ENGLISH.sum_of({"amount": "15000", "currency": "JPY"}).endswith("15,000")
        assert wording.ENGLISH.sum_of({"amount": "12.500", "currency": "KWD"}).endswith("12.500")
        assert wording.ENGLISH.figure({"amount": "-1234.50", "currency": "EUR"}) == "-1,234.50"
        assert wording.ENGLISH.sum_of(None) == ""

    def test_countries_by_name(self) -> None:
        assert (
            wording.ENGLISH.country("PL"),
            wording.ENGLISH.country("XQ"),
            wording.ENGLISH.country(None),
        ) == (
            "Poland",
            "XQ",
            "",
        )
