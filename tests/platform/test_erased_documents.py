"""What an erasure leaves can still be read: every document keeps to the contract."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import key
from tests.platform.event_desk import FREE_MEETUP, order

NAME, EMAIL = "Marinella Quastelberg", "marinella.q@sandbox.example"
REQUESTS = "/api/v1/privacy/requests"


def erased(api: Api, subject: dict[str, Any]) -> None:
    """Ask for it, prove who is asking, and let the work be done."""
    made = api.post(REQUESTS, json={"type": "erasure", "subject": subject}).json()
    assert api.post(f"{REQUESTS}/{made['id']}/verify", json={"code": "123456"}).status_code == 200
    api.advance("PT1S")
    assert api.get(f"{REQUESTS}/{made['id']}").json()["status"] == "completed"


def registered(api: Api) -> str:
    """The person takes part in something free."""
    person = {"name": NAME, "email": EMAIL}
    body = {
        "eventId": key("e1", 2),
        "contact": person,
        "items": [{"ticketTypeId": key("e3", 9), "attendees": [person]}],
        "consents": [{"purpose": "terms", "granted": True}],
    }
    answer = api.post("/api/v1/registrations", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class TestErased:
    def test_registrations_and_attendees_are_read_without_the_person(self, api: Api) -> None:
        registration = registered(api)
        erased(api, {"type": "attendee", "email": EMAIL})
        shown = api.get(f"/api/v1/registrations/{registration}")
        assert shown.status_code == 200, shown.text
        contact, item = shown.json()["contact"], shown.json()["items"][0]
        assert (contact["name"], contact["email"].rpartition("@")[2]) == ("Erased person", "invalid")
        assert item["attendees"][0]["name"] == "Erased person"
        there = api.get("/api/v1/attendees", params={"eventId": key("e1", 2), "pageSize": 100})
        assert there.status_code == 200, there.text
        assert NAME not in there.text

    def test_a_partners_mapping_keeps_an_identifier(self, api: Api) -> None:
        person = {"givenName": "Marinella", "familyName": "Quastelberg", "email": EMAIL}
        customer = api.post("/api/v1/customers", json=person).json()["id"]
        body = {"resourceType": "customer", "platformId": customer, "externalLabel": NAME}
        mapping = api.post("/api/v1/mappings", json={**body, "externalId": "patient-7"}).json()
        erased(api, {"type": "customer", "id": customer})
        shown = api.get(f"/api/v1/mappings/{mapping['id']}")
        assert shown.status_code == 200, shown.text
        assert shown.json()["status"] == "stale"
        assert shown.json()["externalId"].startswith("erased-")
        assert "Quastelberg" not in shown.text

    def test_a_row_of_a_batch_that_bears_their_name_loses_it(self, api: Api) -> None:
        rows = [
            {"clientRef": ref, **order(FREE_MEETUP, email)}
            for ref, email in (("Quastelberg", EMAIL), ("Smith", "other@sandbox.example"))
        ]
        rows[0]["contact"]["name"] = NAME
        job = api.post("/api/v1/batch/registrations", json={"items": rows}).json()["id"]
        api.advance("PT1S")
        results = f"/api/v1/batch-jobs/{job}/results"
        made = [each["resourceId"] for each in api.get(results).json()["data"]]
        moves = [{"clientRef": "Quastelberg out", "ticketId": tickets_of(api, made[0])[0], "type": "exit"}]
        scanned = api.post("/api/v1/batch/check-ins", json={"items": moves}).json()["id"]
        api.advance("PT1S")

        erased(api, {"type": "attendee", "email": EMAIL})

        assert [each["clientRef"] for each in api.get(results).json()["data"]] == [None, "Smith"]
        assert "Quastelberg" not in api.get(f"/api/v1/batch-jobs/{scanned}/results").text
        calls = api.control.get(
            "/sandbox/v1/journal", params={"operationId": "createRegistrationBatch"}
        ).json()
        call = api.control.get(f"/sandbox/v1/journal/{calls['data'][0]['id']}")
        assert "Smith" in call.text
        assert "Quastelberg" not in call.text


def tickets_of(api: Api, registration: str) -> list[str]:
    shown = api.get(f"/api/v1/registrations/{registration}/tickets").json()["data"]
    return [each["id"] for each in shown]
