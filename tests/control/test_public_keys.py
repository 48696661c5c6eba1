"""Public keys: what stands in a page that everybody reads, and cannot do more than its visitors may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api

URL = "/sandbox/v1/credentials"
WIDGET_KEY = "pk_sandbox_widget_demo"
MEETUP = "e1000000-0000-4000-8000-000000000002"
ENTRY = "e3000000-0000-4000-8000-000000000009"
HOME = "https://www.shop.example"
GRACE = {"name": "Grace Guest", "email": "grace@sandbox.example"}
REGISTRATION = {
    "eventId": MEETUP,
    "contact": GRACE,
    "items": [{"ticketTypeId": ENTRY, "quantity": 1, "attendees": [GRACE]}],
    "consents": [{"purpose": "terms", "granted": True}],
}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def with_key(api: Api, key: str = WIDGET_KEY, **headers: str) -> Api:
    return Api(api.server, api.workspace_id, {"X-API-Key": key, **headers})


def created(api: Api, **members: Any) -> dict[str, Any]:
    body = {"name": "Our shop", "kind": "api_key", "clientType": "public", **members}
    answer = api.post(URL, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture(name="visitor")
def _visitor(api: Api) -> Api:
    return with_key(api)


class TestCreation:
    def test_left_alone_it_may_do_what_a_visitor_may(self, api: Api) -> None:
        made = created(api)
        assert made["apiKey"].startswith("pk_sandbox_")
        assert "registrations:write" in made["scopes"]
        assert not {scope for scope in made["scopes"] if scope in ("registrations:read", "bookings:read")}

    def test_a_new_secret_is_marked_as_public_too(self, api: Api) -> None:
        again = api.post(f"{URL}/{created(api)['id']}/rotate").json()
        assert again["apiKey"].startswith("pk_sandbox_")

    @pytest.mark.parametrize(
        "excess",
        [
            {"scopes": ["registrations:read"]},
            {"scopes": ["customers:read"]},
            {"scopes": ["sandbox:read"]},
            {"roles": ["admin"]},
            {"kind": "oauth_client"},
        ],
        ids=str,
    )
    def test_more_than_a_visitors_is_refused(self, api: Api, excess: dict[str, Any]) -> None:
        body = {"name": "Ours", "kind": "api_key", "clientType": "public", **excess}
        assert code(api.post(URL, json=body)) == (422, "BUSINESS_RULE_VIOLATION")

    def test_it_cannot_grow_later(self, api: Api) -> None:
        made = created(api)
        answer = api.patch(f"{URL}/{made['id']}", json={"scopes": ["bookings:read"]})
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")

    def test_no_token_is_made_of_it(self, api: Api) -> None:
        answer = api.post("/sandbox/v1/tokens", json={"credentialId": created(api)["id"]})
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")

    @pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "ftp://shop.example", "*"])
    def test_an_origin_is_a_scheme_a_host_and_a_port(self, api: Api, origin: str) -> None:
        body = {"name": "Ours", "kind": "api_key", "clientType": "public", "allowedOrigins": [origin]}
        assert code(api.post(URL, json=body))[0] == 400


class TestWhatItOpens:
    @pytest.mark.parametrize(
        "path",
        [
            f"/api/v1/events/{MEETUP}",
            f"/api/v1/events/{MEETUP}/ticket-types",
            "/api/v1/practitioners",
            "/api/v1/locations",
            "/api/v1/services",
            "/api/v1/assignments",
            "/api/v1/slots?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z",
        ],
    )
    def test_what_the_public_may_know(self, visitor: Api, path: str) -> None:
        assert visitor.get(path).status_code == 200

    def test_it_registers(self, api: Api, visitor: Api) -> None:
        made = visitor.post("/api/v1/registrations", json=REGISTRATION)
        assert (made.status_code, made.json()["status"]) == (201, "confirmed")
        seen = api.get(f"/api/v1/registrations/{made.json()['id']}").json()
        assert seen["contact"]["name"] == "Grace Guest"

    def test_it_books_what_it_held(self, api: Api, visitor: Api) -> None:
        booking = _booked(visitor)
        assert booking["status"] == "confirmed"
        assert api.get(f"/api/v1/bookings/{booking['id']}").status_code == 200


class TestWhatItCloses:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/registrations",
            "/api/v1/bookings",
            "/api/v1/customers",
            f"/api/v1/events/{MEETUP}/attendees",
            "/api/v1/users",
            "/sandbox/v1/credentials",
            "/sandbox/v1/journal",
        ],
    )
    def test_nobodys_rows(self, visitor: Api, path: str) -> None:
        assert code(visitor.get(path)) == (403, "INSUFFICIENT_SCOPE")

    def test_no_account_stands_behind_it(self, visitor: Api) -> None:
        assert code(visitor.get("/api/v1/me")) == (404, "RESOURCE_NOT_FOUND")

    def test_a_draft_is_not_there(self, api: Api, visitor: Api) -> None:
        draft = api.fixture("event.draft_ready")
        assert code(visitor.get(f"/api/v1/events/{draft}")) == (404, "RESOURCE_NOT_FOUND")
        private = api.fixture("event.private")
        assert code(visitor.get(f"/api/v1/events/{private}")) == (404, "RESOURCE_NOT_FOUND")

    def test_hidden_ticket_types_are_not_there(self, api: Api, visitor: Api) -> None:
        devconf = api.fixture("event.devconf")
        listed = visitor.get(f"/api/v1/events/{devconf}/ticket-types").json()["data"]
        assert {"active"} == {each["status"] for each in listed}

    def test_what_it_made_is_not_changed_with_it(self, visitor: Api) -> None:
        made = visitor.post("/api/v1/registrations", json=REGISTRATION).json()
        path = f"/api/v1/registrations/{made['id']}"
        assert code(visitor.patch(path, json={"notes": "x"})) == (404, "RESOURCE_NOT_FOUND")
        assert code(visitor.post(f"{path}/cancel", json={"reason": "x"})) == (404, "RESOURCE_NOT_FOUND")
        booking = _booked(visitor)
        cancelled = visitor.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "x"})
        assert code(cancelled) == (404, "RESOURCE_NOT_FOUND")

    def test_nobody_is_booked_by_id_and_no_one_elses_account_registered(self, api: Api, visitor: Api) -> None:
        ada = {"customerId": api.fixture("customer.standard")}
        answer = visitor.post("/api/v1/bookings", json={**_free(visitor), **ada})
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")
        named = {**REGISTRATION, "userId": api.fixture("user.attendee")}
        assert visitor.post("/api/v1/registrations", json=named).json()["userId"] is None

    def test_nobody_is_booked_in_somebody_elses_account(self, api: Api, visitor: Api) -> None:
        customer = {
            "givenName": "Eve",
            "email": "eve@sandbox.example",
            "userId": api.fixture("user.attendee"),
        }
        made = visitor.post("/api/v1/bookings", json={**_free(visitor), "customer": customer}).json()
        assert api.get(f"/api/v1/customers/{made['customerId']}").json()["userId"] is None


class TestLimits:
    def test_its_visitors_are_counted_one_by_one(self, api: Api, visitor: Api) -> None:
        assert visitor.get(f"/api/v1/events/{MEETUP}").status_code == 200
        [counted] = [key for key in api.workspace.meters if key.startswith("user:")]
        assert counted.endswith(":127.0.0.1")


class TestOrigins:
    def test_an_origin_that_is_not_named_is_refused_in_the_usual_form(self, api: Api) -> None:
        key = created(api, allowedOrigins=[HOME])["apiKey"]
        refused = with_key(api, key, Origin="https://elsewhere.example").get(f"/api/v1/events/{MEETUP}")
        assert code(refused) == (403, "ORIGIN_NOT_ALLOWED")
        assert refused.headers["access-control-allow-origin"] == "https://elsewhere.example"

    @pytest.mark.parametrize("headers", [{"Origin": HOME}, {}], ids=["named", "no page"])
    def test_a_named_origin_passes_and_so_does_what_is_no_page(
        self, api: Api, headers: dict[str, str]
    ) -> None:
        key = created(api, allowedOrigins=[HOME])["apiKey"]
        assert with_key(api, key, **headers).get(f"/api/v1/events/{MEETUP}").status_code == 200

    def test_pages_of_the_sandbox_itself_pass(self, api: Api) -> None:
        key = created(api, allowedOrigins=[HOME])["apiKey"]
        assert with_key(api, key, Origin=api.server.url).get(f"/api/v1/events/{MEETUP}").status_code == 200

    def test_it_holds_for_tokens_too_and_from_the_next_call_on(self, api: Api) -> None:
        made = api.post(URL, json={"name": "Ours", "kind": "oauth_client", "scopes": ["events:read"]}).json()
        minted = api.post("/sandbox/v1/tokens", json={"credentialId": made["id"]}).json()["access_token"]
        page = Api(api.server, api.workspace_id, {"Authorization": f"Bearer {minted}", "Origin": HOME})
        assert page.get(f"/api/v1/events/{MEETUP}").status_code == 200
        api.patch(f"{URL}/{made['id']}", json={"allowedOrigins": ["https://other.example"]})
        assert code(page.get(f"/api/v1/events/{MEETUP}")) == (403, "ORIGIN_NOT_ALLOWED")

    def test_a_browser_may_ask_first_and_read_what_the_answer_says(self, api: Api) -> None:
        asked = {
            "Origin": HOME,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key,x-api-key",
        }
        leave = api.anonymous.options("/api/v1/registrations", headers=asked)
        assert leave.status_code == 204
        assert leave.headers["access-control-allow-origin"] == HOME
        assert "POST" in leave.headers["access-control-allow-methods"]
        assert "x-api-key" in leave.headers["access-control-allow-headers"]
        answer = with_key(api, Origin=HOME).get(f"/api/v1/events/{MEETUP}")
        assert "X-Correlation-ID" in answer.headers["access-control-expose-headers"]
        assert "Origin" in answer.headers["vary"]


def _free(visitor: Api) -> dict[str, Any]:
    query = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-25T00:00:00Z", "pageSize": 1}
    ours = {"assignmentId": "c4000000-0000-4000-8000-000000000001"}
    ours["offeringId"] = "c5000000-0000-4000-8000-000000000001"
    [slot] = visitor.get("/api/v1/slots", params={**query, **ours}).json()["data"][:1]
    return {name: slot[name] for name in ("assignmentId", "offeringId", "startsAt")}


def _booked(visitor: Api) -> dict[str, Any]:
    held = visitor.post("/api/v1/slot-holds", json=_free(visitor))
    assert held.status_code == 201, held.text
    customer = {"givenName": "Grace", "familyName": "Guest", "email": "grace@sandbox.example"}
    made = visitor.post("/api/v1/bookings", json={"holdId": held.json()["id"], "customer": customer})
    assert made.status_code == 201, made.text
    return dict(made.json())
