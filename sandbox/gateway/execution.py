"""Runs the handler of a call: transaction, idempotency and rendering in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.gateway import idempotency
from sandbox.gateway.response import Renderer, Response
from sandbox.kernel.errors import DomainError
from sandbox.platform.call import Call

Fail = Callable[[Call, Exception], Response]


class Execution:
    """`fail` renders an error; it is asked here only for failures that an idempotency key must remember."""

    def __init__(self, renderer: Renderer, fail: Fail) -> None:
        self.renderer = renderer
        self.fail = fail

    def run(self, call: Call, arguments: Mapping[str, Any]) -> Response:
        """A synchronous handler: one transaction around everything, the kept answer included."""
        key = idempotency.key_of(call)
        try:
            with call.transaction() as tx:
                call.tx = tx
                if key:
                    replayed = idempotency.recall(tx, call, key)
                    if replayed is not None:
                        return replayed
                response = self.renderer.render(call, call.plan.handler(call, **arguments))
                if key:
                    idempotency.keep(tx, call, key, response)
                return response
        except DomainError as error:
            return self._failed(call, key, error)

    async def run_async(self, call: Call, arguments: Mapping[str, Any]) -> Response:
        """An asynchronous handler: it opens its own transactions; the answer is kept afterwards.

        What it does cannot be taken back, so an answer that nobody would take is refused before."""
        key = idempotency.key_of(call)
        self.renderer.check_form(call)
        if key:
            with call.transaction() as tx:
                replayed = idempotency.recall(tx, call, key)
            if replayed is not None:
                return replayed
        with idempotency.InProgress(call, key):
            try:
                result = await call.plan.handler(call, **arguments)
                with call.transaction() as tx:
                    call.tx = tx
                    response = self.renderer.render(call, result)
                    if key:
                        idempotency.keep(tx, call, key, response)
                return response
            except DomainError as error:
                return self._failed(call, key, error)

    def _failed(self, call: Call, key: str, error: DomainError) -> Response:
        if not key or not idempotency.is_kept(error):
            raise error
        response = self.fail(call, error)
        with call.transaction() as tx:
            idempotency.keep(tx, call, key, response)
        return response
