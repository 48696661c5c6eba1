"""Fault rules and the simulation header make calls fail on purpose, and only those that are meant."""

from __future__ import annotations

import time

import pytest

URL = "/sandbox/v1/faults"
TARGET = "/api/v1/locations"


def create(api, **body):
    answer = api.post(URL, json={"action": {"type": "respond", "status": 503}, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestCreateFault:
    def test_it_hits_what_it_matches_and_says_so(self, api):
        fault = create(
            api,
            match={"operationIds": ["listLocations"]},
            action={"type": "respond", "errorCode": "SLOT_HELD"},
        )
        answer = api.get(TARGET)
        assert code(answer) == (409, "SLOT_HELD")
        assert answer.headers["x-sandbox-fault"] == fault["id"]
        assert api.get("/api/v1/services").status_code == 200

    def test_an_operation_that_there_is_not_is_no_match(self, api):
        body = {
            "match": {"operationIds": ["getEvent", "listLocation"]},
            "action": {"type": "delay", "fixedMs": 1},
        }
        error = api.post(URL, json={"name": "x", **body}).json()["error"]
        assert (error["code"], error["target"]) == ("FAULT_INVALID", "/match/operationIds/1")
        assert error["details"].endswith("did you mean listLocations?")

    def test_it_counts_its_hits_and_is_spent(self, api):
        fault = create(api, match={"pathPattern": "/api/v1/loc*"}, times=2)
        assert [api.get(TARGET).status_code for _ in range(3)] == [503, 503, 200]
        shown = api.get(f"{URL}/{fault['id']}").json()
        assert (shown["hits"], shown["remaining"]) == (2, 0)

    def test_a_sequence_runs_over_and_over(self, api):
        create(api, match={"operationIds": ["listLocations"]}, sequence=["503", "500", "ok"])
        assert [api.get(TARGET).status_code for _ in range(6)] == [503, 500, 200] * 2

    def test_half_of_the_calls_by_the_seed(self, api):
        create(api, match={"operationIds": ["listLocations"]}, probability=0.5)
        seen = [api.get(TARGET).status_code for _ in range(40)]
        assert 8 < seen.count(503) < 32

    def test_the_same_seed_and_the_same_calls_meet_the_same_faults(self, api):
        create(api, match={"operationIds": ["listLocations"]}, probability=0.5)
        kept = api.post("/sandbox/v1/snapshots", json={"name": "start"}).json()
        seen = []
        for _ in range(2):
            assert api.post(f"/sandbox/v1/snapshots/{kept['id']}/restore").status_code == 200
            seen.append([api.get(TARGET).status_code for _ in range(20)])
        assert seen[0] == seen[1]

    def test_a_delay_waits_and_goes_on(self, api):
        create(api, match={"operationIds": ["listLocations"]}, action={"type": "delay", "fixedMs": 120})
        started = time.perf_counter()
        assert api.get(TARGET).status_code == 200
        assert time.perf_counter() - started >= 0.12

    def test_the_control_plane_is_never_hit(self, api):
        create(api)
        assert api.get(URL).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            {"action": {"type": "respond"}},
            {"action": {"type": "respond", "errorCode": "NO_SUCH_CODE"}},
            {"action": {"type": "delay"}},
            {"action": {"type": "delay", "fixedMs": 1}, "sequence": ["503"]},
            {
                "action": {"type": "respond", "status": 503},
                "activeFrom": "2030-01-02T00:00:00Z",
                "activeUntil": "2030-01-01T00:00:00Z",
            },
        ],
        ids=str,
    )
    def test_a_contradiction_is_refused(self, api, body):
        assert code(api.post(URL, json=body)) == (422, "FAULT_INVALID")

    def test_an_unknown_type_does_not_pass_the_contract(self, api):
        assert code(api.post(URL, json={"action": {"type": "explode"}})) == (400, "VALIDATION_ERROR")


class TestPartnerFaults:
    def test_calls_to_the_named_partner_fail_and_calls_to_the_api_do_not(self, api):
        fault = create(api, match={"provider": "stripe"})
        answer = api.anonymous.get(f"/w/{api.workspace_id}/mocks/stripe/v1/customers")
        assert answer.status_code == 503
        assert answer.headers["x-sandbox-fault"] == fault["id"]
        assert api.get(TARGET).status_code == 200

    def test_a_body_of_ones_own_is_given_as_it_is(self, api):
        body = {"error": {"type": "api_error", "message": "down"}}
        create(api, match={"provider": "stripe"}, action={"type": "respond", "status": 500, "body": body})
        answer = api.anonymous.get(f"/w/{api.workspace_id}/mocks/stripe/v1/customers")
        assert (answer.status_code, answer.json()) == (500, body)

    def test_another_partner_is_spared(self, api):
        create(api, match={"provider": "paypal"})
        assert api.anonymous.get(f"/w/{api.workspace_id}/mocks/stripe/v1/customers").status_code != 503


class TestUpdateFault:
    def test_an_action_is_replaced_whole(self, api):
        fault = create(api, match={"operationIds": ["listLocations"]})
        changed = api.patch(f"{URL}/{fault['id']}", json={"action": {"type": "delay", "fixedMs": 1}})
        assert changed.json()["action"] == {"type": "delay", "fixedMs": 1}
        assert api.get(TARGET).status_code == 200

    def test_it_can_be_switched_off(self, api):
        fault = create(api)
        api.patch(f"{URL}/{fault['id']}", json={"enabled": False})
        assert api.get(TARGET).status_code == 200


class TestClearFaults:
    def test_everything_works_again(self, api):
        create(api)
        assert api.get(TARGET).status_code == 503
        assert api.delete(URL).status_code == 204
        assert api.get(TARGET).status_code == 200
        assert api.get(URL).json()["data"] == []


class TestPresets:
    def test_flaky_fails_twice_with_retry_after(self, api):
        assert api.post("/sandbox/v1/fault-presets/flaky-503/apply").status_code == 201
        answers = [api.get(TARGET) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].headers["retry-after"] == "2"

    def test_every_listed_preset_applies(self, api):
        for preset in api.get("/sandbox/v1/fault-presets").json()["data"]:
            assert api.post(f"/sandbox/v1/fault-presets/{preset['name']}/apply").status_code == 201

    def test_an_unknown_preset_is_not_found(self, api):
        assert api.post("/sandbox/v1/fault-presets/unknown/apply").status_code == 404


class TestSimulationHeader:
    def test_one_request_fails_as_asked(self, api):
        assert code(api.get(TARGET, headers={"X-Sandbox-Simulate": "error=SLOT_UNAVAILABLE"})) == (
            409,
            "SLOT_UNAVAILABLE",
        )
        assert api.get(TARGET, headers={"X-Sandbox-Simulate": "status=418"}).status_code == 418
        assert api.get(TARGET).status_code == 200

    def test_a_malformed_wish_is_refused(self, api):
        assert code(api.get(TARGET, headers={"X-Sandbox-Simulate": "fall=over"})) == (422, "FAULT_INVALID")

    def test_a_workspace_can_ignore_it(self, api):
        url = f"/sandbox/v1/workspaces/{api.workspace_id}"
        assert api.patch(url, json={"settings": {"allowSimulationHeader": False}}).status_code == 200
        assert api.get(TARGET, headers={"X-Sandbox-Simulate": "status=503"}).status_code == 200
