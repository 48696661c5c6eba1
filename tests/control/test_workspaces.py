"""Workspaces are worlds of their own: what happens in one is not seen in another."""

from __future__ import annotations

URL = "/sandbox/v1/workspaces"


def fork(api, source=None):
    answer = api.control.post(f"{URL}/{source or api.workspace_id}/fork", json={"name": "Copy"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def within(api, workspace_id):
    """The same specialist in another workspace."""
    return type(api)(api.server, workspace_id, {"Authorization": api.control.headers["authorization"]})


def make_fault(client):
    body = {
        "name": "Down",
        "match": {"operationIds": ["listLocations"]},
        "action": {"type": "respond", "status": 503},
    }
    answer = client.post("/sandbox/v1/faults", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


class TestForkWorkspace:
    def test_a_fork_starts_from_the_present_state(self, api):
        fault_id = make_fault(api.control)
        copy = fork(api)
        assert copy["forkedFrom"] == api.workspace_id
        assert within(api, copy["id"]).get(f"/sandbox/v1/faults/{fault_id}").status_code == 200

    def test_nothing_mutable_is_shared(self, api):
        copy = fork(api)
        before = api.workspace.state_hash()
        other = within(api, copy["id"])
        make_fault(other)
        other.post("/sandbox/v1/clock/advance", json={"duration": "P1D"})
        assert api.workspace.state_hash() == before
        assert api.control.get("/sandbox/v1/faults").json()["data"] == []

    def test_a_fork_has_the_same_state_and_a_journal_of_its_own(self, api):
        copy = fork(api)
        shown = within(api, copy["id"]).get(f"{URL}/{copy['id']}").json()
        assert shown["stateHash"] == api.workspace.state_hash()
        entries = within(api, copy["id"]).get("/sandbox/v1/journal").json()["data"]
        assert [entry["operationId"] for entry in entries] == ["getWorkspace"]

    def test_there_are_only_so_many(self, api, monkeypatch):
        facts = api.server.sandbox.server.facts
        monkeypatch.setitem(facts, "max_workspaces", 1)
        answer = api.control.post(f"{URL}/{api.workspace_id}/fork")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "QUOTA_EXCEEDED")
        run = {"X-Sandbox-Run": f"quota-{api.workspace_id}"}
        assert api.get("/sandbox/v1/clock", headers=run).status_code == 200


class TestGetWorkspace:
    def test_it_says_what_it_was_made_from(self, api):
        shown = api.get(f"{URL}/{api.workspace_id}").json()
        assert (shown["profile"], shown["seed"]) == ("standard", 20250422)
        assert shown["counts"]["user"] == 60

    def test_a_partner_sees_its_own_only(self, api):
        token = api.as_("partner-demo")
        answer = token.get(f"{URL}/ws_default")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "WORKSPACE_ACCESS_DENIED")

    def test_an_unknown_one_is_not_found(self, api):
        assert api.control.get(f"{URL}/ws_nothing").status_code == 404


class TestUpdateWorkspace:
    def test_demo_credentials_can_be_shut_out(self, api):
        settings = {"publicFixtureCredentials": False}
        client = api.control
        assert client.patch(f"{URL}/{api.workspace_id}", json={"settings": settings}).json()["settings"] == {
            "allowSimulationHeader": True,
            "publicFixtureCredentials": False,
        }
        assert api.get("/sandbox/v1/clock").status_code == 401
        form = {
            "grant_type": "client_credentials",
            "client_id": "partner-demo",
            "client_secret": "partner-demo-secret",
        }
        assert api.anonymous.post("/oauth/token", data=form).status_code == 401

    def test_a_fork_for_one_run_keeps_the_settings(self, api):
        client = api.control
        client.patch(f"{URL}/{api.workspace_id}", json={"settings": {"allowSimulationHeader": False}})
        headers = {"X-Sandbox-Run": f"run-{api.workspace_id}", "X-Sandbox-Simulate": "status=503"}
        assert client.get("/sandbox/v1/clock", headers=headers).status_code == 200

    def test_it_gets_a_name(self, api):
        assert api.patch(f"{URL}/{api.workspace_id}", json={"name": "Mine"}).json()["name"] == "Mine"


class TestDiffWorkspace:
    def test_a_fresh_world_differs_in_nothing(self, api):
        api.post("/sandbox/v1/reset", json={"anchor": "2040-01-02T00:00:00Z"})
        shown = api.get(f"{URL}/{api.workspace_id}/diff").json()
        assert (shown["created"], shown["updated"], shown["deleted"]) == (0, 0, 0)

    def test_it_names_what_was_created_changed_and_deleted(self, api):
        fault_id = make_fault(api.control)
        credential = f"key_{2:024d}"
        api.patch(f"/sandbox/v1/credentials/{credential}", json={"name": "Renamed"})
        api.delete(f"/sandbox/v1/credentials/key_{3:024d}")
        shown = api.get(f"{URL}/{api.workspace_id}/diff").json()
        changes = {(change["kind"], change["id"]): change for change in shown["changes"]}
        assert changes["fault", fault_id]["change"] == "created"
        assert changes["credential", credential]["changedFields"] == ["name", "updatedAt", "version"]
        assert changes["credential", f"key_{3:024d}"]["change"] == "deleted"
        assert "before" not in changes["credential", credential]

    def test_documents_come_on_request(self, api):
        make_fault(api.control)
        shown = api.get(
            f"{URL}/{api.workspace_id}/diff", params={"kind": "fault", "documents": "true"}
        ).json()
        assert [change["after"]["name"] for change in shown["changes"]] == ["Down"]


class TestAdministration:
    def test_only_an_administrator_lists_creates_and_deletes(self, api):
        for answer in (
            api.control.get(URL),
            api.control.post(URL, json={}),
            api.control.delete(f"{URL}/ws_x"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")


class TestSecrets:
    def test_neither_counts_nor_differences_show_them(self, api):
        made = api.post(
            "/sandbox/v1/credentials",
            json={"name": "Mine", "kind": "api_key"},
            headers={"Idempotency-Key": "k"},
        )
        assert made.status_code == 201
        for url in (f"{URL}/{api.workspace_id}", f"{URL}/{api.workspace_id}/diff?documents=true"):
            shown = api.get(url).text
            assert "credential_secret" not in shown
            assert made.json()["apiKey"] not in shown
