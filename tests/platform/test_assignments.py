"""Practitioners, their assignments and offerings through the front door."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NOWAK, emitted, key, refused

OFFERINGS = f"/api/v1/assignments/{NOWAK}/offerings"


class TestPractitioners:
    def test_shown_with_title_and_names(self, api: Api) -> None:
        made = api.post("/api/v1/practitioners", json={"familyName": "Teller", "title": "Dr"}).json()
        assert (made["displayName"], made["assignmentIds"], made["status"]) == ("Dr Teller", [], "active")
        renamed = api.patch(f"/api/v1/practitioners/{made['id']}", json={"givenName": "Zoë"}).json()
        assert renamed["displayName"] == "Dr Zoë Teller"

    def test_a_licence_number_is_one_persons(self, api: Api) -> None:
        person = {"familyName": "Teller", "licenseNumbers": [{"type": "PWZ", "number": "7654321"}]}
        first = api.post("/api/v1/practitioners", json=person).json()
        error = refused(api.post("/api/v1/practitioners", json=person), 409, "DUPLICATE_RESOURCE")
        assert error["_links"]["existing"]["href"].endswith(first["id"])
        again = api.patch(f"/api/v1/practitioners/{first['id']}", json={"bio": "Calm"})
        assert again.status_code == 200

    def test_those_who_work_at_a_location(self, api: Api) -> None:
        query: dict[str, Any] = {"locationId": key("c1", 3), "pageSize": 100}
        found = {row["id"] for row in api.get("/api/v1/practitioners", params=query).json()["data"]}
        assert key("c3", 7) in found
        assert key("c3", 1) not in found

    def test_stays_while_assigned(self, api: Api) -> None:
        refused(api.delete(f"/api/v1/practitioners/{key('c3', 1)}"), 409, "RESOURCE_IN_USE")


class TestAssignments:
    def assign(self, api: Api, who: int = 1, where: int = 3) -> Any:
        body = {"practitionerId": key("c3", who), "locationId": key("c1", where)}
        return api.post("/api/v1/assignments", json=body)

    def test_comes_with_a_calendar_and_empty_hours(self, api: Api) -> None:
        made = self.assign(api).json()
        assert (made["calendarStatus"], made["minLeadMinutes"], made["confirmationMode"]) == (
            "enabled",
            60,
            "auto",
        )
        base = f"/api/v1/assignments/{made['id']}"
        assert api.get(f"{base}/calendar").json()["status"] == "enabled"
        hours = api.get(f"{base}/schedule").json()
        assert (hours["weekly"], hours["timezone"]) == ([], "America/New_York")
        assert made["id"] in api.get(f"/api/v1/practitioners/{key('c3', 1)}").json()["assignmentIds"]
        assert emitted(api)[-1] == "assignment.created"

    def test_one_of_each_pair(self, api: Api) -> None:
        refused(self.assign(api, 1, 1), 409, "DUPLICATE_RESOURCE")

    def test_of_those_that_exist(self, api: Api) -> None:
        refused(self.assign(api, 99, 1), 422, "BUSINESS_RULE_VIOLATION")
        refused(self.assign(api, 1, 99), 422, "BUSINESS_RULE_VIOLATION")

    def test_who_and_where_do_not_change(self, api: Api) -> None:
        answer = api.patch(f"/api/v1/assignments/{NOWAK}", json={"locationId": key("c1", 2)})
        refused(answer, 400, "VALIDATION_ERROR")

    def test_removed_with_all_that_hangs_on_it(self, api: Api) -> None:
        made = self.assign(api).json()["id"]
        assert api.delete(f"/api/v1/assignments/{made}").status_code == 204
        refused(api.get(f"/api/v1/assignments/{made}/schedule"), 404, "RESOURCE_NOT_FOUND")
        assert made not in api.get(f"/api/v1/practitioners/{key('c3', 1)}").json()["assignmentIds"]
        assert emitted(api)[-1] == "assignment.removed"

    def test_stays_while_anything_is_sold_or_booked(self, api: Api) -> None:
        refused(api.delete(f"/api/v1/assignments/{NOWAK}"), 409, "RESOURCE_IN_USE")


class TestOfferings:
    def sell(self, api: Api, **more: Any) -> Any:
        return api.post(OFFERINGS, json={"serviceId": key("c2", 10), "durationMinutes": 45, **more})

    def test_priced_to_the_last_decimal(self, api: Api) -> None:
        made = self.sell(api, price={"amount": "120", "currency": "PLN"}).json()
        assert made["price"] == {"amount": "120.00", "currency": "PLN"}
        assert made["assignmentId"] == NOWAK
        assert emitted(api)[-1] == "offering.created"

    def test_no_more_decimals_than_the_currency_has(self, api: Api) -> None:
        yen = {"amount": "120.50", "currency": "JPY"}
        refused(self.sell(api, price=yen), 422, "INVALID_AMOUNT_PRECISION")
        answer = api.patch(f"{OFFERINGS}/{key('c5', 1)}", json={"price": yen})
        refused(answer, 422, "INVALID_AMOUNT_PRECISION")

    def test_a_service_twice_needs_names_to_tell_apart(self, api: Api) -> None:
        assert self.sell(api).status_code == 201
        refused(self.sell(api), 409, "DUPLICATE_RESOURCE")
        assert self.sell(api, customName="Short version").status_code == 201
        refused(self.sell(api, customName="short VERSION"), 409, "DUPLICATE_RESOURCE")

    def test_what_must_be_paid_has_a_price(self, api: Api) -> None:
        refused(self.sell(api, paymentRequired=True), 422, "BUSINESS_RULE_VIOLATION")

    def test_one_default(self, api: Api) -> None:
        made = self.sell(api, isDefault=True).json()
        rows = api.get(OFFERINGS, params={"pageSize": 100}).json()["data"]
        assert [row["id"] for row in rows if row["isDefault"]] == [made["id"]]

    def test_who_was_the_default_is_told_of(self, api: Api) -> None:
        self.sell(api, isDefault=True)
        before = len(emitted(api))
        self.sell(api, isDefault=True, customName="Better")
        assert emitted(api, before) == ["offering.updated", "offering.created"]

    def test_found_by_part_of_the_name(self, api: Api) -> None:
        made = self.sell(api, customName="Second opinion").json()
        found = api.get(OFFERINGS, params={"q": "OPINION"}).json()["data"]
        assert [row["id"] for row in found] == [made["id"]]

    def test_belongs_to_its_assignment(self, api: Api) -> None:
        elsewhere = f"/api/v1/assignments/{key('c4', 2)}/offerings/{key('c5', 1)}"
        for answer in (
            api.get(elsewhere),
            api.patch(elsewhere, json={"priceFrom": True}),
            api.delete(elsewhere),
        ):
            refused(answer, 404, "RESOURCE_NOT_FOUND")

    def test_stays_while_booked(self, api: Api) -> None:
        refused(api.delete(f"{OFFERINGS}/{key('c5', 1)}"), 409, "RESOURCE_IN_USE")
        made = self.sell(api).json()["id"]
        assert api.delete(f"{OFFERINGS}/{made}").status_code == 204
        assert emitted(api)[-1] == "offering.deleted"
