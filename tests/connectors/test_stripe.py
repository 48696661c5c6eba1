"""The Stripe connector: what a reply means."""

import pytest

from mocks.stripe.seed import PLATFORM_SECRET
from mocks.stripe.test_cards import BY_TOKEN
from sandbox.connectors.stripe import SECRET_KEY, WEBHOOK_SECRET, ProviderRefusal, read_answer, stripe_access
from sandbox.connectors.test_tokens import MAGIC_CENTS, STRIPE_TOKENS, stripe_token
from sandbox.kernel.errors import DomainError, IntegrationAuthFailed, UpstreamError, UpstreamTimeout
from sandbox.kernel.ports import OutboundReply, PartnerAccess, Ports


class TestReplies:
    def test_an_object_is_returned(self) -> None:
        assert read_answer(OutboundReply(200, body=b'{"id":"pi_1"}')) == {"id": "pi_1"}

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (OutboundReply(error="timeout"), UpstreamTimeout),
            (OutboundReply(error="connect"), UpstreamError),
            (OutboundReply(401, body=b"{}"), IntegrationAuthFailed),
            (OutboundReply(500, body=b"oops"), UpstreamError),
            (OutboundReply(503, body=b"{}"), UpstreamError),
            (OutboundReply(200, body=b"[]"), UpstreamError),
            (OutboundReply(400, body=b"{}"), UpstreamError),
        ],
    )
    def test_silence_and_nonsense_are_the_providers_fault(
        self, reply: OutboundReply, error: type[DomainError]
    ) -> None:
        with pytest.raises(error):
            read_answer(reply)

    def test_a_refusal_keeps_the_error_object(self) -> None:
        body = b'{"error":{"type":"card_error","code":"card_declined","message":"No."}}'

        with pytest.raises(ProviderRefusal) as refused:
            read_answer(OutboundReply(402, body=body))

        assert refused.value.is_card_error
        assert refused.value.error["code"] == "card_declined"


class TestTokens:
    @pytest.mark.parametrize("token", [*STRIPE_TOKENS.values(), *MAGIC_CENTS.values()])
    def test_every_token_of_ours_stands_for_a_card_of_theirs(self, token: str) -> None:
        assert token in BY_TOKEN

    def test_the_cents_of_an_amount_can_make_a_good_card_fail(self) -> None:
        assert stripe_token("pm_card_visa", "10.02") == "pm_card_visa_chargeDeclined"
        assert stripe_token("pm_card_visa", "10.00") == "pm_card_visa"
        assert stripe_token("pm_card_visa", "102") == "pm_card_visa"
        assert stripe_token("pm_anything", "10.02") == "pm_anything"

    def test_the_mock_signs_with_what_the_platform_expects(self) -> None:
        assert PLATFORM_SECRET == WEBHOOK_SECRET


class TestAccess:
    def test_the_mock_of_the_workspace_is_meant_unless_configured(self) -> None:
        ports = Ports(None, "http://127.0.0.1:1")  # type: ignore[arg-type]

        access = stripe_access(ports, "ws_1")

        assert access.base_url == "http://127.0.0.1:1/w/ws_1/mocks/stripe"
        assert (access.secret_key, access.webhook_secret) == (SECRET_KEY, WEBHOOK_SECRET)

    def test_configuration_moves_it_elsewhere(self) -> None:
        elsewhere = PartnerAccess("https://api.stripe.com/", "sk_test_own", "whsec_own")
        ports = Ports(None, "http://127.0.0.1:1", {"stripe": elsewhere})  # type: ignore[arg-type]

        access = stripe_access(ports, "ws_1")

        assert access == PartnerAccess("https://api.stripe.com", "sk_test_own", "whsec_own")
