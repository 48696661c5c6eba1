"""The mock without the sandbox around it: one workspace behind any WSGI server."""

from threading import Thread

import stripe
from werkzeug.serving import make_server

from mocks.stripe import create_app
from sandbox.kernel.workspace import Workspace
from tests.mocks.stripe.conftest import client_at


class TestCreateApp:
    def test_the_sdk_works_against_it(self, workspace: Workspace) -> None:
        server = make_server("127.0.0.1", 0, create_app(workspace))
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            sdk = client_at(f"http://127.0.0.1:{server.port}", "sk_test_alone")
            intent = sdk.v1.payment_intents.create({"amount": 1999, "currency": "eur"})
            assert sdk.v1.payment_intents.retrieve(intent.id).amount == 1999
            assert isinstance(intent, stripe.PaymentIntent)
        finally:
            server.shutdown()
            thread.join()
        with workspace.transaction() as tx:
            assert tx.get("stripe.payment_intent", intent.id) is not None
