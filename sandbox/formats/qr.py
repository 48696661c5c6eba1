"""QR codes as SVG."""

from __future__ import annotations

import io

import segno


def svg(message: str, title: str) -> bytes:
    """Scalable, with the quiet zone that readers need, and a title for those who do not see it."""
    out = io.BytesIO()
    segno.make(message, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, xmldecl=True, title=title, light="#fff", dark="#000", nl=False
    )
    return out.getvalue()
