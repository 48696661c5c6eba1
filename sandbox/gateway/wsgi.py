"""Partner mocks are WSGI applications: called in the thread of the event loop, between two ASGI messages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from flask import Flask
from flask.sessions import SessionInterface

from sandbox.gateway.response import Headers, Response
from sandbox.gateway.visit import Visit
from sandbox.kernel.errors import EndpointNotFound
from sandbox.kernel.partner import Partner

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

WORKSPACE, CORRELATION, DELAY = "sandbox.workspace", "sandbox.correlation_id", "sandbox.delay"
"""Keys of the environment; a mock that plays a slow partner leaves seconds under the last one."""

_FIXED: Environ = {
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
_variables: dict[str, str] = {}


class _NoSession(SessionInterface):
    """Mocks keep their state in the workspace."""

    def open_session(self, app: Flask, request: Any) -> Any:
        return self.make_null_session(app)

    def is_null_session(self, obj: object) -> bool:
        return True


class PartnerSurface:
    """Serves /mocks/<partner>/… by the blueprint of the partner."""

    def __init__(self, partners: Iterable[Partner]) -> None:
        self._applications = {partner.name: partner_application(partner) for partner in partners}

    async def __call__(self, visit: Visit) -> Response:
        """The partner's answer; raises EndpointNotFound for a partner that is not installed."""
        _, mount, name, *rest = *visit.path.split("/", 3), ""
        application = self._applications.get(name)
        if application is None:
            known = ", ".join(self._applications) or "none"
            raise EndpointNotFound(details=f"there is no partner {name[:60]!r}; installed: {known}")
        script = f"/w/{visit.prefixed}/{mount}/{name}" if visit.prefixed else f"/{mount}/{name}"
        environ = environ_of(visit, script, "/" + "".join(rest))
        response = run(application.wsgi_app, environ)
        if delay := environ.get(DELAY):
            await asyncio.sleep(delay)
        return response


def partner_application(partner: Partner) -> Flask:
    """A Flask application that holds nothing but the partner."""
    application = Flask(partner.name, static_folder=None, template_folder=None)
    application.session_interface = _NoSession()
    application.register_blueprint(partner.blueprint)
    return application


def environ_of(visit: Visit, script: str, path: str) -> Environ:
    """The WSGI environment of a visit."""
    headers = visit.text_headers
    host, _, port = headers.get("host", "127.0.0.1").partition(":")
    environ: Environ = {
        **_FIXED,
        "REQUEST_METHOD": visit.method,
        "SCRIPT_NAME": script,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": visit.raw_query.decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "REMOTE_ADDR": visit.client_ip,
        "CONTENT_LENGTH": str(len(visit.body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(visit.body),
        WORKSPACE: visit.workspace,
        CORRELATION: visit.correlation_id,
    }
    for name, value in headers.items():
        if name not in ("content-length", "transfer-encoding"):
            environ[_variables.get(name) or _variable(name)] = value
    return environ


def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    variable = variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"
    if len(_variables) < 1000:
        _variables[name] = variable
    return variable


def run(application: WsgiApplication, environ: Environ) -> Response:
    """Call the application and collect its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], failure: Any = None
    ) -> Callable[[bytes], None]:
        if failure is not None and started:
            started.clear()
        started.append((status, headers))
        return written.append

    chunks = application(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, pairs = started[-1]
    return Response(int(status[:3]), _encoded(pairs), b"".join(written))


def _encoded(pairs: Iterable[tuple[str, str]]) -> Headers:
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in pairs
        if name.lower() != "content-length"
    ]
