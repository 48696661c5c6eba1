"""Whatever is sent to whatever operation: an answer of the vendor's kind, never a failure of the mock."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mocks.stripe import partner
from mocks.stripe.api import OPERATIONS
from mocks.stripe.forms import flatten
from mocks.stripe.requests import Operation
from sandbox.gateway.wsgi import environ_of, partner_application, run
from sandbox.kernel.workspace import Workspace
from tests.gateway.visits import visit

APPLICATION = partner_application(partner).wsgi_app
WORDS = [
    "",
    "1",
    "-1",
    "0",
    "true",
    "false",
    "eur",
    "card",
    "always",
    "manual",
    "pm_card_visa",
    "tok_visa",
    "ł\x00",
]
VALUES = st.sampled_from(WORDS)
MEMBERS = st.sampled_from(
    ["0", "1", "card", "token", "type", "address", "enabled", "gte", "number", "city", "x"]
)
TREES = st.recursive(VALUES, lambda inner: st.dictionaries(MEMBERS, inner, max_size=3), max_leaves=6)


def send(
    workspace: Workspace, operation: Operation, pairs: list[tuple[str, str]], keys: dict[str, str]
) -> Any:
    path = f"/v1{operation.path}"
    for name in ("key", "other"):
        path = path.replace(f"<{name}>", keys.get(operation.path.split("/")[1], "nothing"))
    form = urlencode(pairs).encode()
    query, body = (form, b"") if operation.method == "GET" else (b"", form)
    headers = {
        "host": "127.0.0.1",
        "authorization": "Bearer sk_test_sandbox",
        "content-type": "application/x-www-form-urlencoded",
    }
    told = visit(
        method=operation.method, raw_query=query, body=body, text_headers=headers, workspace=workspace
    )
    return run(APPLICATION, environ_of(told, "/mocks/stripe", path))


@pytest.fixture(name="keys")
def _keys(workspace: Workspace) -> dict[str, str]:
    """One object of each kind, by the plural in its path."""
    kinds = ("payment_intent", "charge", "refund", "customer", "payment_method", "dispute", "event")
    with workspace.transaction() as tx:
        found = {kind: tx.find(f"stripe.{kind}", order="_order", limit=1) for kind in kinds}
        endpoint = tx.find("stripe.webhook_endpoint", limit=1)
    return {f"{kind}s": one[0]["id"] for kind, one in found.items() if one} | {
        "webhook_endpoints": endpoint[0]["id"]
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
class TestEveryOperation:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_it_answers(
        self, workspace: Workspace, keys: dict[str, str], operation: Operation, data: st.DataObject
    ) -> None:
        names = st.sampled_from(sorted(operation.readers) or ["nothing"])
        tree = data.draw(st.dictionaries(names, TREES, max_size=5))
        required = {"amount": "1999", "currency": "eur", "type": "card", "url": "http://127.0.0.1:9/x"}
        given_ = {name: required[name] for name in operation.required if name in required}

        answer = send(workspace, operation, flatten({**given_, **tree}), keys)

        assert answer.status in (200, 400, 402, 404), answer.body
        shown = orjson.loads(answer.body)
        assert ("error" in shown) == (answer.status != 200)
