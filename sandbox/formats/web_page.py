"""What stands around the text of a web page: of one that stands alone, and of one that the server dresses."""

from __future__ import annotations

from html import escape

_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
{head}
</head>
<body>
{body}
</body>
</html>
"""
_ALONE = """<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline'">
<style>{style}</style>"""
_DRESS = """<link rel="icon" href="/docs/assets/console.svg" type="image/svg+xml">
{links}<link rel="stylesheet" href="/docs/assets/docs.css">"""
_HEADER = """<a class="skip" href="#main">Skip to content</a>
<header>
<a class="brand" href="/"><img src="/docs/assets/console.svg" alt="" width="24" height="24"> Event sandbox</a>
{navigation}</header>
"""
REPORT_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;
color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%;margin-top:1.5rem}caption{text-align:left;font-weight:600}
th,td{text-align:left;vertical-align:top;overflow-wrap:break-word;
padding:.4rem;border-bottom:1px solid #767676}
.pass{color:#0b5d1e}.fail,.critical{color:#a4000f}.warn,.warning{color:#6b4a00}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}
.pass{color:#8fdc9f}.fail,.critical{color:#ff9a9a}.warn,.warning{color:#ffd479}}
@media print{body{max-width:none;color:#000;background:#fff}tr,li,summary{break-inside:avoid}
h2,h3{break-after:avoid}}
"""
"""Of reports that people read, print and keep."""


def standing_alone(title: str, style: str, text: str, language: str = "en") -> str:
    """No script runs and nothing is fetched; all but the title is put in as it is."""
    head = _ALONE.format(style=style)
    return _FRAME.format(language=escape(language), title=escape(title), head=head, body=text)


def dressed(title: str, text: str, navigation: str = "", links: str = "") -> str:
    """With the name and the sheet of this server; `text` has a `main` with that id."""
    head, body = _DRESS.format(links=links), _HEADER.format(navigation=navigation) + text
    return _FRAME.format(language="en", title=f"{escape(title)} · Event sandbox", head=head, body=body)
