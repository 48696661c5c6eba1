"""Worlds made for one run by X-Sandbox-Run: they end by themselves, with all that was recorded of them."""

import asyncio
from weakref import ref

from tests.system.transcript import Session

HOUR = 3600


class TestRuns:
    def test_one_begins_anew_when_its_hour_is_over(self):
        asyncio.run(self.played(Session(seed=1)))

    async def played(self, session: Session) -> None:
        worlds, journals = session.sandbox.workspaces, session.sandbox.server.journals
        await session.call("GET", "/api/v1/locations", x_sandbox_run="one")
        await session.call("GET", "/api/v1/services", x_sandbox_run="one")
        [run] = [each.id for each in worlds if each.properties.get("expiresAt")]
        world = ref(worlds.need(run))
        assert (2, worlds.lasting) == (len(journals.of(run)), 1)

        session.now += HOUR
        await session.call("GET", "/api/v1/locations", x_sandbox_run="two")
        assert (None, None) == (worlds.get(run), world())

        await session.call("GET", "/api/v1/locations", x_sandbox_run="one")
        assert (1, 1) == (len(journals.of(run)), len(journals.audit.of(run)))
