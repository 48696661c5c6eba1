"""The integration report: its figures, what it concludes from them, and its page."""

import pytest

from sandbox.control.figures import of_calls, of_deliveries
from sandbox.control.findings import FINDINGS
from sandbox.journal import Exchange
from sandbox.journal.headers import packed_text
from tests.platform.receiving import new_bin, subscribe, waited

REPORT = "/sandbox/v1/integration-report"
KEYED = {"Idempotency-Key": "k-1"}


def call(at, status=200, operation="listEvents", *, method="GET", body=b"", answer=b"", **headers):
    exchange = Exchange(
        method=method,
        path=f"/api/v1/{operation}",
        at=at,
        operation_id=operation,
        status=status,
        duration_ms=at,
        credential_id="partner-demo",
        request_body=body,
        response_body=answer,
        request_headers=packed_text(KEYED.items() if headers.pop("keyed", False) else ()),
        response_headers=packed_text((name.replace("_", "-"), value) for name, value in headers.items()),
    )
    exchange.seal(1)
    return exchange


def figures(*calls):
    return of_calls(calls, lambda operation_id: operation_id == "oldOne")


class TestFigures:
    def test_of_nothing(self):
        found = figures()
        assert (found["requests"], found["errorRate"], found["p95Ms"]) == (0, None, 0.0)
        assert found["slo"] == {"p95Under500ms": None, "availability": None}

    def test_shares_and_times(self):
        found = figures(*[call(each, 500 if each == 100 else 200) for each in range(1, 101)])
        assert (found["errorRate"], found["p50Ms"], found["p95Ms"], found["p99Ms"]) == (0.01, 50, 95, 99)
        assert found["byStatus"] == {"200": 99, "500": 1}
        assert found["slo"] == {"p95Under500ms": True, "availability": 0.99}
        assert found["byOperation"] == [
            {"operationId": "listEvents", "requests": 100, "errors": 1, "p95Ms": 95}
        ]

    def test_who_does_not_wait(self):
        found = figures(
            call(10, 429, retry_after="5"),
            call(14),
            call(14, operation="getEvent"),
            call(15),
            call(20, 503, retry_after="Wed, 18 Nov 2026 08:00:00 GMT"),
            call(21),
        )
        assert (found["ignoredRetryAfter"], found["rateLimited"]) == (1, 1)

    @pytest.mark.parametrize(
        ("second", "counted"),
        [
            ({}, 1),
            ({"keyed": True}, 0),
            ({"body": b"another"}, 0),
            ({"operation": "createEvent"}, 0),
            ({"method": "PUT"}, 0),
        ],
    )
    def test_who_sends_again_without_a_key(self, second, counted):
        first = {"operation": "createCustomer", "method": "POST", "body": b"{}"}
        assert figures(call(1, **first), call(2, **first | second))["retriesWithoutIdempotencyKey"] == counted

    def test_bookings(self):
        taken = b'{"error": {"code": "SLOT_ALREADY_BOOKED"}}'
        found = figures(
            call(1, 201, "createBooking"),
            call(2, 409, "createBooking", answer=taken),
            call(3, 409, "createBooking", answer=b"no JSON"),
            call(4, 409, "createBooking", answer=b"[]"),
        )
        assert found["bookings"] == {
            "attempted": 4,
            "succeeded": 1,
            "conversionRate": 0.25,
            "doubleBookingAttempts": 1,
        }

    def test_what_will_be_retired(self):
        assert figures(call(1, operation="oldOne"), call(2))["deprecatedOperationsUsed"] == ["oldOne"]

    def test_deliveries(self):
        sent = [call(1, 200), call(2, 204), call(3, 302), call(1000, 0)]
        assert of_deliveries(sent, None) == {
            "attempts": 4,
            "successRate": 0.5,
            "p95Ms": 3,
            "oldestPending": None,
        }


class TestGetIntegrationReport:
    def test_tells_what_was_done(self, api):
        api.get("/api/v1/events")
        api.get("/api/v1/customers/none")
        body = {"givenName": "Maria", "email": "report@sandbox.example"}
        for _ in range(2):
            api.post("/api/v1/customers", json=body)
        api.post("/api/v1/registrations/a1000000-0000-4000-8000-999999999999/check-in", json={})
        bin_ = new_bin(api)
        webhook = subscribe(api, bin_, "webhook.ping")
        api.post(f"/api/v1/webhooks/{webhook['id']}/test")
        waited(api, bin_)
        api.advance("PT1S")
        found = api.control.get(REPORT).json()
        assert found["requests"] == 7
        assert found["retriesWithoutIdempotencyKey"] == 1
        assert found["deprecatedOperationsUsed"] == ["checkInRegistration"]
        assert found["webhooks"]["attempts"] >= 1
        codes = [finding["code"] for finding in found["findings"]]
        assert codes == ["RETRY_WITHOUT_IDEMPOTENCY_KEY", "DEPRECATED_OPERATIONS"]

    def test_of_one_credential_and_some_time(self, api):
        api.get("/api/v1/events")
        api.as_("internal-demo").get("/api/v1/events")
        listed = api.control.get("/sandbox/v1/journal", params={"operationId": "listEvents"}).json()["data"]
        one = {"credentialId": listed[-1]["credentialId"]}
        assert [api.control.get(REPORT, params=query).json()["requests"] for query in ({}, one)] == [2, 1]
        long_ago = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
        found = api.control.get(REPORT, params=long_ago).json()
        assert (found["requests"], [each["code"] for each in found["findings"]]) == (0, ["NO_TRAFFIC"])
        assert found["window"]["to"] == "2020-01-02T00:00:00.000Z"

    @pytest.mark.parametrize("to", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_the_ends_of_the_calendar(self, api, to):
        assert api.control.get(REPORT, params={"to": to}).status_code == 200

    def test_times_that_are_the_wrong_way_round(self, api):
        query = {"from": "2020-01-02T00:00:00Z", "to": "2020-01-01T00:00:00Z"}
        answer = api.control.get(REPORT, params=query)
        assert answer.json()["error"]["code"] == "INVALID_DATE_RANGE"

    def test_as_a_page(self, api):
        api.get("/api/v1/events")
        page = api.control.with_headers(Accept="text/html").get(REPORT)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert '<th scope="row">listEvents</th><td>1</td>' in page.text

    def test_every_finding_says_what_to_do(self):
        assert all(finding.advice.endswith(".") for finding in FINDINGS)
        assert len({finding.code for finding in FINDINGS}) == len(FINDINGS)
