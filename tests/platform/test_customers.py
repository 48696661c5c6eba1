"""Customers through the front door."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from tests.conftest import Api
from tests.platform.clinic import ADA, emitted, key, refused

MARIA = {"givenName": "Maria", "familyName": "Lewandowska", "email": "maria@sandbox.example"}
BLOCKED, MINOR, ERASED, RESTRICTED = (key("ca", n) for n in (2, 3, 7, 8))


class TestCreateCustomer:
    def test_reachable_by_one_way_at_least(self, api: Api) -> None:
        made = api.post("/api/v1/customers", json=MARIA).json()
        assert (made["status"], made["isReturning"], made["phone"]) == ("active", False, None)
        assert emitted(api)[-1] == "customer.created"
        refused(api.post("/api/v1/customers", json={"givenName": "Maria"}), 400, "VALIDATION_ERROR")
        silent = {"givenName": "Maria", "email": None, "phone": None}
        refused(api.post("/api/v1/customers", json=silent), 400, "VALIDATION_ERROR")

    def test_an_address_belongs_to_one(self, api: Api) -> None:
        answer = api.post("/api/v1/customers", json={"givenName": "Ada", "email": "ADA@Sandbox.example"})
        error = refused(answer, 409, "DUPLICATE_RESOURCE")
        assert error["_links"]["existing"]["href"].endswith(ADA)

    def test_not_against_their_will(self, api: Api) -> None:
        refused(
            api.post("/api/v1/customers", json={**MARIA, "dataPrivacyConsent": False}),
            422,
            "CONSENT_REQUIRED",
        )

    def test_of_the_national_id_only_the_end_is_kept(self, api: Api) -> None:
        made = api.post("/api/v1/customers", json={**MARIA, "nationalId": "88041212345"}).json()
        assert made["nationalId"] == "•••• 2345"
        with api.workspace.transaction() as tx:
            assert "88041212345" not in str(tx.get("customer", made["id"]))

    @pytest.mark.parametrize("name", ["Zoë\u0301", "شركة", "李小龍 🎉", "O'Connor-D'Arcy"], ids=ascii)
    def test_names_of_all_scripts_come_back_composed(self, api: Api, name: str) -> None:
        made = api.post("/api/v1/customers", json={**MARIA, "familyName": name}).json()
        assert made["familyName"] == unicodedata.normalize("NFC", name)

    @pytest.mark.parametrize(
        "fault",
        [
            {"email": "no at sign"},
            {"phone": "0048 123"},
            {"givenName": "x" * 101},
            {"birthDate": "1988-02-30"},
            {"birthDate": "2026-11-20"},
            {"nickname": "?"},
            {"givenName": "a\u0007b"},
        ],
        ids=str,
    )
    def test_faults_are_named(self, api: Api, fault: dict[str, Any]) -> None:
        refused(api.post("/api/v1/customers", json={**MARIA, **fault}), 400, "VALIDATION_ERROR")


class TestReadCustomers:
    def test_an_erased_one_is_gone_and_not_listed(self, api: Api) -> None:
        refused(api.get(f"/api/v1/customers/{ERASED}"), 410, "RESOURCE_GONE")
        refused(api.patch(f"/api/v1/customers/{ERASED}", json={"notes": "?"}), 410, "RESOURCE_GONE")
        refused(api.delete(f"/api/v1/customers/{ERASED}"), 410, "RESOURCE_GONE")
        rows = api.get("/api/v1/customers", params={"cursor": "", "pageSize": 100}).json()["data"]
        assert ERASED not in {row["id"] for row in rows}

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"email": "ADA@sandbox.example"}, {1}),
            ({"phone": "+447700900111"}, {5, 6}),
            ({"status": "blocked"}, {2}),
            ({"q": "łukasiewicz"}, {4}),
        ],
        ids=str,
    )
    def test_narrowed(self, api: Api, query: dict[str, Any], numbers: set[int]) -> None:
        rows = api.get("/api/v1/customers", params=query).json()["data"]
        assert {row["id"] for row in rows} == {key("ca", n) for n in numbers}


class TestUpdateCustomer:
    def test_blocking_is_an_event_of_its_own(self, api: Api) -> None:
        api.patch(f"/api/v1/customers/{MINOR}", json={"status": "blocked"})
        assert emitted(api)[-2:] == ["customer.updated", "customer.blocked"]

    def test_not_while_processing_is_restricted(self, api: Api) -> None:
        answer = api.patch(f"/api/v1/customers/{RESTRICTED}", json={"notes": "?"})
        refused(answer, 403, "PROCESSING_RESTRICTED")

    def test_some_way_to_reach_them_must_remain(self, api: Api) -> None:
        refused(api.patch(f"/api/v1/customers/{ADA}", json={"email": None}), 400, "VALIDATION_ERROR")


class TestDeleteCustomer:
    def test_only_without_bookings(self, api: Api) -> None:
        refused(api.delete(f"/api/v1/customers/{ADA}"), 409, "RESOURCE_IN_USE")
        assert api.delete(f"/api/v1/customers/{MINOR}").status_code == 204
        refused(api.get(f"/api/v1/customers/{MINOR}"), 404, "RESOURCE_NOT_FOUND")
