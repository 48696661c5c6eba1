"""The vendor's own SDK, with nothing changed but its base address."""

from typing import Any

import pytest
import stripe


@pytest.fixture(name="address")
def _address(api: Any) -> str:
    return f"{api.server.url}/w/{api.workspace_id}/mocks/stripe"


@pytest.fixture(name="sdk")
def _sdk(address: str) -> stripe.StripeClient:
    """A client of the mock in a world of its own."""
    return client_at(address, "sk_test_sandbox")


@pytest.fixture(name="browser")
def _browser(address: str) -> stripe.StripeClient:
    """What runs at the payer: it has the publishable key only."""
    return client_at(address, "pk_test_sandbox")


def client_at(address: str, key: str) -> stripe.StripeClient:
    addresses = dict.fromkeys(("api", "files", "connect", "meter_events"), address)
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=0)  # type: ignore[arg-type]
