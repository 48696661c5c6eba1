"""Reports of what was played: JUnit XML for machines, one self-contained HTML page for people."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from scenarios.runner import Run, StepResult

SHOWN = 4000
"""How much of a body a report shows."""
SECRET_HEADERS = ("authorization", "x-api-key", "cookie", "ocp-apim-subscription-key")
SECRET_MEMBERS = (
    "access_token",
    "client_secret",
    "clientSecret",
    "secret",
    "accessToken",
    "token",
    "password",
)


def junit(runs: Sequence[Run]) -> str:
    """One test suite per scenario, one test case per step, an attempt that was retried does not count."""
    root = Element("testsuites", {"name": "scenarios", **_totals(runs)})
    for run in runs:
        suite = SubElement(
            root, "testsuite", {"name": f"{run.scenario.id}.{run.workflow.id}", **_totals([run])}
        )
        for result in _final(run):
            case = SubElement(
                suite,
                "testcase",
                classname=run.scenario.id,
                name=result.step.id,
                time=f"{result.seconds:.3f}",
            )
            if result.faults:
                failure = SubElement(case, "failure", message=_clean(result.faults[0]))
                failure.text = _clean("\n".join([*result.faults, "", exchange_text(result)]))
        beside = [
            fault for fault in run.faults if not any(fault.endswith(f) for r in run.results for f in r.faults)
        ]
        if beside:
            case = SubElement(
                suite, "testcase", classname=run.scenario.id, name=run.workflow.id, time="0.000"
            )
            SubElement(case, "failure", message=_clean(beside[0])).text = _clean("\n".join(beside))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def page(runs: Sequence[Run], base_url: str) -> str:
    """The page: every scenario with its steps, what was sent and what came back."""
    failed = sum(1 for run in runs if run.faults)
    verdict = f"{failed} of {len(runs)} failed" if failed else f"All {len(runs)} passed"
    sections = "\n".join(map(_section, runs))
    return _PAGE.format(verdict=verdict, server=html.escape(base_url), sections=sections)


def exchange_text(result: StepResult) -> str:
    """Request and response as text, secrets masked."""
    answer = result.answer
    if answer is None:
        return "no answer"
    sent = answer.sent.get("header", {})
    lines = [f"{answer.method} {answer.url}", *_header_lines(sent), "", _body_text(answer.request_body)]
    lines += [f"HTTP {answer.status}", *_header_lines(answer.headers), "", _body_text(answer.body)]
    return "\n".join(lines)


def _final(run: Run) -> list[StepResult]:
    return [result for result in run.results if not result.retried]


def _totals(runs: Sequence[Run]) -> dict[str, str]:
    steps = [result for run in runs for result in _final(run)]
    failures = sum(1 for result in steps if result.faults)
    alone = sum(1 for run in runs if run.faults and not any(result.faults for result in run.results))
    seconds = sum(run.seconds for run in runs)
    return {"tests": str(len(steps) + alone), "failures": str(failures + alone), "time": f"{seconds:.3f}"}


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: {'***' if name.lower() in SECRET_HEADERS else value}" for name, value in headers.items()
    ]


def _body_text(body: Any) -> str:
    if body is None:
        return ""
    text = body if isinstance(body, str) else json.dumps(_masked(body), ensure_ascii=False, indent=2)
    return text if len(text) <= SHOWN else text[:SHOWN] + f"\n… {len(text) - SHOWN} characters more"


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: "***" if k in SECRET_MEMBERS and isinstance(v, str) else _masked(v) for k, v in value.items()
        }
    return [_masked(part) for part in value] if isinstance(value, list) else value


def _clean(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or c >= " ")


def _section(run: Run) -> str:
    steps = "\n".join(map(_row, run.results))
    beside = "".join(f"<p class=failed>{html.escape(fault)}</p>" for fault in run.faults if not run.results)
    return (
        f"<section><h2><span class={run.status}>{run.status}</span> {html.escape(run.scenario.title)}</h2>"
        f"<p>{html.escape(run.scenario.why)}</p>{beside}"
        f"<p class=quiet>{html.escape(run.scenario.id)} · {len(run.results)} steps · "
        f"{run.seconds * 1000:.0f} ms</p>"
        f"<ol>{steps}</ol></section>"
    )


def _row(result: StepResult) -> str:
    status = "retried" if result.retried else result.status
    faults = "".join(f"<p class=failed>{html.escape(fault)}</p>" for fault in result.faults)
    code = f" · {result.answer.status}" if result.answer else ""
    opened = " open" if result.faults and not result.retried else ""
    return (
        f"<li><details{opened}><summary><span class={status}>{status}</span> "
        f"<b>{html.escape(result.step.id)}</b> {html.escape(result.step.description)} "
        f"<span class=quiet>{html.escape(result.step.operation)}{code} · "
        f"{result.seconds * 1000:.0f} ms</span></summary>{faults}"
        f"<pre tabindex=0>{html.escape(exchange_text(result))}</pre></details></li>"
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Scenarios: {verdict}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
h2 {{ font-size: 1.15rem; margin-bottom: .2rem }}
section {{ border-top: 1px solid #8886; padding-top: .5rem }}
span.passed, span.failed, span.retried {{ border-radius: .3rem; padding: 0 .4rem; color: #fff }}
span.passed {{ background: #1a7f37 }} span.failed {{ background: #b42318 }}
span.retried {{ background: #7a5c00 }}
p.failed {{ border-left: .3rem solid #b42318; padding-left: .6rem }}
.quiet {{ opacity: .75; font-size: .9rem }}
pre {{ overflow: auto; background: #8882; padding: .6rem; font-size: .85rem; white-space: pre-wrap }}
summary {{ cursor: pointer }}
@media print {{ body {{ margin: 0; max-width: none }} li, h2 {{ break-inside: avoid }} }}
</style></head><body><main>
<h1>{verdict}</h1>
<p class="quiet">Server {server}</p>
{sections}
</main></body></html>
"""
