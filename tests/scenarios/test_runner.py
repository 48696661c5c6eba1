"""The runner, on documents and answers made up here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scenarios.answers import Answer, Body, Parameter, Unreachable
from scenarios.model import Scenario
from scenarios.reading import WrongScenario, read_scenario
from scenarios.reports import junit, page
from scenarios.runner import Runner

API = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {$ref: '#/components/parameters/Fields'}
      responses: {'200': {description: it}}
  /things:
    post:
      operationId: createThing
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'201': {description: made}}
components: {parameters: {Fields: {name: fields, in: query, schema: {type: string}}}}
"""
HEAD = """
arazzo: 1.0.1
info: {title: Things, version: 1.0.0, summary: Things can be made.}
sourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]
components:
  parameters:
    key: {name: X-API-Key, in: header, value: $inputs.key}
  failureActions:
    again: {name: again, type: retry, retryAfter: 2, retryLimit: 2}
workflows:
  - workflowId: main
    inputs: {type: object, properties: {key: {type: string, default: k1}}}
"""
MADE = """
      - stepId: make
        operationId: createThing
        parameters: [{reference: $components.parameters.key}]
        requestBody: {payload: {name: A, tags: [x]}}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {id: '$response.body#/id'}
"""
READ = """
      - stepId: read
        operationId: $sourceDescriptions.shop.getThing
        parameters: [{name: id, in: path, value: $steps.make.outputs.id}]
        successCriteria:
          - condition: $statusCode == 200
          - {context: '$response.body#/tags', condition: '$[?@ == "x"]', type: jsonpath}
          - {context: '$response.body#/name', condition: ^A$, type: regex}
"""

Write = Callable[..., Path]
Call = tuple[str, Sequence[Parameter], Body | None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*parts: str, head: str = HEAD) -> Path:
        (tmp_path / "api.yaml").write_text(API, encoding="utf-8")
        path = tmp_path / "things.arazzo.yaml"
        path.write_text(head + "".join(parts), encoding="utf-8")
        return path

    return written


