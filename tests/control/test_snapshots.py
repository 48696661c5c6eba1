"""A snapshot is a state to go back to."""

from __future__ import annotations

URL = "/sandbox/v1/snapshots"


def take(api, name="before"):
    answer = api.post(URL, json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestRestoreSnapshot:
    def test_everything_is_as_it_was(self, api):
        api.put("/sandbox/v1/clock", json={"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
        before = api.workspace.state_hash()
        kept = take(api)
        api.post("/sandbox/v1/faults", json={"action": {"type": "delay", "fixedMs": 1}})
        api.advance("P1D")
        assert api.workspace.state_hash() != before
        restored = api.post(f"{URL}/{kept['id']}/restore").json()
        assert restored["stateHash"] == before
        assert api.get("/sandbox/v1/clock").json()["now"] == "2030-01-01T00:00:00.000Z"

    def test_it_can_be_used_again(self, api):
        kept = take(api)
        before = api.workspace.state_hash()
        for _ in range(2):
            api.post("/sandbox/v1/faults", json={"action": {"type": "delay", "fixedMs": 1}})
            assert api.post(f"{URL}/{kept['id']}/restore").json()["stateHash"] == before

    def test_the_same_calls_after_it_give_the_same_ids(self, api):
        kept = take(api)
        made = []
        for _ in range(2):
            made.append(
                api.post("/sandbox/v1/faults", json={"action": {"type": "delay", "fixedMs": 1}}).json()["id"]
            )
            api.post(f"{URL}/{kept['id']}/restore")
        assert made[0] == made[1]

    def test_an_unknown_one_is_not_found(self, api):
        assert api.post(f"{URL}/snp_{0:024x}/restore").status_code == 404


class TestCreateSnapshot:
    def test_it_changes_nothing(self, api):
        before = api.workspace.state_hash()
        take(api)
        assert api.workspace.state_hash() == before

    def test_a_name_is_given_once(self, api):
        take(api)
        answer = api.post(URL, json={"name": "before"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DUPLICATE_RESOURCE")


class TestListAndDelete:
    def test_they_are_listed_oldest_first_until_deleted(self, api):
        first, second = take(api, "a"), take(api, "b")
        assert [kept["name"] for kept in api.get(URL).json()["data"]] == ["a", "b"]
        assert api.delete(f"{URL}/{first['id']}").status_code == 204
        assert api.get(f"{URL}/{first['id']}").status_code == 404
        assert api.get(f"{URL}/{second['id']}").json()["name"] == "b"
