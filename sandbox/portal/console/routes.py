"""The addresses of the console."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.portal.console import (
    bins,
    calls,
    captured,
    expectations,
    home,
    mail,
    subscriptions,
    timelines,
    webhooks,
    world,
)
from sandbox.portal.console.desk import Desk
from sandbox.portal.console.visit import View, served

HERE = "/console/{workspace}"
PAGES: dict[str, View] = {
    "/": home.home,
    "/console": world.choose,
    HERE: home.home,
    f"{HERE}/calls": calls.calls,
    f"{HERE}/calls/{{entry}}": calls.call,
    f"{HERE}/webhooks": webhooks.webhooks,
    f"{HERE}/webhooks/{{webhook}}/{{delivery}}": webhooks.delivery,
    f"{HERE}/bins": bins.bins,
    f"{HERE}/bins/{{bin}}": bins.bin_page,
    f"{HERE}/bins/{{bin}}/expectations": expectations.expectations,
    f"{HERE}/bins/{{bin}}/{{request}}": captured.captured,
    f"{HERE}/files/bins/{{bin}}": bins.archive,
    f"{HERE}/files/calls": calls.archive,
    f"{HERE}/timelines/{{correlation}}": timelines.timeline,
    f"{HERE}/why": webhooks.why,
    f"{HERE}/mail": mail.mail,
    f"{HERE}/mail/{{letter}}": mail.letter,
    f"{HERE}/world": world.world,
    f"{HERE}/key": world.key,
    f"{HERE}/live/calls": calls.live_calls,
    f"{HERE}/live/webhooks": webhooks.live_webhooks,
    f"{HERE}/live/webhooks/{{delivery}}": webhooks.live_delivery,
    f"{HERE}/live/bins/{{bin}}": bins.live_bin,
    f"{HERE}/live/mail": mail.live_mail,
    f"{HERE}/live/timelines/{{correlation}}": timelines.live_timeline,
    f"{HERE}/{{rest:path}}": world.nowhere,
}
ACTIONS: dict[str, View] = {
    f"{HERE}/act/trigger": webhooks.trigger,
    f"{HERE}/act/replay/{{webhook}}/{{delivery}}": webhooks.replay,
    f"{HERE}/act/webhooks": subscriptions.subscribe,
    f"{HERE}/act/webhooks/{{webhook}}/test": subscriptions.ping,
    f"{HERE}/act/webhooks/{{webhook}}/delete": subscriptions.remove,
    f"{HERE}/act/webhooks/{{webhook}}/rotate-secret": subscriptions.rotate,
    f"{HERE}/act/webhooks/{{webhook}}/{{verb}}": subscriptions.change,
    f"{HERE}/act/bins": bins.create,
    f"{HERE}/act/bins/{{bin}}/clear": bins.clear,
    f"{HERE}/act/bins/{{bin}}/expectations": expectations.expect,
    f"{HERE}/act/bins/{{bin}}/expectations/{{expectation}}/conclude": expectations.conclude,
    f"{HERE}/act/bins/{{bin}}/{{request}}/replay": captured.replay,
    f"{HERE}/act/clock/advance": world.advance,
    f"{HERE}/act/clock/reset": world.reset_clock,
    f"{HERE}/act/faults/preset": world.apply_preset,
    f"{HERE}/act/faults/clear": world.clear_faults,
    f"{HERE}/act/reset": world.reset,
    f"{HERE}/act/fork": world.fork,
    f"{HERE}/act/workspaces": world.create,
    f"{HERE}/act/delete": world.remove,
}


def routes_of(desk: Desk) -> list[Route]:
    """Every page and every action."""
    pages = [Route(path, served(desk, view), methods=["GET"]) for path, view in PAGES.items()]
    return pages + [Route(path, served(desk, view), methods=["POST"]) for path, view in ACTIONS.items()]
