"""What the composition root registers for this room."""

from __future__ import annotations

from sandbox.kernel.agenda import Effect, Rule
from sandbox.kernel.documents import Kind
from sandbox.kernel.gates import Gate
from sandbox.kernel.workspace import Reaction
from sandbox.webhooks import bins, chaos, deliveries, dispatcher, subscriptions
from sandbox.webhooks.attempts import attempt_delivery
from sandbox.webhooks.fan_out import fan_out

KINDS: list[Kind] = [
    deliveries.KIND,
    deliveries.ATTEMPT_KIND,
    subscriptions.SECRET_KIND,
    dispatcher.KIND,
    dispatcher.PACE_KIND,
    chaos.BATCH_KIND,
    bins.REQUEST_KIND,
    bins.SECRET_KIND,
]
JOBS: dict[str, Rule] = {subscriptions.SECRET_JOB: subscriptions.expire_previous_secret}
EFFECTS: dict[str, Effect] = {deliveries.JOB: attempt_delivery}
GATES: dict[str, Gate] = {deliveries.JOB: dispatcher.Turnstile()}
REACTIONS: dict[str, Reaction] = {"*": fan_out}
