"""The journal shows what passed, newest first, and nothing secret."""

from __future__ import annotations

URL = "/sandbox/v1/journal"


def operations(answer):
    return [entry["operationId"] for entry in answer.json()["data"]]


class TestListJournal:
    def test_newest_first(self, api):
        api.get("/api/v1/locations")
        api.get("/api/v1/services")
        assert operations(api.get(URL)) == ["listServices", "listLocations"]

    def test_it_is_filtered(self, api):
        correlation = "12345678-1234-4234-8234-123456789abc"
        api.get("/api/v1/locations", headers={"X-Correlation-ID": correlation})
        api.get("/api/v1/locations/00000000-0000-4000-8000-000000000000")
        api.post("/sandbox/v1/faults", json={})
        assert operations(api.get(URL, params={"operationId": "listLocations"})) == ["listLocations"]
        assert operations(api.get(URL, params={"correlationId": correlation})) == ["listLocations"]
        assert operations(api.get(URL, params={"status": 404})) == ["getLocation"]
        assert operations(api.get(URL, params={"statusClass": "4xx"})) == ["createFault", "getLocation"]
        assert operations(api.get(URL, params={"method": "POST"})) == ["createFault"]

    def test_it_goes_on_by_cursor(self, api):
        for _ in range(5):
            api.get("/api/v1/locations")
        filters = {"operationId": "listLocations", "pageSize": 2}
        seen, cursor = [], {}
        while cursor.get("cursor", "") is not None:
            page = api.get(URL, params={**filters, **cursor}).json()
            seen += [entry["id"] for entry in page["data"]]
            cursor = {"cursor": page["pagination"]["nextCursor"]}
        assert len(seen) == 5
        assert seen == sorted(seen, reverse=True)

    def test_a_foreign_cursor_is_refused(self, api):
        answer = api.get(URL, params={"cursor": "nonsense"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_CURSOR")

    def test_each_fault_is_found_by_what_it_hit(self, api):
        fault = api.post("/sandbox/v1/faults", json={"action": {"type": "respond", "status": 503}}).json()
        api.get("/api/v1/locations")
        assert operations(api.get(URL, params={"faultId": fault["id"]})) == ["listLocations"]


class TestGetJournalEntry:
    def test_it_shows_headers_and_bodies_without_secrets(self, api):
        form = {
            "grant_type": "client_credentials",
            "client_id": "partner-demo",
            "client_secret": "partner-demo-secret",
        }
        token = api.anonymous.post("/oauth/token", data=form).json()["access_token"]
        entry = api.get(URL, params={"operationId": "issueToken"}).json()["data"][0]
        shown = api.get(f"{URL}/{entry['id']}")
        assert "client_id=partner-demo" in shown.json()["request"]["body"]
        for secret in ("partner-demo-secret", token, "sk_sandbox_partner_demo"):
            assert secret not in shown.text

    def test_an_unknown_one_is_not_found(self, api):
        assert api.get(f"{URL}/jrn_{2**60:024x}").status_code == 404


class TestClearJournal:
    def test_only_what_follows_is_shown(self, api):
        api.get("/api/v1/locations")
        assert api.delete(URL).status_code == 204
        assert operations(api.get(URL)) == ["clearJournal"]