class FakeServer:
    """Answers in order and remembers what was asked."""

    def __init__(self, *answers: Answer | Unreachable) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []

    def __call__(self, operation: str, parameters: Sequence[Parameter], body: Body | None) -> Answer:
        self.calls.append((operation, parameters, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Unreachable):
            raise answer
        return answer


THING = Answer(200, {}, {"name": "A", "tags": ["x"]})
CREATED = Answer(201, {}, {"id": "t1"})


def scenario(path: Path) -> Scenario:
    return read_scenario(path)


class TestRun:
    def test_passes_outputs_from_step_to_step(self, write: Write) -> None:
        server = FakeServer(CREATED, THING)
        (run,) = Runner(server).run(scenario(write("    steps:", MADE, READ)))
        assert run.faults == []
        assert server.calls == [
            (
                "shop.createThing",
                [("X-API-Key", "header", "k1")],
                ("application/json", {"name": "A", "tags": ["x"]}),
            ),
            ("shop.getThing", [("id", "path", "t1")], None),
        ]

    def test_inputs_replace_defaults(self, write: Write) -> None:
        server = FakeServer(CREATED)
        Runner(server).run(scenario(write("    steps:", MADE)), {"key": "k2"})
        assert server.calls[0][1] == [("X-API-Key", "header", "k2")]

    def test_a_step_that_fails_ends_the_run_and_says_why(self, write: Write) -> None:
        server = FakeServer(Answer(409, {}, {"error": "taken"}))
        (run,) = Runner(server).run(scenario(write("    steps:", MADE, READ)))
        assert run.faults == ["make: $statusCode == 201 is not so: $statusCode was 409"]
        assert len(server.calls) == 1

    def test_an_output_that_is_not_there_is_a_failure(self, write: Write) -> None:
        (run,) = Runner(FakeServer(Answer(201, {}, {}))).run(scenario(write("    steps:", MADE)))
        assert "output id" in run.faults[0]

    def test_jsonpath_and_regex_name_what_they_looked_at(self, write: Write) -> None:
        server = FakeServer(CREATED, Answer(200, {}, {"name": "B", "tags": ["y"]}))
        (run,) = Runner(server).run(scenario(write("    steps:", MADE, READ)))
        assert [fault.split()[1] for fault in run.faults] == ["$[?@", "$response.body#/name"]

    def test_a_server_that_does_not_answer_is_a_failure_not_a_crash(self, write: Write) -> None:
        (run,) = Runner(FakeServer(Unreachable("refused"))).run(scenario(write("    steps:", MADE)))
        assert run.faults == ["make: refused"]


class TestRetry:
    AGAIN = "        onFailure: [{reference: $components.failureActions.again}]\n"

    def test_repeats_until_it_succeeds(self, write: Write) -> None:
        waits: list[float] = []
        server = FakeServer(Answer(503), Answer(503), CREATED)
        (run,) = Runner(server, pause=waits.append).run(scenario(write("    steps:", MADE, self.AGAIN)))
        assert (run.status, waits) == ("passed", [2.0, 2.0])
        assert [(r.attempt, r.status, r.retried) for r in run.results] == [
            (1, "failed", True),
            (2, "failed", True),
            (3, "passed", False),
        ]

    def test_gives_up_at_the_limit(self, write: Write) -> None:
        server = FakeServer(*[Answer(503)] * 3)
        (run,) = Runner(server, pause=lambda seconds: None).run(
            scenario(write("    steps:", MADE, self.AGAIN))
        )
        assert (run.status, len(server.calls)) == ("failed", 3)


class TestGoto:
    def test_jumps_on_its_criteria(self, write: Write) -> None:
        jump = (
            "        onSuccess:\n          - {name: skip, type: goto, stepId: last,"
            " criteria: [{condition: $response.body#/id == 't1'}]}\n"
        )
        last = MADE.replace("stepId: make", "stepId: last")
        server = FakeServer(CREATED, CREATED)
        (run,) = Runner(server).run(scenario(write("    steps:", MADE, jump, READ, last)))
        assert [result.step.id for result in run.results] == ["make", "last"]

    def test_a_failure_can_be_the_expected_way(self, write: Write) -> None:
        jump = "        onFailure: [{name: other, type: goto, stepId: read}]\n"
        made = MADE.replace("outputs: {id: '$response.body#/id'}", "outputs: {id: $statusCode}")
        read = READ.replace("$steps.make.outputs.id", "fixed")
        (run,) = Runner(FakeServer(Answer(409), THING)).run(scenario(write("    steps:", made, jump, read)))
        assert run.status == "passed"

    def test_going_in_circles_ends(self, write: Write) -> None:
        jump = "        onSuccess: [{name: back, type: goto, stepId: make}]\n"
        (run,) = Runner(FakeServer(*[CREATED] * 600)).run(scenario(write("    steps:", MADE, jump)))
        assert "circles" in run.faults[0]


class TestDependencies:
    OTHER = """
  - workflowId: before
    steps:
      - stepId: only
        operationId: createThing
        requestBody: {payload: {}}
        outputs: {id: '$response.body#/id'}
    outputs: {id: $steps.only.outputs.id}
"""

    def test_come_first_and_hand_over_their_outputs(self, write: Write) -> None:
        read = READ.replace("$steps.make.outputs.id", "$workflows.before.outputs.id")
        server = FakeServer(CREATED, THING)
        runs = Runner(server).run(scenario(write("    dependsOn: [before]\n    steps:", read, self.OTHER)))
        assert [run.workflow.id for run in runs] == ["before", "main"]
        assert server.calls[1][1] == [("id", "path", "t1")]

    def test_when_one_fails_the_rest_is_not_played(self, write: Write) -> None:
        server = FakeServer(Answer(500))
        runs = Runner(server).run(scenario(write("    dependsOn: [before]\n    steps:", MADE, self.OTHER)))
        assert [run.status for run in runs] == ["failed", "failed"]
        assert len(server.calls) == 1


class TestWorkflowStep:
    CALL = """
      - stepId: inner
        workflowId: before
        parameters: [{name: key, value: k9}]
      - stepId: read
        operationId: getThing
        parameters: [{name: id, in: path, value: $steps.inner.outputs.id}]
"""
    INNER = """
  - workflowId: before
    inputs: {type: object, properties: {key: {type: string}}}
    steps:
      - stepId: only
        operationId: createThing
        parameters: [{reference: $components.parameters.key}]
        requestBody: {payload: {}}
        outputs: {id: '$response.body#/id'}
    outputs: {id: $steps.only.outputs.id}
"""

    def test_plays_another_workflow_with_its_own_inputs(self, write: Write) -> None:
        server = FakeServer(CREATED, THING, CREATED)
        runs = Runner(server).run(scenario(write("    steps:", self.CALL, self.INNER)))
        assert runs[0].faults == []
        assert server.calls[0][1] == [("X-API-Key", "header", "k9")]
        assert server.calls[1][1] == [("id", "path", "t1")]

    def test_fails_with_it(self, write: Write) -> None:
        server = FakeServer(Answer(500), CREATED)
        runs = Runner(server).run(scenario(write("    steps:", self.CALL, self.INNER)))
        assert runs[0].faults == ["inner: only: expected a success, got 500"]


class TestEnd:
    def test_a_failure_can_end_the_run_and_stays_a_failure(self, write: Write) -> None:
        end = "        onFailure: [{name: stop, type: end}]\n"
        (run,) = Runner(FakeServer(Answer(500))).run(scenario(write("    steps:", MADE, end, READ)))
        assert run.status == "failed"

    def test_a_success_can_end_the_run_early(self, write: Write) -> None:
        end = "        onSuccess: [{name: stop, type: end}]\n"
        server = FakeServer(CREATED)
        (run,) = Runner(server).run(scenario(write("    steps:", MADE, end, READ)))
        assert (run.status, len(server.calls)) == ("passed", 1)


class TestReading:
    def faults(self, path: Path) -> dict[str, str]:
        with pytest.raises(WrongScenario) as caught:
            read_scenario(path)
        return dict(caught.value.faults)

    def test_reports_every_wrong_key_at_once(self, write: Write) -> None:
        made = MADE.replace("outputs:", "output:").replace("stepId: make", "stepID: make")
        faults = self.faults(write("    step: []\n    steps:", made))
        assert set(faults) >= {
            "#/workflows/0/step",
            "#/workflows/0/steps/0/output",
            "#/workflows/0/steps/0/stepID",
        }

    def test_reports_every_dangling_reference_at_once(self, write: Write) -> None:
        made = MADE.replace("createThing", "destroyThing").replace("== 201", "== ")
        read = READ.replace("outputs.id", "outputs.key").replace("name: id", "name: key")
        faults = self.faults(write("    steps:", made, read))
        assert faults == {
            "#/workflows/0/steps/0/operationId": "shop has no operation 'destroyThing'",
            "#/workflows/0/steps/0/successCriteria/0/condition": "'$statusCode ==' ends too early",
            "#/workflows/0/steps/1/parameters": "getThing has no path parameter 'key'",
            "#/workflows/0/steps/1/parameters/0/value": (
                "$steps.make.outputs.key points at an output that no step has"
            ),
        }

    def test_refuses_what_is_no_yaml(self, write: Write) -> None:
        assert "#" in self.faults(write(head="a: [1"))

    def test_a_body_that_the_contract_requires_must_be_there(self, write: Write) -> None:
        made = MADE.replace("        requestBody: {payload: {name: A, tags: [x]}}\n", "")
        assert "request body" in self.faults(write("    steps:", made))["#/workflows/0/steps/0"]


class TestReports:
    def test_junit_has_a_case_per_step_and_the_reason_of_a_failure(self, write: Write) -> None:
        server = FakeServer(
            CREATED, Answer(404, {}, {"error": {"message": "<gone>"}}, "GET", "http://s/things/t1")
        )
        root = ElementTree.fromstring(junit(Runner(server).run(scenario(write("    steps:", MADE, READ)))))
        assert (root.get("tests"), root.get("failures")) == ("2", "1")
        failure = root.find(".//testcase[@name='read']/failure")
        assert failure is not None
        assert "GET http://s/things/t1" in (failure.text or "")

    def test_the_page_escapes_masks_and_stands_alone(self, write: Write) -> None:
        sent = {"header": {"X-API-Key": "sk_sandbox_secret"}}
        answer = Answer(201, {}, {"id": "<script>", "clientSecret": "pi_secret"}, sent=sent)
        text = page(Runner(FakeServer(answer)).run(scenario(write("    steps:", MADE))), "http://s")
        assert "All 1 passed" in text
        assert not any(
            part in text for part in ("<script>", "sk_sandbox_secret", "pi_secret", "src=", "href=")
        )
