"""The composition root: the only place that names concrete classes and puts them together."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from typing import Any

import uvloop
from starlette.routing import BaseRoute

import sandbox.control
import sandbox.faults
import sandbox.gateway
import sandbox.platform
import sandbox.webhooks
from sandbox.config import Settings
from sandbox.contract.document import compile_plans, load
from sandbox.contract.plan import Plan
from sandbox.contract.routes import Routes
from sandbox.exchange.session import House
from sandbox.exchange.tree import KINDS as EXCHANGE_KINDS
from sandbox.gateway.compiled import CompiledPlans
from sandbox.gateway.execution import Execution
from sandbox.gateway.failures import envelope, failure
from sandbox.gateway.front import Doors, Gateway, Parser, Surface
from sandbox.gateway.inspection import Inspector
from sandbox.gateway.listening import Listener
from sandbox.gateway.lobby import Lobby
from sandbox.gateway.response import Renderer, Response
from sandbox.gateway.wsgi import PartnerSurface
from sandbox.identity.authentication import Identity
from sandbox.journal import Journals
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import WallClock, clock_text, system_clock
from sandbox.kernel.documents import Kinds
from sandbox.kernel.jumps import notice_jumps
from sandbox.kernel.partner import installed_partners
from sandbox.kernel.ports import PartnerAccess, Ports
from sandbox.kernel.replay import replay
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspaces import DEFAULT, Workspaces, World
from sandbox.outbound.client import AiohttpClient
from sandbox.outbound.smtp import SmtpRelay
from sandbox.outbound.way_out import WayOut
from sandbox.platform.call import Call, Server
from sandbox.platform.operations import Operations
from sandbox.platform.purging import COMPACT
from sandbox.portal import contract, docs, widgets
from sandbox.portal.console.desk import Desk
from sandbox.portal.console.routes import routes_of
from sandbox.rooms import Rooms
from sandbox.seeds import seed_layer
from sandbox.stores.journal import WorldJournal
from sandbox.stores.tiny import TinyStore
from sandbox.webhooks.destinations import Reach

PACKAGES = {"platform": "sandbox.platform", "control": "sandbox.control"}


class Sandbox:
    """One server: built, then opened and closed by the lifespan of its event loop."""

    def __init__(self, settings: Settings, wall: WallClock = system_clock) -> None:
        self.settings, self.partners = settings, installed_partners()
        rooms = Rooms(sandbox.platform, sandbox.control, sandbox.webhooks, sandbox.faults, sandbox.gateway)
        kinds = Kinds(
            [*rooms.kinds(), *EXCHANGE_KINDS, *(kind for partner in self.partners for kind in partner.kinds)]
        )
        self.workspaces = Workspaces(
            kinds,
            lambda world: seed_layer(world, kinds),
            TinyStore,
            wall=wall,
            reactions=rooms.reactions(),
            relays_mail=bool(settings.smtp_relay),
        )
        reach = Reach(settings.allow_loopback, settings.allow_private, settings.base_url)
        self.http = AiohttpClient(reach, authorities=settings.authorities)
        journals = Journals(settings.journal_exchanges, settings.journal_body_bytes)
        way_out = WayOut(self.http, self.workspaces, journals)
        self.ports = Ports(way_out, settings.base_url, _partners_elsewhere(settings), _mail(settings))
        rules = rooms.rules() | {name: job for p in self.partners for name, job in p.jobs.items()}
        effects = rooms.effects() | {name: job for p in self.partners for name, job in p.effects.items()}
        self.agenda = Agenda(rules, effects, self.ports, rooms.gates())
        self.workspaces.observer = self.agenda
        self.workspaces.farewells = (self.agenda.forget, journals.forget)
        self.identity = Identity(
            settings.signing_secret or str(settings.seed), settings.base_url, settings.admin_key
        )
        self.journal = WorldJournal.open(settings.data_dir, settings.durable) if settings.data_dir else None
        self.server = Server(self.workspaces, self.agenda, self.ports, journals, self._facts())
        self.gateway = self._gateway(rooms)
        self.operations = self._operations(rooms)
        self.server.facts["operations"] = self.operations
        self.server.facts[COMPACT] = self.journal.compact if self.journal is not None else None
        self.agenda.effects |= rooms.workers(self.operations)
        self.sftp: Any = None
        self.app = Lobby(self.gateway, self._pages(), self.lifespan)

    def _pages(self) -> list[BaseRoute]:
        """What is served beside the API: contracts, documentation, widgets and the console."""
        desk = Desk(self.operations, self.identity, self._perform, self.gateway)
        return [*contract.routes, *docs.routes, *widgets.routes_of(self.workspaces), *routes_of(desk)]

    def _facts(self) -> dict[str, Any]:
        names = (
            "max_workspaces",
            "journal_exchanges",
            "base_url",
            "partners_url",
            "docs_url",
            "seed_profile",
        )
        return {name: getattr(self.settings, name) for name in names} | {"identity": self.identity}

    def _gateway(self, rooms: Rooms) -> Gateway:
        routes: Routes[Plan] = Routes()
        self.plans: dict[str, Plan] = {}
        documents = {name: load(name) for name in PACKAGES}
        for name, package in PACKAGES.items():
            tags = [tag["name"] for tag in documents[name]["tags"]]
            handlers = rooms.handlers(package, tags)
            for plan in compile_plans(documents[name], partial(rooms.handler, package), handlers):
                routes.add(plan.method, plan.path, plan)
                self.plans[plan.id] = plan
        renderer = Renderer(rooms.resources(), rooms.forms())
        errors_at = f"{self.settings.docs_url}/errors/"

        def fail(call: Call, error: Exception) -> Response:
            at = clock_text(call.workspace.store.get("clock", "clock"), call.workspace.wall)
            return failure(error, call.correlation_id, at, errors_at, call.headers)

        execution = self.execution = Execution(renderer, fail)
        parser: Parser = CompiledPlans(execution)
        if self.settings.stack == "stock":
            from sandbox.gateway.stock import StockChain  # loads all of Connexion's chain

            parser = StockChain(execution, documents, fail)
        inspect, mocks = Inspector(self.ports.http), PartnerSurface(self.partners)
        surfaces: dict[str, Surface] = {"inspect": inspect, "mocks": mocks}
        flushed = self.journal.flushed if self.journal is not None else None
        doors = Doors(routes, parser, surfaces, flushed, self.settings.max_body_bytes, errors_at)
        return Gateway(self.server, self.identity, renderer, doors)

    async def _perform(self, call: Call, arguments: Mapping[str, Any]) -> bytes:
        """The answer to a call that the pages make of an operation, without the front door's record of it."""
        if call.plan.is_async:
            return (await self.execution.run_async(call, arguments)).body
        return self.execution.run(call, arguments).body

    def _operations(self, rooms: Rooms) -> Operations:
        """For what acts on a caller's behalf, with the same plans and the same errors as over HTTP."""
        explain = partial(envelope, docs=f"{self.settings.docs_url}/errors/")
        return Operations(self.server, self.plans, rooms.resources(), explain)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Restore or create the worlds, run due work, and close in the reverse order."""
        self.open()
        self.agenda.start()
        self._wake()
        gc.freeze()
        gc.enable()
        # Documents hold no cycles, so nearly all goes without the collector. Small young generations keep
        # its pauses at a millisecond; walking the whole heap, which stops everybody, is left for rarely.
        gc.set_threshold(1_000, 2, 50_000)
        await self._open_exchange()
        watches = (self.server.journals.keep_room(), notice_jumps(self.workspaces.wall, self._wake))
        watching = asyncio.gather(*watches)
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            if self.sftp is not None:
                self.sftp.close()
                await self.sftp.wait_closed()
            await self.agenda.stop()
            await self.http.close()
            if self.journal is not None:
                await self.journal.close()

    def _wake(self) -> None:
        """Let every workspace look at the clock anew."""
        for workspace in self.workspaces:
            self.agenda.wake(workspace)

    async def _open_exchange(self) -> None:
        """Batch files over SFTP, where a port is set."""
        settings = self.settings
        if settings.sftp_port is None:
            return
        from sandbox.exchange.sftp import listen  # its library is an extra

        house = House(self.gateway, self.identity, self.workspaces, self.operations)
        self.sftp = await listen(house, settings.host, settings.sftp_port, self.identity.secret)

    def open(self) -> None:
        """Bring back what the journal holds; make the default workspace if it holds none.

        Raises DataDirectoryRefused or ReplayRefused. Does nothing the second time."""
        if self.journal is not None and self.workspaces.sink is None:
            audit = self.server.journals.audit
            replay(self.workspaces, audit.taken_from(self.journal.records()))
            self.journal.compactor = lambda: chain(retell(self.workspaces), audit.records())
            audit.sink = self.journal.append
            self.workspaces.sink = self.journal
        if self.workspaces.get(DEFAULT) is None:
            settings = self.settings
            world = World(settings.seed_profile, settings.seed, settings.anchor, settings.scale)
            self.workspaces.create(DEFAULT, world, name="Default")


def _mail(settings: Settings) -> SmtpRelay | None:
    return SmtpRelay(settings.smtp_relay, settings.smtp_sender) if settings.smtp_relay else None


def _partners_elsewhere(settings: Settings) -> dict[str, PartnerAccess]:
    """Partners that configuration moves away from the mocks of each workspace."""
    address = settings.stripe_url or (f"{settings.partners_url}/stripe" if settings.partner_base_url else "")
    if not address:
        return {}
    return {"stripe": PartnerAccess(address, settings.stripe_secret_key, settings.stripe_webhook_secret)}


def create_app(
    settings: Settings | None = None, wall: WallClock = system_clock
) -> Callable[..., Awaitable[None]]:
    """The ASGI application; its lifespan opens and closes everything."""
    return Sandbox(settings or Settings(), wall).app


def serve(settings: Settings, opened: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted; `opened` is called when the worlds are there, before the first request."""
    server = Sandbox(settings)
    server.open()  # what is wrong with the data is said before anything is served
    opened()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Listener(server.app, settings, server.workspaces).serve())
