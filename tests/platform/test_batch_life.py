"""The life of a job, whatever happens to it: only listed states, exactly the listed events, in order."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.commits import Commit
from sandbox.kernel.workspace import Workspace
from sandbox.platform.batch_jobs import ENDED, LIFE
from tests.conftest import Api

FOLLOWING = {
    "queued": {"running", "cancelled"},
    "running": {"completed", "completed_with_errors", "failed", "cancelled"},
    **{status: set[str]() for status in ENDED},
}
EVENTS = {
    "completed": ["batch.completed"],
    "completed_with_errors": ["batch.completed"],
    "failed": ["batch.failed"],
    "cancelled": list[str](),
}
GOOD, BAD = {"ticketCode": "VALIDTICKET23456", "type": "exit", "force": True}, {"ticketCode": "NOSUCHTICKET"}
"""A scan that is let through as often as it comes, and one that never is."""


def test_the_table_lists_these_transitions_and_no_others() -> None:
    listed: dict[str, set[str]] = {status: set() for status in FOLLOWING}
    for (status, _), following in LIFE.table.items():
        listed[status].add(following)
    assert listed == FOLLOWING


class History:
    """Every version of every job, noted as it is committed."""

    def __init__(self, workspace: Workspace) -> None:
        self.statuses: dict[str, list[str]] = {}
        self._before = workspace.listener
        self._workspace = workspace
        workspace.listener = self._note

    def _note(self, workspace: Workspace, commit: Commit) -> None:
        for (kind, key), document in commit.after.items():
            if kind == "batch_job" and document is not None:
                seen = self.statuses.setdefault(key, [])
                if not seen or seen[-1] != document["status"]:
                    seen.append(document["status"])
        if self._before is not None:
            self._before(workspace, commit)

    def events(self, job_id: str) -> list[str]:
        """What was emitted about a job, in order."""
        found = self._workspace.store.find("outbox", order="id")
        return [e["type"] for e in found if e["kind"] == "batch_job" and e["resourceId"] == job_id]


SIZES = st.sampled_from([1, 2, 51, 101])
JOBS = st.tuples(SIZES, st.lists(st.integers(0, 100), max_size=2), st.booleans(), st.booleans())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), JOBS),
        st.tuples(st.just("advance"), st.sampled_from(["PT0S", "PT0.2S", "PT1S"])),
        st.tuples(st.just("cancel"), st.integers(0, 3)),
    ),
    min_size=2,
    max_size=7,
)


def submit(api: Api, job: tuple[int, list[int], bool, bool]) -> str:
    size, bad, together, notify = job
    items = [BAD if place in bad else GOOD for place in range(size)]
    mode = "all_or_nothing" if together else "best_effort"
    body = {"items": items, "mode": mode, "notifyWebhook": notify}
    answer = api.post("/api/v1/batch/check-ins", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
    derandomize=True,
)
@given(steps=STEPS)
def test_whatever_happens_a_job_lives_by_the_table(api: Api, steps: list[tuple[str, Any]]) -> None:
    api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
    history, made = History(api.workspace), dict[str, tuple[int, list[int], bool, bool]]()
    try:
        for verb, what in steps:
            if verb == "submit":
                made[submit(api, what)] = what
            elif verb == "advance":
                api.advance(what)
            elif made:
                key = list(made)[what % len(made)]
                before = api.get(f"/api/v1/batch-jobs/{key}").json()["status"]
                answer = api.post(f"/api/v1/batch-jobs/{key}/cancel")
                # between the two calls a job under way may come to its end by itself
                ended = before in ENDED or history.statuses[key][-1] != "cancelled"
                assert answer.status_code == (409 if ended else 200)
        api.advance("PT10S")
        for key, job in made.items():
            check_life(api, history, key, job)
    finally:
        api.workspace.listener = history._before


def check_life(api: Api, history: History, key: str, job: tuple[int, list[int], bool, bool]) -> None:
    size, bad, together, notify = job
    lived = history.statuses[key]
    assert lived[0] == "queued"
    assert all(after in FOLLOWING[before] for before, after in zip(lived, lived[1:], strict=False)), lived
    assert lived[-1] in ENDED
    assert history.events(key) == (EVENTS[lived[-1]] if notify else [])
    progress = api.get(f"/api/v1/batch-jobs/{key}").json()["progress"]
    assert progress["succeeded"] + progress["failed"] == progress["processed"] <= progress["total"] == size
    faulty = len([place for place in set(bad) if place < size])
    if lived[-1] == "completed":
        assert faulty == 0
    if together and faulty:
        assert progress["succeeded"] == 0
    kept = api.workspace.store.find("batch_result", {"jobId": key})
    assert sorted(each["index"] for each in kept) == list(range(size))
