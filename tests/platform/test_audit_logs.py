"""The audit log: who did what, and who was turned away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.journal.exchange import Exchange
from tests.conftest import KEYS, Api, Server
from tests.platform.clinic import key

LOGS = "/api/v1/audit-logs"
BEGIN = "2026-11-17T00:00:00Z"
CUSTOMER = f"/api/v1/customers/{key('ca', 1)}"


def logged(api: Api, **query: Any) -> list[dict[str, Any]]:
    """Entries of this test that meet a query, newest first; seeded ones are older."""
    answer = api.get(LOGS, params={"after": BEGIN, **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


class TestListAuditLogs:
    def test_what_was_allowed_with_what_changed(self, api: Api) -> None:
        answer = api.patch(CUSTOMER, json={"notes": "window seat"})
        [entry] = logged(api, action="updateCustomer")
        assert (entry["outcome"], entry["status"]) == ("allowed", 200)
        assert entry["resource"] == {"type": "customer", "id": key("ca", 1)}
        assert entry["correlationId"] == answer.headers["X-Correlation-ID"]
        assert entry["at"] == answer.headers["X-Sandbox-Clock"].partition(";")[0]
        assert entry["actor"]["ip"] == "127.0.0.1"
        [change] = entry["changes"]
        assert (change["event"], change["changedFields"]) == ("customer.updated", ["notes"])

    def test_what_was_denied(self, api: Api) -> None:
        api.anonymous.get(CUSTOMER)
        api.as_("readonly-demo").patch(CUSTOMER, json={"notes": None})
        denied = logged(api, outcome="denied")
        assert [(each["action"], each["status"]) for each in denied] == [
            ("updateCustomer", 403),
            ("getCustomer", 401),
        ]
        assert denied[1]["actor"]["type"] == "anonymous"
        assert denied[0]["changes"] == []

    def test_what_failed(self, api: Api) -> None:
        api.get(f"/api/v1/customers/{key('ca', 7)}")
        [failed] = logged(api, outcome="failed")
        assert (failed["action"], failed["status"]) == ("getCustomer", 410)

    def test_created_things_are_named(self, api: Api) -> None:
        made = api.post("/api/v1/customers", json={"givenName": "Maria", "email": "m@sandbox.example"}).json()
        [entry] = logged(api, action="createCustomer")
        assert entry["resource"] == {"type": "customer", "id": made["id"]}
        found = logged(api, resourceType="customer", resourceId=made["id"])
        assert [each["action"] for each in found] == ["createCustomer"]

    def test_no_two_entries_share_an_id(self, api: Api) -> None:
        for _ in range(3):
            api.get(CUSTOMER)
        ids: list[str] = []
        following: dict[str, str] | None = {"href": f"{LOGS}?pageSize=100"}
        while following:
            page = api.get(following["href"]).json()
            ids += [each["id"] for each in page["data"]]
            following = page["_links"].get("next")
        assert len(ids) > 200
        assert len(set(ids)) == len(ids)

    def test_by_time_and_actor_and_page(self, api: Api) -> None:
        for _ in range(3):
            api.get(CUSTOMER)
        [last, *_] = logged(api, action="getCustomer")
        assert logged(api, action="getCustomer", after=last["at"]) == []
        mine = logged(api, action="getCustomer", actor=last["actor"]["credentialId"])
        assert len(mine) == 3
        assert logged(api, actor="nobody") == []
        first = api.get(
            LOGS, params={"action": "getCustomer", "after": BEGIN, "pageSize": 2, "cursor": ""}
        ).json()
        rest = api.get(
            LOGS,
            params={
                "action": "getCustomer",
                "after": BEGIN,
                "pageSize": 2,
                "cursor": first["pagination"]["nextCursor"],
            },
        ).json()
        assert [each["id"] for each in first["data"] + rest["data"]] == [each["id"] for each in mine]

    def test_bad_credentials_are_turned_away_by_name(self, api: Api) -> None:
        api.bearer("nonsense").get(CUSTOMER)
        [denied] = logged(api, outcome="denied")
        assert (denied["action"], denied["status"], denied["actor"]["id"]) == ("getCustomer", 401, None)

    def test_what_changes_the_sandbox_is_there_too(self, api: Api) -> None:
        made = api.control.post("/sandbox/v1/credentials", json={"name": "till", "kind": "api_key"}).json()
        [entry] = logged(api, action="createCredential")
        assert entry["resource"] == {"type": "credential", "id": made["id"]}

    def test_is_not_lost_under_load(self, api: Api) -> None:
        api.get(CUSTOMER)
        journal = api.server.sandbox.server.journals.of(api.workspace_id)
        for _ in range(journal.count_limit + 1):
            journal.record(Exchange(method="GET", path="/"))
        [entry] = logged(api, action="getCustomer")
        assert entry["resource"]["id"] == key("ca", 1)

    def test_outlives_a_restart(self, tmp_path: Path) -> None:
        before = []
        for life in range(2):
            server = Server(data_dir=tmp_path, seed_profile="minimal")
            server.start()
            try:
                api = Api(server, "ws_default", {"X-API-Key": KEYS["partner-demo"]})
                if life == 0:
                    api.get("/api/v1/users?pageSize=1")
                    api.anonymous.get("/api/v1/users")
                    body = {"givenName": "Maria", "email": "m@sandbox.example"}
                    api.post("/api/v1/customers", json=body)
                found = api.get(LOGS, params={"pageSize": 3, "actor": "anonymous"}).json()["data"]
                made = api.get(LOGS, params={"action": "createCustomer"}).json()["data"]
                read = api.get(LOGS, params={"action": "listUsers", "outcome": "allowed"}).json()["data"]
                before.append((found[:1], made[:1], read[:1]))
            finally:
                server.stop()
        assert before[0] == before[1]
        assert all(before[1])
        assert before[1][1][0]["changes"][0]["event"] == "customer.created"

    def test_is_for_who_may_read_it(self, api: Api) -> None:
        assert api.persona("attendee").get(LOGS).status_code == 403
        assert api.persona("dpo").get(LOGS).status_code == 200

    def test_can_be_exported(self, api: Api) -> None:
        api.get(CUSTOMER)
        body = {
            "resource": "audit_logs",
            "format": "csv",
            "filters": {"after": BEGIN, "action": "getCustomer"},
        }
        job = api.post("/api/v1/batch/exports", json=body).json()
        api.advance("PT1S")
        done = api.get(f"/api/v1/batch-jobs/{job['id']}").json()
        assert done["status"] == "completed", done["error"]
        assert "getCustomer" in api.get(done["outputUrl"]).text
