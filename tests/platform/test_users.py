"""Users: accounts, roles, permissions, preferences, and the user behind a token."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.workspace import Workspace
from sandbox.platform.user_life import LIFE, users
from tests.conftest import Api

USERS = "/api/v1/users"
GRACE = {"email": "Grace@Sandbox.example", "displayName": "Grace Newcomer", "timezone": "Europe/Warsaw"}


def made(api: Api, **members: Any) -> dict[str, Any]:
    answer = api.post(USERS, json={**GRACE, **members})
    assert answer.status_code == 201, answer.text
    user: dict[str, Any] = answer.json()
    return user


class TestCreate:
    def test_without_a_password_the_user_is_invited(self, api: Api) -> None:
        user = made(api)
        assert (user["status"], user["email"], user["roles"]) == (
            "invited",
            "grace@sandbox.example",
            ["attendee"],
        )

    def test_with_one_the_account_is_active_and_nobody_sees_the_password(self, api: Api) -> None:
        user = made(api, password="correct horse battery")
        assert user["status"] == "active"
        assert "correct horse" not in str(api.workspace.store.get("user", user["id"]))
        assert not [member for member in user if "assword" in member]

    def test_an_address_belongs_to_one_user_whatever_its_case(self, api: Api) -> None:
        first = made(api)
        twin = api.post(USERS, json={**GRACE, "email": "GRACE@sandbox.example"})
        assert (twin.status_code, twin.json()["error"]["code"]) == (409, "DUPLICATE_RESOURCE")
        assert twin.json()["error"]["_links"]["existing"]["href"] == f"{USERS}/{first['id']}"

    def test_an_unknown_zone_is_refused(self, api: Api) -> None:
        answer = api.post(USERS, json={**GRACE, "timezone": "Mars/Olympus"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_TIMEZONE")


class TestList:
    def test_finds_by_role_address_and_part_of_the_name(self, api: Api) -> None:
        for query in ("role=dpo", "email=DPO@sandbox.example", "q=Dana"):
            found = api.get(f"{USERS}?{query}").json()["data"]
            assert [user["id"] for user in found] == [api.fixture("user.dpo")], query

    def test_the_personas_are_people_of_the_list(self, api: Api) -> None:
        personas = api.control.get("/sandbox/v1/personas").json()["data"]
        assert personas
        for persona in personas:
            user = api.get(f"{USERS}/{persona['userId']}").json()
            assert (user["email"], user["roles"]) == (f"{persona['name']}@sandbox.example", persona["roles"])

    def test_is_not_for_those_without_the_scope(self, api: Api) -> None:
        answer = api.persona("attendee").get(USERS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")


class TestUpdate:
    def test_a_new_address_has_to_be_verified_again(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        changed = api.patch(f"{USERS}/{ada}", json={"email": "new@sandbox.example"}).json()
        assert (changed["email"], changed["emailVerified"], changed["version"]) == (
            "new@sandbox.example",
            False,
            2,
        )

    def test_under_an_old_version_it_is_refused(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        etag = api.get(f"{USERS}/{ada}").headers["etag"]
        api.patch(f"{USERS}/{ada}", json={"organization": "Acme"})
        late = api.patch(f"{USERS}/{ada}", json={"organization": "Late"}, headers={"If-Match": etag})
        assert (late.status_code, late.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")


class TestLife:
    def test_tokens_of_a_suspended_user_stop_working_at_once(self, api: Api) -> None:
        ada, token = api.fixture("user.attendee"), api.persona("attendee")
        assert token.get("/api/v1/me").status_code == 200
        suspended = api.post(f"{USERS}/{ada}/suspend", json={"reason": "under review"}).json()
        assert (suspended["status"], suspended["statusReason"]) == ("suspended", "under review")
        refused = token.get("/api/v1/me")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ACCOUNT_SUSPENDED")
        api.post(f"{USERS}/{ada}/reactivate")
        assert token.get("/api/v1/me").json()["statusReason"] is None

    def test_who_follows_is_told_what_changed(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        api.post(f"{USERS}/{ada}/suspend", json={"reason": "under review"})
        api.patch(f"{USERS}/{ada}", json={"displayName": "Ada A.", "locale": "de"})
        news = [e for e in api.workspace.store.find("outbox", None, "id") if e["type"] == "user.updated"]
        told = [each["extra"]["changedFields"] for each in news]
        assert told == [["status", "statusReason"], ["displayName", "locale"]]

    def test_a_deactivated_user_is_kept_and_refused(self, api: Api) -> None:
        ada, token = api.fixture("user.attendee"), api.persona("attendee")
        assert api.delete(f"{USERS}/{ada}").status_code == 204
        assert api.get(f"{USERS}/{ada}").json()["status"] == "deactivated"
        assert token.get("/api/v1/me").json()["error"]["code"] == "ACCOUNT_SUSPENDED"
        again = api.delete(f"{USERS}/{ada}")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "INVALID_STATE_TRANSITION")

    def test_the_organiser_of_events_to_come_stays(self, api: Api) -> None:
        answer = api.delete(f"{USERS}/{api.fixture('user.organizer')}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RESOURCE_IN_USE")

    @given(st.lists(st.sampled_from(["suspend", "reactivate", "deactivate"]), max_size=8))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_takes_listed_steps_only_and_tells_of_each(
        self, workspace: Workspace, actions: list[str]
    ) -> None:
        with workspace.transaction() as tx:
            user = users.insert(tx, {**GRACE, "status": "active", "roles": []})
            told = workspace.store.events
            for action in actions:
                allowed = (user["status"], action) in LIFE.table
                if allowed:
                    before, user = user, users.move(tx, user, LIFE, action)
                    told += 1
                    assert user["status"] == LIFE.table[before["status"], action]
                else:
                    with pytest.raises(InvalidStateTransition):
                        users.move(tx, user, LIFE, action)
                assert workspace.store.events == told


class TestRoles:
    def test_are_listed_with_what_they_can_be_granted(self, api: Api) -> None:
        roles = {role["name"]: role["scopes"] for role in api.get("/api/v1/roles").json()["data"]}
        assert set(roles) >= {"admin", "organizer", "staff", "finance", "attendee", "dpo"}
        assert "checkins:write" in roles["staff"]

    def test_one_is_given_with_a_limit_and_taken_back(self, api: Api) -> None:
        ada, warsaw = api.fixture("user.attendee"), api.fixture("location.warsaw")
        limit = {"scopeType": "location", "scopeId": warsaw}
        given = api.put(f"{USERS}/{ada}/roles/receptionist", json=limit).json()
        assert limit.items() <= given.items()
        listed = api.get(f"{USERS}/{ada}/roles").json()["data"]
        assert {"attendee", "receptionist"} == {each["role"] for each in listed}
        permissions = api.get(f"{USERS}/{ada}/permissions").json()["permissions"]
        reach = {(each["resourceType"], each["action"]): each["scope"] for each in permissions}
        assert reach["schedules", "write"] == f"location:{warsaw}"
        assert reach["registrations", "write"] == "global"
        assert api.delete(f"{USERS}/{ada}/roles/receptionist").status_code == 204
        assert api.delete(f"{USERS}/{ada}/roles/receptionist").status_code == 404

    def test_one_that_was_given_is_in_the_next_token(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        assert api.persona("attendee").get("/api/v1/check-ins").status_code == 403
        api.put(f"{USERS}/{ada}/roles/staff")
        assert api.persona("attendee").get("/api/v1/check-ins").status_code == 200

    def test_one_that_is_taken_back_opens_nothing_any_more(self, api: Api) -> None:
        staff, door = api.fixture("user.staff"), api.persona("staff")
        assert door.get("/api/v1/check-ins").status_code == 200
        assert api.delete(f"{USERS}/{staff}/roles/staff").status_code == 204
        refused = door.get("/api/v1/check-ins")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert door.get("/api/v1/me").json()["roles"] == []
        api.put(f"{USERS}/{staff}/roles/staff")
        assert door.get("/api/v1/check-ins").status_code == 200

    def test_a_token_opens_no_more_than_it_was_granted(self, api: Api) -> None:
        staff = api.fixture("user.staff")
        answer = api.control.post("/sandbox/v1/tokens", json={"persona": "staff", "scopes": ["events:read"]})
        narrow = api.bearer(answer.json()["access_token"])
        api.put(f"{USERS}/{staff}/roles/organizer")
        assert narrow.get("/api/v1/check-ins").status_code == 403
        api.delete(f"{USERS}/{staff}/roles/staff")
        report = narrow.get("/api/v1/validation/auth").json()
        assert (report["scopes"], report["roles"]) == ([], [])

    def test_to_say_it_twice_changes_nothing(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        first = api.put(f"{USERS}/{ada}/roles/staff").json()
        version = api.get(f"{USERS}/{ada}").json()["version"]
        assert api.put(f"{USERS}/{ada}/roles/staff").json() == first
        assert api.get(f"{USERS}/{ada}").json()["version"] == version

    def test_a_limit_names_something_that_exists(self, api: Api) -> None:
        ada = api.fixture("user.attendee")
        nowhere = api.put(f"{USERS}/{ada}/roles/staff", json={"scopeType": "location", "scopeId": ada})
        assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")
        unsaid = api.put(f"{USERS}/{ada}/roles/staff", json={"scopeType": "event"})
        assert (unsaid.status_code, unsaid.json()["error"]["target"]) == (400, "/scopeId")
        whole = api.put(f"{USERS}/{ada}/roles/staff", json={"scopeType": "global", "scopeId": ada})
        assert whole.json()["scopeId"] is None

    def test_the_last_administrator_stays(self, api: Api) -> None:
        alice = api.fixture("user.admin")
        tries = (
            api.delete(f"{USERS}/{alice}/roles/admin"),
            api.delete(f"{USERS}/{alice}"),
            api.post(f"{USERS}/{alice}/suspend"),
        )
        assert {"LAST_ADMIN"} == {answer.json()["error"]["code"] for answer in tries}
        api.put(f"{USERS}/{api.fixture('user.staff')}/roles/admin")
        assert api.delete(f"{USERS}/{alice}/roles/admin").status_code == 204

    def test_nobody_hands_out_more_than_they_have(self, api: Api) -> None:
        issued = api.post(
            "/sandbox/v1/credentials",
            json={"name": "clerk", "kind": "api_key", "scopes": ["users:read", "roles:write"]},
        ).json()
        clerk = api.with_headers(X_API_Key=issued["apiKey"])
        answer = clerk.put(f"{USERS}/{api.fixture('user.attendee')}/roles/admin")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")


class TestPreferences:
    def test_are_the_usual_ones_until_set(self, api: Api) -> None:
        at = f"{USERS}/{api.fixture('user.attendee')}/preferences"
        usual = api.get(at)
        assert (usual.json()["emailNotifications"]["marketing"], usual.json()["version"]) == (False, 1)
        wanted = {"emailNotifications": {"marketing": True}, "dietary": "vegan"}
        put = api.put(at, json=wanted, headers={"If-Match": usual.headers["etag"]})
        assert (put.status_code, put.json()["dietary"], put.json()["version"]) == (200, "vegan", 2)
        assert put.json()["emailNotifications"] == {**usual.json()["emailNotifications"], "marketing": True}
        assert api.get(at).json() == put.json()
        stale = api.put(at, json={}, headers={"If-Match": usual.headers["etag"]})
        assert (stale.status_code, api.put(at, json={}).json()["dietary"]) == (412, None)


class TestMe:
    def test_is_the_person_behind_the_token(self, api: Api) -> None:
        ada = api.persona("attendee")
        assert ada.get("/api/v1/me").json()["id"] == api.fixture("user.attendee")
        changed = ada.patch("/api/v1/me", json={"organization": "Acme"})
        assert (changed.status_code, changed.json()["organization"]) == (200, "Acme")

    def test_a_machine_is_nobody(self, api: Api) -> None:
        answer = api.get("/api/v1/me")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")

    def test_sees_registrations_in_their_own_name_only(self, api: Api) -> None:
        ada = api.persona("attendee").get("/api/v1/me/registrations?limit=100").json()["data"]
        assert {api.fixture("user.attendee")} == {each["userId"] for each in ada}
        staff = api.persona("staff").get("/api/v1/me/registrations").json()["data"]
        assert not [each for each in staff if each["userId"] != api.fixture("user.staff")]
