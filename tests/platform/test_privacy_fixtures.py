"""The named fixtures about privacy show their point."""

from __future__ import annotations

from tests.conftest import Api
from tests.platform.clinic import key, refused

REQUESTS = "/api/v1/privacy/requests"


class TestFixtures:
    def test_access_is_complete_and_its_package_there(self, api: Api) -> None:
        request = api.get(f"{REQUESTS}/{api.fixture('privacy.access_completed')}").json()
        assert request["status"] == "completed"
        package = api.get(request["packageUrl"]).json()
        assert package["collections"]["customers"][0]["id"] == key("ca", 1)

    def test_erasure_waits_for_a_dispute(self, api: Api) -> None:
        request = api.get(f"{REQUESTS}/{api.fixture('privacy.erasure_blocked')}").json()
        assert (request["status"], request["subject"]["id"]) == ("in_progress", key("a1", 14))
        blocker, *_ = request["blockers"]
        assert blocker["code"] == "open_dispute"
        assert api.get(f"/api/v1/payments/{blocker['resource']['id']}").json()["status"] == "disputed"

    def test_a_new_erasure_finds_the_same_blockers(self, api: Api) -> None:
        before = api.get(f"{REQUESTS}/{api.fixture('privacy.erasure_blocked')}").json()
        api.post(f"{REQUESTS}/{before['id']}/cancel")
        again = api.post(
            REQUESTS,
            json={
                "type": "erasure",
                "subject": {"type": "user", "id": key("a1", 14)},
                "verification": {"method": "trusted_partner"},
            },
        ).json()
        api.advance("PT1S")
        found = api.get(f"{REQUESTS}/{again['id']}").json()["blockers"]
        assert before["blockers"][0] in found

    def test_portability_waits_for_the_code(self, api: Api) -> None:
        at = f"{REQUESTS}/{api.fixture('privacy.portability_verifying')}"
        assert api.get(at).json()["status"] == "verifying"
        refused(api.post(f"{at}/verify", json={"code": "000000"}), 409, "IDENTITY_NOT_VERIFIED")
        api.post(f"{at}/verify", json={"code": "123456"})
        api.advance("PT1S")
        assert api.get(at).json()["status"] == "completed"

    def test_the_restricted_customer_is_left_alone(self, api: Api) -> None:
        restricted = api.get("/api/v1/privacy/restrictions", params={"active": True}).json()["data"]
        assert [each["subject"]["id"] for each in restricted] == [key("ca", 8)]
        answer = api.patch(f"/api/v1/customers/{key('ca', 8)}", json={"notes": "x"})
        refused(answer, 403, "PROCESSING_RESTRICTED")
        api.delete(f"/api/v1/privacy/restrictions/{restricted[0]['id']}")
        assert api.patch(f"/api/v1/customers/{key('ca', 8)}", json={"notes": "x"}).status_code == 200

    def test_one_opted_out_by_global_privacy_control(self, api: Api) -> None:
        found = api.get("/api/v1/privacy/opt-outs", params={"subjectId": key("ca", 9)}).json()["data"]
        assert [(each["scope"], each["source"]) for each in found] == [("sale_share", "gpc_header")]

    def test_the_standard_world_has_a_history(self, api: Api) -> None:
        assert api.get("/api/v1/privacy/consents").json()["pagination"]["totalItems"] == 180
        old = api.get("/api/v1/audit-logs", params={"outcome": "denied", "action": "updateCustomer"}).json()
        assert len(old["data"]) == 20
