"""The report of a webhook test as JUnit XML, for pipelines, and as one accessible page, for people."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

import orjson

from sandbox.formats.web_page import REPORT_STYLE, standing_alone
from sandbox.platform.call import Call

Test = Mapping[str, Any]
MARKS = {"pass": "✓ Passed", "fail": "✗ Failed", "warn": "! Warning", "skipped": "– Skipped"}
_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_STYLE = f"""{REPORT_STYLE}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f2f2;padding:.5rem}}
td,code{{overflow-wrap:anywhere}}.v{{white-space:nowrap;font-weight:600}}
a,summary{{color:#0645ad}}summary{{cursor:pointer}}
:focus-visible{{outline:3px solid #0645ad;outline-offset:2px}}
@media(prefers-color-scheme:dark){{pre{{background:#262626}}a,summary{{color:#9cc4ff}}
:focus-visible{{outline-color:#9cc4ff}}}}
"""


def as_junit(call: Call, test: Test) -> bytes:
    """One test case a rule; a warning passes and says so."""
    results = test["results"]
    failures = sum(result["verdict"] == "fail" for result in results)
    skipped = sum(result["verdict"] == "skipped" for result in results)
    cases = "\n".join([_case(test, result) for result in results])
    head = f'name={_attribute(test["url"])} tests="{len(results)}" failures="{failures}" skipped="{skipped}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites tests="{len(results)}" failures="{failures}">\n'
        f'<testsuite {head} errors="0" timestamp="{test["createdAt"]}" time="{_seconds(results):.3f}">\n'
        f"{cases}\n</testsuite>\n</testsuites>\n"
    ).encode()


def as_html(call: Call, test: Test) -> bytes:
    """Stands alone: no script, nothing fetched."""
    verdict = test["verdict"] or test["status"]
    rows = "\n".join([_row(result) for result in test["results"]])
    details = "\n".join([_details(result) for result in test["results"]])
    title = f"Webhook test: {verdict}"
    text = (
        f"<main><h1>{escape(title)}</h1><p>Receiver <code>{escape(test['url'])}</code>, "
        f"begun {escape(test['createdAt'])}. {escape(_counted(test['summary']))}</p>"
        "<table><caption>Verdict of each rule</caption><thead><tr>"
        '<th scope="col">Rule</th><th scope="col">Verdict</th><th scope="col">Why</th></tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table><h2>Evidence</h2>\n{details}\n</main>"
    )
    return standing_alone(title, _STYLE, text).encode()


def _case(test: Test, result: Mapping[str, Any]) -> str:
    name, why = _attribute(result["check"]), _attribute(result["reason"])
    seconds = f"{_seconds([result]):.3f}"
    inner = f"<system-out>{_text(result['reason'])}</system-out>"
    if result["verdict"] == "fail":
        inner = f'<failure message={why} type="rule">{_text(_json(result["evidence"]))}</failure>'
    elif result["verdict"] == "skipped":
        inner = f"<skipped message={why}/>"
    return f'<testcase classname="webhook-test.{test["id"]}" name={name} time="{seconds}">{inner}</testcase>'


def _row(result: Mapping[str, Any]) -> str:
    verdict, check = result["verdict"], result["check"]
    title = f'<a href="#{check}">{escape(result["title"])}</a>'
    return (
        f'<tr><th scope="row">{title}</th><td class="v {verdict}">{MARKS[verdict]}</td>'
        f"<td>{escape(result['reason'])}</td></tr>"
    )


def _details(result: Mapping[str, Any]) -> str:
    exchanges = "".join(
        [
            f"<details><summary>{escape(_line(each))}</summary>"
            f'<pre tabindex="0">{escape(_json(each))}</pre></details>'
            for each in result["evidence"]
        ]
    )
    title = f"<h3>{escape(result['title'])}</h3>"
    return f'<section id="{result["check"]}">{title}{exchanges or "<p>None.</p>"}</section>'


def _line(exchange: Mapping[str, Any]) -> str:
    answer = exchange["answer"]
    event = exchange["request"]["headers"].get("X-Webhook-Event", "")
    return f"{event} → {answer['status'] or answer['error']} in {exchange['durationMs']} ms"


def _counted(summary: Mapping[str, int] | None) -> str:
    return ", ".join(f"{count} {word}" for word, count in (summary or {}).items()) + "." if summary else ""


def _seconds(results: list[Mapping[str, Any]]) -> float:
    spent: float = sum(each["durationMs"] for result in results for each in result["evidence"])
    return spent / 1000


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_NOT_XML))


def _text(text: str) -> str:
    return escape(text.translate(_NOT_XML), quote=False)
