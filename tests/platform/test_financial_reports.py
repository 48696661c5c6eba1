"""The ledger summed up: at once, and as reports that are made by due work."""

from typing import Any

import pytest

from tests.platform.cash_desk import issued, line, paid, pay, refund
from tests.platform.ledger import pass_days, records, totals

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
TODAY = {"from": "2026-11-18", "to": "2026-11-18"}


def summary(api: Any, **query: str) -> dict[str, Any]:
    answer = api.get("/api/v1/financial-summary", params={**TODAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def of(rows: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    row = next(row for row in rows if row["currency"] == currency)
    return {name: value["amount"] for name, value in row.items() if isinstance(value, dict)}


class TestGetFinancialSummary:
    def test_it_adds_up_per_currency(self, api: Any) -> None:
        before = summary(api)["totals"]
        payment = paid(api)
        refund(api, payment, "50.00")
        for currency in ("JPY", "KWD"):
            pay(api, issued(api, lines=[line("1000", currency, taxRatePercent="10")]))

        after = summary(api)["totals"]

        assert not before
        assert [total["currency"] for total in after] == ["EUR", "JPY", "KWD"]
        assert of(after, "EUR") == {
            "gross": "199.00",
            "refunds": "50.00",
            "disputes": "0.00",
            "fees": "3.24",
            "tax": "27.86",
            "net": "117.90",
        }
        assert (of(after, "JPY")["tax"], of(after, "JPY")["net"]) == ("100", "943")
        assert (of(after, "KWD")["gross"], of(after, "KWD")["fees"]) == ("1100.000", "16.600")

    @pytest.mark.parametrize("group", ["provider", "day", "month", "event", "location", "practitioner"])
    def test_rows_of_every_grouping_add_up_to_the_totals(self, api: Any, group: str) -> None:
        paid(api)

        found = summary(api, **NOVEMBER, groupBy=group)

        assert found["rows"]
        for total in found["totals"]:
            rows = [row for row in found["rows"] if row["currency"] == total["currency"]]
            assert sum(row["count"] for row in rows) == total["count"]
            for name in ("gross", "net"):
                parts = sum(float(row[name]["amount"]) for row in rows)
                assert parts == pytest.approx(float(total[name]["amount"]))

    def test_it_is_narrowed_by_event_and_provider(self, api: Any) -> None:
        paid(api)

        event = api.fixture("event.devconf")
        assert summary(api, eventId=event)["totals"][0]["gross"]["amount"] == "199.00"
        assert summary(api, eventId=api.fixture("event.jpy_gala"))["totals"] == []
        assert summary(api, provider="offline")["totals"] == []

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"from": "2026-11-02", "to": "2026-11-01"}, "INVALID_DATE_RANGE"),
            ({"from": "2025-11-01", "to": "2026-11-02"}, "DATE_RANGE_TOO_LARGE"),
        ],
    )
    def test_the_range_is_checked(self, api: Any, query: dict[str, str], code: str) -> None:
        answer = api.get("/api/v1/financial-summary", params=query)

        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)

    def test_the_last_of_all_days_is_one(self, api: Any) -> None:
        assert summary(api, **dict.fromkeys(("from", "to"), "9999-12-31"))["totals"] == []

    def test_the_ledger_says_the_same(self, api: Any) -> None:
        payment = paid(api)
        refund(api, payment)

        accounts = totals(records(api, paymentId=payment["id"]))

        assert accounts == {"balance": -324, "provider_fees": 324}
        assert of(summary(api)["totals"], "EUR")["net"] == "-3.24"


class TestCreateFinancialReport:
    def test_it_is_queued_runs_and_completes(self, api: Any) -> None:
        paid(api)
        created = api.post("/api/v1/financial-reports", json={**TODAY, "groupBy": "provider"})
        assert created.status_code == 202, created.text
        address = f"/api/v1/financial-reports/{created.json()['id']}"
        statuses = [created.json()["status"]]

        for _ in range(2):
            api.advance("PT1S")
            statuses.append(api.get(address).json()["status"])

        assert statuses == ["queued", "running", "completed"]
        report = api.get(address).json()
        assert [row["key"] for row in report["rows"]] == ["stripe"]
        assert report["totals"] == summary(api)["totals"]

    def test_its_figures_are_kept_for_a_week(self, api: Any) -> None:
        key = api.post("/api/v1/financial-reports", json=TODAY).json()["id"]

        pass_days(api, "P8D")

        answer = api.get(f"/api/v1/financial-reports/{key}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "JOB_OUTPUT_EXPIRED")

    def test_the_range_is_checked(self, api: Any) -> None:
        answer = api.post("/api/v1/financial-reports", json={"from": "2026-11-02", "to": "2026-11-01"})

        assert answer.json()["error"]["code"] == "INVALID_DATE_RANGE"

    def test_they_are_listed(self, api: Any) -> None:
        key = api.post("/api/v1/financial-reports", json=TODAY).json()["id"]

        listed = api.get("/api/v1/financial-reports", params={"status": "queued"}).json()["data"]

        assert key in [one["id"] for one in listed]

    def test_finance_may_and_attendees_may_not(self, api: Any) -> None:
        statuses = [
            api.persona(name).get("/api/v1/financial-summary", params=TODAY).status_code
            for name in ("finance", "attendee")
        ]

        assert statuses == [200, 403]
