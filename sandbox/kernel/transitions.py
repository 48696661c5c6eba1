"""The life of a resource as a table: what is not listed is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sandbox.kernel.errors import InvalidStateTransition


class TransitionTable:
    """(state, action) -> state. `by_itself`: actions that follow from something else; not asked for."""

    def __init__(
        self, subject: str, table: Mapping[tuple[str, str], str], by_itself: Collection[str] = ()
    ) -> None:
        self.subject = subject
        self.by_itself = frozenset(by_itself)
        self.table = dict(table)
        self.actions = {action for _, action in self.table}

    def allowed(self, state: str) -> list[str]:
        """The actions a state admits, sorted."""
        return sorted(action for at, action in self.table if at == state)

    def offered(self, named: Mapping[str, str], state: str) -> dict[str, str]:
        """Without what is named like an action that the state does not admit."""
        refused = self.actions.difference(self.allowed(state))
        return {name: value for name, value in named.items() if name not in refused}

    def next(self, state: str, action: str) -> str:
        """The state that follows; raises InvalidStateTransition for what the table does not list."""
        following = self.table.get((state, action))
        if following is None:
            asked = [each for each in self.allowed(state) if each not in self.by_itself]
            said = f"{self.subject} is {state}: cannot {action}; allowed: {', '.join(asked) or 'nothing'}"
            raise InvalidStateTransition(details=said, target="status")
        return following
