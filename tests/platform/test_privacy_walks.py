"""Random walks along the life of a privacy request: only the listed steps are taken, ends are final."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.errors import IdentityNotVerified, InvalidStateTransition
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform import privacy_requests as rights

ENDS = ("completed", "rejected", "cancelled")
STEPS = st.lists(
    st.sampled_from(["verify", "wrong code", "cancel", "complete", "deadline"]), min_size=1, max_size=8
)
KINDS = st.sampled_from(["access", "erasure", "portability", "objection", "do_not_sell", "restriction"])
MOVES = {
    ("verifying", "verify"): "in_progress",
    ("verifying", "cancel"): "cancelled",
    ("in_progress", "cancel"): "cancelled",
    ("in_progress", "complete"): "completed",
    ("verifying", "deadline"): "rejected",
}


class GivenBack(Exception):
    """Ends a transaction that is to leave nothing behind."""


def take(tx: Transaction, request: Any, step: str) -> None:
    """One step; refused ones change nothing."""
    try:
        if step in ("verify", "wrong code"):
            rights.LIFE.next(request["status"], "verify")
            rights.check_code(tx, request, "123456" if step == "verify" else "000000")
            rights.verified(tx, request)
        elif step == "cancel":
            rights.cancel(tx, request)
        elif step == "deadline":
            rights.pass_deadline(tx, rights.Document(subject=request["id"]))
        elif request["type"] != "erasure":
            rights.complete(tx, request)
        else:
            rights.requests.move(tx, request, rights.LIFE, "complete")
    except (InvalidStateTransition, IdentityNotVerified):
        return


class TestWalks:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(kind=KINDS, steps=STEPS)
    def test_only_listed_steps_are_taken(self, workspace: Workspace, kind: str, steps: list[str]) -> None:
        try:
            with workspace.transaction() as tx:
                self._walk(tx, kind, steps)
                raise GivenBack
        except GivenBack:
            pass

    def _walk(self, tx: Transaction, kind: str, steps: list[str]) -> None:
        subject = {"type": "attendee", "id": None, "email": "walker@sandbox.example"}
        body = {"type": kind, "regulation": "gdpr", "verification": {"method": "email_code"}}
        key = rights.receive(tx, subject, body)["id"]
        for step in steps:
            before = tx.need("privacy_request", key)
            take(tx, before, step)
            after = tx.need("privacy_request", key)
            assert after["status"] == MOVES.get((before["status"], step), before["status"])
            assert after["version"] >= before["version"]
            if before["status"] in ENDS:
                assert after is before
        last = tx.need("privacy_request", key)
        assert (tx.get("privacy_code", key) is not None) == (last["status"] == "verifying")
        has_deadline = tx.get("agenda", f"{rights.DEADLINE}:{key}") is not None
        assert has_deadline or last["status"] in ENDS
