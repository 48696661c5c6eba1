"""The test-case library: every document is right, and passes against a live server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios.http import HttpSender
from scenarios.reading import find_scenarios, read_scenario
from scenarios.runner import Runner
from scenarios.suite import LIBRARY, UnknownScenario, load_suite, run_scenario

if TYPE_CHECKING:
    from tests.conftest import Server

NAMES = [path.name.split(".")[0] for path in find_scenarios(LIBRARY)]
EXPECTED = [
    "batch-registration",
    "declined-card",
    "double-booking",
    "expected-webhooks",
    "expired-token",
    "happy-booking",
    "paid-registration",
    "webhook-retried",
]


class TestDocuments:
    def test_have_no_fault(self) -> None:
        assert NAMES == [scenario.id for scenario in load_suite()]

    def test_are_those_promised(self) -> None:
        assert NAMES == EXPECTED

    @pytest.mark.parametrize("name", NAMES)
    def test_say_why_and_bear_the_name_of_their_workflow(self, name: str) -> None:
        (scenario,) = load_suite([name])
        assert scenario.why.endswith(".")
        assert list(scenario.workflows) == [name]
        assert all(step.description and step.criteria for step in scenario.workflows[name].steps)

    def test_are_all_in_the_readme(self) -> None:
        text = (LIBRARY / "README.md").read_text(encoding="utf-8")
        assert [name for name in NAMES if f"| `{name}` |" not in text] == []

    def test_an_unknown_name_is_answered_with_the_known_ones(self) -> None:
        with pytest.raises(UnknownScenario, match="happy-booking"):
            load_suite(["nope"])


class TestAgainstAServer:
    @pytest.mark.parametrize("name", NAMES)
    def test_passes(self, server: Server, name: str) -> None:
        (scenario,) = load_suite([name])
        (run,) = run_scenario(scenario, server.url)
        assert run.faults == []

    def test_passes_again_in_the_same_workspace(self, server: Server) -> None:
        scenario = read_scenario(LIBRARY / "double-booking.arazzo.yaml")
        sender = HttpSender(server.url, scenario.sources, {})
        runs = [Runner(sender).run(scenario)[0] for _ in range(2)]
        sender.close()
        assert [run.faults for run in runs] == [[], []]

    def test_leaves_the_world_of_the_credential_alone(self, server: Server) -> None:
        before = server.sandbox.workspaces.need("ws_default").state_hash()
        run_scenario(load_suite(["double-booking"])[0], server.url)
        assert before == server.sandbox.workspaces.need("ws_default").state_hash()
