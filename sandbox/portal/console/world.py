"""The world of the page: its clock, the faults that are switched on, and the way to another world."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import RedirectResponse, Response

from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.workspaces import DEFAULT
from sandbox.portal.console.forms import Filled, refused_form
from sandbox.portal.console.visit import PageVisit
from sandbox.seeds import PROFILES

STEPS = {"PT1M": "1 minute", "PT1H": "1 hour", "PT24H": "1 day", "P7D": "1 week"}
SECTIONS = ("calls", "webhooks", "bins", "mail", "world")
FIELDS = ("name", "profile", "seed")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_WORKSPACE = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def world(visit: PageVisit) -> Response:
    """Clock, faults, and the ways to other worlds."""
    return await _world(visit)


async def _world(visit: PageVisit, **told: Any) -> Response:
    faults = await visit.ask("listFaults")
    presets = await visit.ask("listFaultPresets")
    described = {preset["name"]: preset["description"] for preset in presets["data"]}
    return visit.page(
        "world.html",
        "World",
        faults=faults["data"],
        presets=described,
        steps=STEPS,
        profiles=PROFILES,
        form=Filled(),
        may_create=visit.principal.has("sandbox:admin"),
        **told,
    )


async def advance(visit: PageVisit) -> Response:
    """Move the clock on; what falls due on the way happens."""
    form = await visit.form()
    answer = await visit.act("POST", "/sandbox/v1/clock/advance", {"duration": form.get("duration", "")})
    fired = len(answer.body.get("fired", ())) if isinstance(answer.body, dict) else 0
    return visit.renewed(answer, f"It is later now; {fired} things fell due on the way.")


async def reset_clock(visit: PageVisit) -> Response:
    """Back to the real time."""
    return visit.renewed(await visit.act("DELETE", "/sandbox/v1/clock"), "The clock shows the real time.")


async def apply_preset(visit: PageVisit) -> Response:
    """Switch a ready-made fault on."""
    form = await visit.form()
    name = form.get("preset", "")
    if not _WORKSPACE.fullmatch(name):
        name = "none"
    answer = await visit.act("POST", f"/sandbox/v1/fault-presets/{name}/apply")
    return visit.renewed(answer, f"{name} is on.")


async def clear_faults(visit: PageVisit) -> Response:
    """Switch all of them off."""
    return visit.renewed(await visit.act("DELETE", "/sandbox/v1/faults"), "No fault is on.")


async def reset(visit: PageVisit) -> Response:
    """Back to the seeded world."""
    return visit.renewed(await visit.act("POST", "/sandbox/v1/reset", {}), "The world is as it was seeded.")


async def fork(visit: PageVisit) -> Response:
    """A world of one's own that begins as this one is; its pages are opened."""
    form = await visit.form()
    name = form.get("name", "").strip()
    address = f"/sandbox/v1/workspaces/{visit.workspace.id}/fork"
    answer = await visit.act("POST", address, {"name": name} if name else {})
    shown = visit.done(answer, "The fork is there.")
    if answer.status < 400:
        shown.headers["HX-Redirect"] = f"/console/{answer.body['id']}/world"
    return shown


async def create(visit: PageVisit) -> Response:
    """A world of its own from nothing; its page is shown at once, with its credentials this once."""
    form = await visit.form()
    body: dict[str, object] = {name: form[name].strip() for name in FIELDS if name in form}
    if _NUMBER.fullmatch(form.get("seed", "").strip()):
        body["seed"] = int(form["seed"])
    answer = await visit.act("POST", "/sandbox/v1/workspaces", body)
    if answer.status >= 400:
        filled = refused_form(answer, form, FIELDS)
        return visit.fragment("new_workspace.html", form=filled, profiles=PROFILES)
    there = visit.elsewhere(answer.body["id"], "world")
    shown = await _world(there, made=answer.body)
    shown.headers.update(
        {"HX-Retarget": "body", "HX-Reswap": "innerHTML", "HX-Push-Url": f"{there.base}/world"}
    )
    return shown


async def remove(visit: PageVisit) -> Response:
    """The world and all that is in it are gone; the default one is there always."""
    answer = await visit.act("DELETE", f"/sandbox/v1/workspaces/{visit.workspace.id}")
    shown = visit.done(answer, "The workspace is gone.", link="")
    if answer.status < 400:
        shown.headers["HX-Redirect"] = f"/console/{DEFAULT}/world"
    return shown


async def choose(visit: PageVisit) -> Response:
    """To the pages of the workspace that was asked for: the one that was looked at, if every world has it."""
    page = visit.query.get("page", "").rpartition("/")[2]
    return RedirectResponse(f"{visit.base}/{page}" if page in SECTIONS else visit.base, 303)


async def key(visit: PageVisit) -> Response:
    """Where another key than the demo key is entered."""
    return visit.page("key.html", "Sign in")


async def nowhere(visit: PageVisit) -> Response:
    """For addresses that are none, but for a slash too many."""
    if visit.request.url.path.endswith("/"):
        return RedirectResponse(visit.request.url.path.rstrip("/"), 303)
    raise ResourceNotFound(details=f"there is no page '{visit.place('rest')}'")
