"""Mappings through the front door: made once, stale when their object goes, repaired or broken."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import close, emitted, key, new_offering, refused

LONDON = key("c1", 2)


def mapping(platform_id: str = LONDON, external: str = "room-2", **more: Any) -> dict[str, Any]:
    return {"resourceType": "location", "platformId": platform_id, "externalId": external, **more}


def create(api: Api, *args: Any, **more: Any) -> Any:
    return api.post("/api/v1/mappings", json=mapping(*args, **more))


def made(api: Api, *args: Any, **more: Any) -> dict[str, Any]:
    answer = create(api, *args, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestCreateMapping:
    def test_is_active_in_the_system_of_its_credential(self, clinic: Api) -> None:
        found = made(clinic)
        assert (found["status"], found["system"]) == ("active", clinic.get(found_at(found)).json()["system"])
        assert found["lastVerifiedAt"] == "2026-11-18T08:00:00.000Z"
        assert emitted(clinic) == ["mapping.created"]

    def test_neither_side_twice_in_a_system(self, clinic: Api) -> None:
        first = made(clinic)
        for twin in (mapping(key("c1", 3)), mapping(external="other")):
            error = refused(clinic.post("/api/v1/mappings", json=twin), 409, "MAPPING_CONFLICT")
            assert error["_links"]["existing"] == {"href": found_at(first)}
        made(clinic, system="another")
        made(clinic, key("c2", 1), resourceType="service")

    def test_only_of_what_exists(self, clinic: Api) -> None:
        refused(create(clinic, key("c1", 77)), 422, "BUSINESS_RULE_VIOLATION")
        refused(create(clinic, key("ca", 7), resourceType="customer"), 422, "BUSINESS_RULE_VIOLATION")
        refused(create(clinic, resourceType="planet"), 400, "VALIDATION_ERROR")

    def test_needs_the_right_to_write(self, clinic: Api) -> None:
        refused(create(clinic.as_("readonly-demo")), 403, "INSUFFICIENT_SCOPE")


def found_at(found: dict[str, Any]) -> str:
    return f"/api/v1/mappings/{found['id']}"


class TestListMappings:
    def test_of_the_credential_that_asks(self, clinic: Api) -> None:
        first = made(clinic)
        partner = clinic.as_("partner-demo")
        rows = partner.get("/api/v1/mappings", params={"resourceType": "location"}).json()["data"]
        assert all(row["ownerCredentialId"] == rows[0]["ownerCredentialId"] for row in rows)
        other = clinic.as_("partner-other")
        assert other.get("/api/v1/mappings").json()["pagination"]["totalItems"] == 0
        refused(other.get(found_at(first)), 404, "RESOURCE_NOT_FOUND")
        refused(other.delete(found_at(first)), 404, "RESOURCE_NOT_FOUND")

    def test_by_each_filter(self, clinic: Api) -> None:
        first = made(clinic, system="desk")
        wanted = {
            "system": "desk",
            "resourceType": "location",
            "externalId": "room-2",
            "platformId": LONDON,
            "status": "active",
            "updatedSince": "2026-11-18T08:00:00Z",
        }
        for name, value in wanted.items():
            rows = clinic.get("/api/v1/mappings", params={name: value}).json()["data"]
            assert first["id"] in [row["id"] for row in rows], name
        assert clinic.get("/api/v1/mappings", params=wanted).json()["pagination"]["totalItems"] == 1

    def test_fixtures_show_the_three_states(self, clinic: Api) -> None:
        partner = clinic.as_("partner-demo")
        for state in ("active", "stale", "broken"):
            found = partner.get(f"/api/v1/mappings/{clinic.fixture(f'mapping.{state}')}").json()
            assert found["status"] == state


class TestUpdateMapping:
    def test_points_elsewhere_or_is_called_otherwise(self, clinic: Api) -> None:
        first = made(clinic)
        changes = {"platformId": key("c1", 3), "externalId": "room-3", "externalLabel": "New York"}
        answer = clinic.patch(found_at(first), json=changes)
        assert answer.status_code == 200, answer.text
        assert {name: answer.json()[name] for name in changes} == changes
        made(clinic)

    def test_not_onto_another(self, clinic: Api) -> None:
        made(clinic)
        second = made(clinic, key("c1", 3), "room-3")
        refused(clinic.patch(found_at(second), json={"externalId": "room-2"}), 409, "MAPPING_CONFLICT")
        refused(clinic.patch(found_at(second), json={"platformId": LONDON}), 409, "MAPPING_CONFLICT")
        gone = {"platformId": key("c1", 77)}
        refused(clinic.patch(found_at(second), json=gone), 422, "BUSINESS_RULE_VIOLATION")

    def test_only_the_version_that_was_seen(self, clinic: Api) -> None:
        first = made(clinic)
        stale = {"If-Match": '"mapping-00000000-v9"'}
        answer = clinic.patch(found_at(first), json={"externalLabel": "x"}, headers=stale)
        refused(answer, 412, "PRECONDITION_FAILED")


class TestDeleteMapping:
    def test_both_sides_are_free_again(self, clinic: Api) -> None:
        assert clinic.delete(found_at(made(clinic))).status_code == 204
        made(clinic)
        assert emitted(clinic) == ["mapping.created", "mapping.deleted", "mapping.created"]


class TestStaleness:
    def test_stale_when_its_object_is_deleted_and_active_when_repaired(self, clinic: Api) -> None:
        offering = new_offering(clinic)
        first = made(clinic, offering, resourceType="offering")
        close(clinic, offering)
        found = clinic.get(found_at(first)).json()
        assert (found["status"], found["staleReason"]) == ("stale", "offering deleted")
        assert emitted(clinic)[-2:] == ["offering.deleted", "mapping.stale"]
        labelled = clinic.patch(found_at(first), json={"externalLabel": "x"}).json()
        assert labelled["status"] == "stale"
        repaired = clinic.patch(found_at(first), json={"platformId": new_offering(clinic)}).json()
        assert (repaired["status"], repaired["staleReason"]) == ("active", None)
        clinic.advance("PT25H")
        assert clinic.get(found_at(first)).json()["status"] == "active"

    def test_broken_when_nobody_repairs_it_in_a_day(self, clinic: Api) -> None:
        offering = new_offering(clinic)
        first = made(clinic, offering, resourceType="offering")
        close(clinic, offering)
        clinic.advance("PT23H")
        assert clinic.get(found_at(first)).json()["status"] == "stale"
        clinic.advance("PT1H")
        assert clinic.get(found_at(first)).json()["status"] == "broken"
        repaired = clinic.patch(found_at(first), json={"platformId": new_offering(clinic)}).json()
        assert repaired["status"] == "active"

    def test_deletions_that_no_webhook_tells_make_it_stale_too(self, clinic: Api) -> None:
        body = {"name": "Passing place", "city": "Warsaw", "country": "PL", "timezone": "Europe/Warsaw"}
        place = clinic.post("/api/v1/locations", json=body).json()["id"]
        first = made(clinic, place)
        assert clinic.delete(f"/api/v1/locations/{place}").status_code == 204
        assert clinic.get(found_at(first)).json()["status"] == "stale"


class TestMappingCoverage:
    def test_complete_when_all_of_the_kinds_asked_for_are_mapped(self, clinic: Api) -> None:
        query = {"system": "desk", "resourceType": "location"}
        before = clinic.get("/api/v1/mapping-coverage", params=query).json()
        [row] = before["data"]
        assert (before["complete"], row["mapped"], row["percent"]) == (False, 0, 0)
        for number, place in enumerate(row["unmappedIds"]):
            made(clinic, place, f"room-{number}", system="desk")
        after = clinic.get("/api/v1/mapping-coverage", params=query).json()
        assert after["complete"] is True
        assert after["data"][0] == {
            **row,
            "mapped": row["total"],
            "unmapped": 0,
            "percent": 100,
            "unmappedIds": [],
        }

    def test_tells_every_kind_and_what_is_stale(self, clinic: Api) -> None:
        found = clinic.as_("partner-demo").get("/api/v1/mapping-coverage").json()
        rows = {row["resourceType"]: row for row in found["data"]}
        assert len(rows) == 11
        assert (found["system"], found["complete"]) == ("partner-demo", False)
        assert rows["offering"]["stale"] == 2
        assert rows["location"]["mapped"] == 1
