"""One real server for the whole run; each test works in a fork of its world."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from sandbox.app import Sandbox
from sandbox.config import Settings
from sandbox.gateway.listening import Listener
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.workspace import Workspace

KEYS = {"partner-demo": "sk_sandbox_partner_demo"}
ANCHOR = "2026-11-16T00:00:00.000Z"
WEDNESDAY = "2026-11-18T08:00:00.000Z"
"""When every test begins, whatever day it is: the fixtures lie around it."""
UNLIMITED = {"limit": 1_000_000, "burst": 1_000_000, "concurrent": 10_000}


class Server:
    """A sandbox on a free port, in a thread of its own."""

    def __init__(self, clock: str = "offset", **settings: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        stack = os.environ.get("SANDBOX_STACK", "fused")
        common = {"port": port, "stack": stack, "anchor": ANCHOR, "log_level": "warning"}
        self.clock = clock
        self.settings = Settings(**{**common, **settings})
        self.sandbox = Sandbox(self.settings)
        self.listener = Listener(self.sandbox.app, self.settings, self.sandbox.workspaces)
        self._thread = threading.Thread(target=lambda: asyncio.run(self.listener.serve()), daemon=True)
        self.url = self.settings.base_url

    def start(self) -> None:
        """Returns when the server answers."""
        self._make_it_wednesday()
        self._thread.start()
        while not self.listener.started:
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            self._thread.join(0.01)

    def _make_it_wednesday(self) -> None:
        """The standard world as every test finds it: on that day, and without rate limits.

        So before the first call and the first due work; what a world already knows about time stays."""
        self.sandbox.open()
        with self.sandbox.workspaces.need("ws_default").transaction() as tx:
            if tx.get("clock", "clock") is None:
                tiers = dict.fromkeys(("anonymous", "user", "partner", "internal", "control"), UNLIMITED)
                tx.put("rate_limit_policy", {"id": "policy", "enabled": True, "tiers": tiers})
                tx.set_clock(self.clock, parse_instant(WEDNESDAY))

    def stop(self) -> None:
        """Returns when everything is closed."""
        self.listener.should_exit = True
        self._thread.join(10)


class Api(httpx2.Client):
    """A client of one workspace, with one credential."""

    def __init__(self, server: Server, workspace_id: str, headers: dict[str, str]) -> None:
        headers = {"X-Sandbox-Workspace": workspace_id, **headers}
        # The server speaks plain HTTP; loading certificates would take a tenth of a second for each client.
        super().__init__(base_url=server.url, timeout=30, verify=False, headers=headers)
        self.server = server
        self.workspace_id = workspace_id

    @property
    def workspace(self) -> Workspace:
        """The world itself, for what no call shows."""
        return self.server.sandbox.workspaces.need(self.workspace_id)

    @property
    def anonymous(self) -> Api:
        """The same workspace without a credential."""
        return Api(self.server, self.workspace_id, {})

    @property
    def control(self) -> Api:
        """The specialist in the same workspace."""
        return self.as_("specialist-demo")

    def as_(self, client_id: str) -> Api:
        """The same workspace with the token of another demo client."""
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": f"{client_id}-secret",
        }
        answer = self.anonymous.post("/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        return self.bearer(answer.json()["access_token"])

    def persona(self, name: str) -> Api:
        """The same workspace with a token minted for a persona."""
        answer = self.control.post("/sandbox/v1/tokens", json={"persona": name})
        assert answer.status_code == 201, answer.text
        return self.bearer(answer.json()["access_token"])

    def bearer(self, token: str) -> Api:
        """The same workspace with a given token."""
        return Api(self.server, self.workspace_id, {"Authorization": f"Bearer {token}"})

    def with_headers(self, **headers: str) -> Api:
        """The same client with further headers (`X_Name` is sent as X-Name)."""
        own = {name: value for name, value in self.headers.items() if name in ("authorization", "x-api-key")}
        return Api(self.server, self.workspace_id, own | {k.replace("_", "-"): v for k, v in headers.items()})

    def advance(self, duration: str) -> dict[str, Any]:
        """Move the workspace's clock by an ISO 8601 duration; returns what fired."""
        answer = self.control.post("/sandbox/v1/clock/advance", json={"duration": duration})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def drop_subscriptions(self) -> None:
        """Delete the seeded webhooks, so that those of the test are alone."""
        for webhook in self.get("/api/v1/webhooks").json()["data"]:
            self.delete(f"/api/v1/webhooks/{webhook['id']}")

    def fixture(self, name: str) -> str:
        """Id of a named fixture."""
        answer = self.control.get(f"/sandbox/v1/fixtures/{name}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["resourceId"])


@pytest.fixture(scope="session", name="server")
def _server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture(name="api")
def _api(server: Server, request: pytest.FixtureRequest) -> Iterator[Api]:
    """A partner in a fork of the standard world that nobody else uses."""
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork(
        "ws_default", workspaces.new_workspace_id(request.node.nodeid), name=request.node.name
    )
    with Api(server, fork.id, {"X-API-Key": KEYS["partner-demo"]}) as client:
        yield client
    workspaces.delete(fork.id)


@pytest.fixture(name="workspace")
def _workspace(server: Server, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A fork of the standard world, for rules without HTTP."""
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id(request.node.nodeid))
    yield fork
    workspaces.delete(fork.id)
