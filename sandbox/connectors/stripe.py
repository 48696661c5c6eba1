"""The Stripe connector: payment intents and refunds over HTTP, failures in the platform's own errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.kernel.errors import IntegrationAuthFailed, UpstreamError, UpstreamTimeout
from sandbox.kernel.ports import OutboundReply, OutboundRequest, PartnerAccess, Ports

SECRET_KEY = "sk_test_sandbox"
WEBHOOK_SECRET = "whsec_sandbox_platform"
API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 10.0

Answer = dict[str, Any]


class ProviderRefusal(Exception):
    """The provider understood and said no; `error` is its error object."""

    def __init__(self, status: int, error: Answer) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error

    @property
    def is_card_error(self) -> bool:
        """Whether the payer's card is the reason."""
        return self.status == 402


class StripeConnector:
    """Speaks for one workspace; `correlation_id` ties its calls to what caused them."""

    def __init__(self, ports: Ports, workspace_id: str, correlation_id: str = "") -> None:
        self._http = ports.http
        self._access = stripe_access(ports, workspace_id)
        self._workspace_id = workspace_id
        self._correlation_id = correlation_id

    async def create_intent(self, params: Mapping[str, Any], key: str) -> Answer:
        """A new intent; raises ProviderRefusal, UpstreamError, UpstreamTimeout or IntegrationAuthFailed."""
        return await self._post("/v1/payment_intents", params, key)

    async def update_intent(self, intent_id: str, params: Mapping[str, Any], key: str) -> Answer:
        """The intent with what was changed; raises as `create_intent`."""
        return await self._post(f"/v1/payment_intents/{intent_id}", params, key)

    async def confirm_intent(self, intent_id: str, params: Mapping[str, Any], key: str) -> Answer:
        """The intent after the attempt; raises as `create_intent`."""
        return await self._post(f"/v1/payment_intents/{intent_id}/confirm", params, key)

    async def capture_intent(self, intent_id: str, units: int, key: str) -> Answer:
        """The intent after the capture; raises as `create_intent`."""
        return await self._post(f"/v1/payment_intents/{intent_id}/capture", {"amount_to_capture": units}, key)

    async def cancel_intent(self, intent_id: str, key: str) -> Answer:
        """The cancelled intent; raises as `create_intent`."""
        return await self._post(f"/v1/payment_intents/{intent_id}/cancel", {}, key)

    async def create_refund(self, params: Mapping[str, Any], key: str) -> Answer:
        """A new refund; raises as `create_intent`."""
        return await self._post("/v1/refunds", params, key)

    async def update_dispute(self, dispute_id: str, params: Mapping[str, Any], key: str) -> Answer:
        """The dispute with its evidence; raises as `create_intent`."""
        return await self._post(f"/v1/disputes/{dispute_id}", params, key)

    async def create_customer(self, params: Mapping[str, Any], key: str) -> Answer:
        """A new customer; raises as `create_intent`."""
        return await self._post("/v1/customers", params, key)

    async def attach_method(self, token: str, customer: str, key: str) -> Answer:
        """The payment method, kept for a customer; raises as `create_intent`."""
        return await self._post(f"/v1/payment_methods/{token}/attach", {"customer": customer}, key)

    async def detach_method(self, token: str, key: str) -> Answer:
        """The payment method, kept for nobody any more; raises as `create_intent`."""
        return await self._post(f"/v1/payment_methods/{token}/detach", {}, key)

    async def _post(self, path: str, params: Mapping[str, Any], key: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._access.secret_key}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": key,
            "Stripe-Version": API_VERSION,
        }
        if self._correlation_id:
            headers["X-Correlation-ID"] = self._correlation_id
        request = OutboundRequest(
            "POST",
            self._access.base_url + path,
            headers,
            urlencode({name: value for name, value in params.items() if value is not None}).encode(),
            TIMEOUT_SECONDS,
            "connector",
            self._correlation_id,
            self._workspace_id,
        )
        return read_answer(await self._http.send(request))


def stripe_access(ports: Ports, workspace_id: str) -> PartnerAccess:
    """Where Stripe is: as configured, else the mock of the workspace."""
    own = PartnerAccess(f"{ports.public_url}/w/{workspace_id}/mocks/stripe")
    access = ports.partners.get("stripe", own)
    secrets = (access.secret_key or SECRET_KEY, access.webhook_secret or WEBHOOK_SECRET)
    return PartnerAccess(access.base_url.rstrip("/"), *secrets)


def read_answer(reply: OutboundReply) -> Answer:
    """The object in a reply; raises what its status means."""
    if reply.error == "timeout":
        raise UpstreamTimeout(details="stripe did not answer in time; read the resource before you repeat")
    if reply.error:
        raise UpstreamError(details=f"stripe could not be reached: {reply.error}")
    if reply.status == 401:
        raise IntegrationAuthFailed(details="stripe refused the configured secret key")
    answer = _object(reply)
    if reply.status == 200:
        return answer
    if reply.status in (400, 402, 404) and isinstance(answer.get("error"), dict):
        raise ProviderRefusal(reply.status, answer["error"])
    raise UpstreamError(details=f"stripe answered with status {reply.status}")


def _object(reply: OutboundReply) -> Answer:
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise UpstreamError(details=f"stripe answered with status {reply.status} and no JSON object")
    return answer
