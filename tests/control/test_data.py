"""Reset brings the seed world back, byte for byte."""

from __future__ import annotations

URL = "/sandbox/v1/reset"


def reset(api, **body):
    answer = api.control.post(URL, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestResetWorkspace:
    def test_twice_gives_the_same_world(self, api):
        first = reset(api, anchor="2040-01-02T00:00:00Z")
        api.post("/sandbox/v1/faults", json={"action": {"type": "respond", "status": 503}})
        assert reset(api, anchor="2040-01-02T00:00:00Z")["stateHash"] == first["stateHash"]

    def test_another_seed_gives_another_world(self, api):
        assert reset(api, seed=1)["stateHash"] != reset(api, seed=2)["stateHash"]

    def test_a_smaller_profile_has_fewer_people(self, api):
        assert reset(api, profile="minimal")["counts"]["user"] == 17
        assert reset(api)["profile"] == "minimal"

    def test_own_credentials_survive_unless_told_otherwise(self, api):
        made = api.post("/sandbox/v1/credentials", json={"name": "Mine", "kind": "api_key"}).json()
        mine = type(api)(api.server, api.workspace_id, {"X-API-Key": made["apiKey"]})
        reset(api)
        assert mine.get("/sandbox/v1/clock").status_code == 200
        reset(api, keepCredentials=False)
        assert mine.get("/sandbox/v1/clock").status_code == 401

    def test_a_credential_made_after_a_reset_does_not_replace_a_kept_one(self, api):
        body = {"name": "Mine", "kind": "api_key"}
        first = api.post("/sandbox/v1/credentials", json=body).json()
        reset(api)
        second = api.post("/sandbox/v1/credentials", json=body).json()
        assert first["id"] != second["id"]

    def test_faults_are_cleared_unless_told_otherwise(self, api):
        make = {"action": {"type": "respond", "status": 503}, "enabled": False}
        api.post("/sandbox/v1/faults", json=make)
        reset(api, clearFaults=False)
        assert len(api.get("/sandbox/v1/faults").json()["data"]) == 1
        reset(api)
        assert api.get("/sandbox/v1/faults").json()["data"] == []

    def test_the_clock_is_real_again(self, api):
        api.advance("P3D")
        reset(api)
        assert api.get("/sandbox/v1/clock").json()["mode"] == "real"

    def test_no_body_means_the_same_world(self, api):
        assert api.control.post(URL).json()["profile"] == "standard"


class TestFixtures:
    def test_a_name_leads_to_its_thing(self, api):
        shown = api.get("/sandbox/v1/fixtures/user.attendee").json()
        assert (shown["type"], shown["id"]) == ("user", "a1000000-0000-4000-8000-000000000006")

    def test_their_links_lead_to_them_and_to_their_things(self, api):
        shown, following = [], "/sandbox/v1/fixtures?pageSize=100"
        while following:
            page = api.control.get(following).json()
            shown += page["data"]
            following = page["_links"].get("next", {}).get("href")
        clients = [api.control, api, api.as_("internal-demo"), api.persona("admin")]
        lost = []
        for each in shown:
            assert clients[0].get(each["_links"]["self"]["href"]).json()["name"] == each["name"]
            statuses = {client.get(each["href"]).status_code for client in clients} if each["href"] else {200}
            if not statuses & {200, 410}:
                lost.append((each["name"], each["href"], statuses))
        assert lost == []
        assert len([each for each in shown if each["href"]]) > 200

    def test_they_are_filtered_by_type_and_tag(self, api):
        shown = api.get(
            "/sandbox/v1/fixtures", params={"type": "user", "tag": "persona", "pageSize": 100}
        ).json()
        assert len(shown["data"]) == 17
        assert shown["data"][0]["name"] == "user.admin"

    def test_an_unknown_name_is_not_found(self, api):
        assert api.get("/sandbox/v1/fixtures/user.nobody").status_code == 404


class TestSeedProfiles:
    def test_there_are_four(self, api):
        names = [profile["name"] for profile in api.get("/sandbox/v1/seed-profiles").json()["data"]]
        assert names == ["empty", "minimal", "standard", "load"]


class TestDataSummary:
    def test_it_counts_what_is_there(self, api):
        before = api.get("/sandbox/v1/data-summary").json()
        api.post("/sandbox/v1/faults", json={"action": {"type": "delay", "fixedMs": 1}})
        after = api.get("/sandbox/v1/data-summary").json()
        assert after["counts"]["fault"] == 1
        assert after["bytes"] > before["bytes"]
        assert after["stateHash"] != before["stateHash"]
