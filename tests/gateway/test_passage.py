"""What every call passes: correlation, workspace, credential, version, CORS, simulated faults, the record."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Api

UUID = "550e8400-e29b-41d4-a716-446655440000"


class TestCorrelation:
    def test_the_callers_id_comes_back_and_is_in_errors(self, api: Api) -> None:
        answer = api.get("/api/v1/nothing", headers={"X-Correlation-ID": UUID})
        assert UUID == answer.headers["X-Correlation-ID"] == answer.json()["error"]["correlationId"]

    @pytest.mark.parametrize("given", ["", "no uuid", "x" * 300])
    def test_anything_else_is_replaced(self, api: Api, given: str) -> None:
        made = api.get("/health/live", headers={"X-Correlation-ID": given}).headers["X-Correlation-ID"]
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)

    def test_the_record_knows_the_call_by_it(self, api: Api) -> None:
        api.get("/api/v1/locations", headers={"X-Correlation-ID": UUID})
        found = api.control.get(f"/sandbox/v1/journal?correlationId={UUID}").json()["data"]
        assert ["listLocations"] == [entry["operationId"] for entry in found]
        assert "sk_sandbox" not in str(found)


class TestWorkspace:
    def test_a_run_works_in_a_fork_made_at_its_first_call(self, api: Api) -> None:
        run = api.with_headers(X_Sandbox_Run="my-test")
        made = run.post(
            "/api/v1/locations",
            json={"name": "Fork", "city": "Łódź", "country": "PL", "timezone": "Europe/Warsaw"},
        )
        assert 201 == made.status_code, made.text
        path = made.headers["Location"]
        assert (200, 404) == (run.get(path).status_code, api.get(path).status_code)

    def test_a_run_needs_a_plain_name(self, api: Api) -> None:
        answer = api.with_headers(X_Sandbox_Run="no / slash").get("/api/v1/locations")
        assert (400, "X-Sandbox-Run") == (answer.status_code, answer.json()["error"]["target"])

    def test_the_path_prefix_names_it_too(self, api: Api) -> None:
        answer = api.with_headers(X_Sandbox_Workspace="").get(f"/w/{api.workspace_id}/api/v1/locations")
        assert 200 == answer.status_code

    def test_an_unknown_one_is_not_found(self, api: Api) -> None:
        assert 404 == api.with_headers(X_Sandbox_Workspace="ws_nobody").get("/api/v1/locations").status_code


class TestCredential:
    @pytest.mark.parametrize(
        "path", ["/api/v1/events", "/api/v1/locations", "/health/live", "/api/v1/nothing"]
    )
    def test_a_bad_one_is_never_anonymous(self, api: Api, path: str) -> None:
        for headers in (
            {"X-API-Key": "wrong"},
            {"Authorization": "Bearer x.y.z"},
            {"Authorization": "Bearer"},
        ):
            answer = Api(api.server, api.workspace_id, headers).get(path)
            assert 401 == answer.status_code, (path, headers, answer.text)
            assert "Bearer" in answer.headers["WWW-Authenticate"]

    def test_none_is_asked_for_where_it_is_needed(self, api: Api) -> None:
        answer = api.anonymous.get("/api/v1/locations")
        assert (401, "AUTHENTICATION_REQUIRED") == (answer.status_code, answer.json()["error"]["code"])
        assert 200 == api.anonymous.get("/api/v1/events").status_code

    def test_a_missing_scope_is_named(self, api: Api) -> None:
        answer = api.as_("readonly-demo").post("/api/v1/locations", json={"name": "x"})
        assert (403, "INSUFFICIENT_SCOPE") == (answer.status_code, answer.json()["error"]["code"])
        assert 'scope="locations:write"' in answer.headers["WWW-Authenticate"]


class TestVersions:
    def test_1_0_knows_no_links(self, api: Api) -> None:
        path = "/api/v1/locations/c1000000-0000-4000-8000-000000000001"
        assert "_links" in api.get(path).json()
        assert "_links" not in api.get(path, headers={"X-API-Version": "1.0"}).json()


class TestDisk:
    def test_what_cannot_be_written_is_not_acknowledged(self, api: Api) -> None:
        async def full() -> None:
            raise OSError("no space left on device")

        doors = api.server.sandbox.gateway.doors
        before, doors.flushed = doors.flushed, full
        try:
            answer = api.post("/api/v1/customers", json={"givenName": "Maria", "email": "m@sandbox.example"})
        finally:
            doors.flushed = before
        assert (500, "INTERNAL_ERROR") == (answer.status_code, answer.json()["error"]["code"])
        assert "no space" not in answer.text


class TestCors:
    def test_a_browser_may_call_and_read_the_headers(self, api: Api) -> None:
        answer = api.get("/api/v1/events", headers={"Origin": "https://shop.example"})
        assert "https://shop.example" == answer.headers["Access-Control-Allow-Origin"]
        assert "X-RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]

    def test_a_preflight_needs_no_credential(self, api: Api) -> None:
        headers = {
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key",
        }
        answer = api.anonymous.options("/api/v1/bookings", headers=headers)
        assert 204 == answer.status_code
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "x-api-key" == answer.headers["Access-Control-Allow-Headers"]

    def test_errors_carry_it_as_well(self, api: Api) -> None:
        assert (
            "Access-Control-Allow-Origin"
            in api.get("/api/v1/nothing", headers={"Origin": "https://shop.example"}).headers
        )


class TestSimulation:
    @pytest.mark.parametrize(
        ("asked", "status", "code"),
        [
            ("error=SLOT_UNAVAILABLE", 409, "SLOT_UNAVAILABLE"),
            ("status=503", 503, "SIMULATED_FAULT"),
            ("status=418", 418, "SIMULATED_FAULT"),
        ],
    )
    def test_one_call_fails_as_asked(self, api: Api, asked: str, status: int, code: str) -> None:
        answer = api.get("/api/v1/locations", headers={"X-Sandbox-Simulate": asked})
        assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
        assert "simulated" == answer.headers["X-Sandbox-Fault"]
        assert 200 == api.get("/api/v1/locations").status_code

    def test_nonsense_is_refused_loudly(self, api: Api) -> None:
        answer = api.get("/api/v1/locations", headers={"X-Sandbox-Simulate": "explode"})
        assert "FAULT_INVALID" == answer.json()["error"]["code"]
