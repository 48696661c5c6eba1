"""From what a handler returns to status, headers and bytes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

import orjson

from sandbox.contract.media import MEDIA
from sandbox.contract.plan import Plan
from sandbox.gateway.drawn import Drawn, DrawnPages
from sandbox.gateway.forms import Form, in_form
from sandbox.gateway.negotiation import check_accepted, form_of
from sandbox.gateway.neighbours import Place, Places
from sandbox.gateway.tailoring import is_tailored, tailored
from sandbox.gateway.versions import LATEST, as_of
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InternalError
from sandbox.kernel.replies import Page, Reply, Stream
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource

JSON = b"application/json; charset=utf-8"
Headers = list[tuple[bytes, bytes]]


class Response:
    """What goes over the wire, before the headers that every response carries."""

    __slots__ = ("body", "head", "headers", "status")

    head: bytes
    """All its headers as they go over the wire."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Streamed(Response):
    """A response whose body follows piece by piece."""

    __slots__ = ("pieces",)

    def __init__(self, status: int, headers: Headers, pieces: AsyncGenerator[bytes, None]) -> None:
        super().__init__(status, headers, b"")
        self.pieces = pieces


class Broken(Response):
    """No response, or half of one: `manner` says how the exchange ends (hang, reset, cut); one that hangs
    does so for `longest` seconds, or until its caller leaves.
    """

    __slots__ = ("longest", "manner")

    def __init__(self, status: int, headers: Headers, body: bytes, manner: str, longest: float = 0.0) -> None:
        super().__init__(status, headers, body)
        self.manner = manner
        self.longest = longest


class Renderer:
    """Renders replies by the contract; `resources` are found by the schema an operation returns, `forms`
    other than JSON, XML and CSV by the operation.
    """

    def __init__(
        self, resources: Mapping[str, Resource], forms: Mapping[str, Mapping[str, Form]] | None = None
    ) -> None:
        self._resources = dict(resources)
        self._forms = forms or {}
        self._places = Places()
        self._pages = DrawnPages()

    def render(self, call: Call, result: Any) -> Response:
        """The response; raises NotAcceptable, InvalidFieldSelection, or InternalError for a broken
        contract.
        """
        if result is None:
            return Response(call.plan.status, [], b"")
        if isinstance(result, Reply) and isinstance(result.body, bytes):
            check_accepted(call, result.media_type)
            return self.reply(call, result)
        if type(result) is Stream:
            check_accepted(call, result.media_type)
            headers = [*_encoded(result.headers), (b"content-type", result.media_type.encode())]
            return Streamed(call.plan.status, headers, result.pieces)
        form = form_of(call)
        if form == "json":
            return self._json(call, result)
        own = self._forms.get(call.plan.id, {}).get(form)
        usual = self._json(call, result) if own is None or "json" in call.plan.formats else None
        headers, body = in_form(call, form, own(call, result) if own else None, usual)
        return Response(call.plan.status, headers, body)

    def _json(self, call: Call, result: Any) -> Response:
        plan = call.plan
        if type(result) is Document:
            return self._document(call, plan.status, result, {})
        if type(result) is Page:
            return self._page(call, result)
        if isinstance(result, Reply):
            return self.reply(call, result)
        return self._plain(call, plan.status, result, {})

    def check_form(self, call: Call) -> None:
        """Raises NotAcceptable where it is known before the handler runs."""
        if MEDIA["json"] in call.plan.media_types:
            form_of(call)

    def reply(self, call: Call, reply: Reply) -> Response:
        """The response for a reply with its own status or media type."""
        status = reply.status or call.plan.status
        if isinstance(reply.body, bytes):
            headers = _encoded(reply.headers)
            headers.append((b"content-type", reply.media_type.encode() or b"application/octet-stream"))
            return Response(status, headers, reply.body)
        if reply.body is None:
            return Response(status, _encoded(reply.headers), b"")
        if isinstance(reply.body, Page):
            return self._page(call, reply.body)
        if isinstance(reply.body, Document):
            return self._document(call, status, reply.body, reply.headers)
        return self._plain(call, status, reply.body, reply.headers)

    def _document(self, call: Call, status: int, document: Document, extra: Mapping[str, str]) -> Response:
        resource = self._resources.get(call.plan.returns)
        if resource is None:
            return self._plain(call, status, document, extra)
        headers: Headers = [(b"content-type", JSON), *_encoded(extra)]
        if is_tailored(call):
            [shown] = tailored(call, self._resources, [self._shown(call, resource, document)])
            body = orjson.dumps(shown)
            headers.append((b"etag", _etag(body)))
            return Response(status, headers, body)
        body = self._body(call, resource, document)
        if "version" in document:
            headers.append((b"etag", resource.etag(document).encode()))
            if "updatedAt" in document:
                headers.append((b"last-modified", http_date(document["updatedAt"])))
        if status == 201 and resource.path:
            headers.append((b"location", resource.address(document).encode()))
        return Response(status, headers, body)

    def _body(self, call: Call, resource: Resource, document: Document) -> bytes:
        if call.version != LATEST or resource.present is not None:
            return orjson.dumps(self._shown(call, resource, document))
        try:
            return document.rendered
        except AttributeError:
            shown = resource.shown(document)
            self._check(call.plan, resource, shown)
            return resource.keep_rendered(document, shown)

    def _shown(self, call: Call, resource: Resource, document: Document) -> dict[str, Any]:
        """The representation for this caller, before anything was left out or added on request."""
        present = resource.present
        shown = resource.shown(document if present is None else present(call, document))
        return shown if call.version == LATEST else as_of(call.version, resource.schema, shown)

    def _check(self, plan: Plan, resource: Resource, value: dict[str, Any]) -> None:
        """Response validation, once per version of a document."""
        schema = plan.schemas.components.get(resource.schema)
        if schema is None:
            return
        validator = plan.schemas.validator(schema)
        if not validator.is_valid(value):
            fault = next(iter(validator.iter_errors(value)))
            raise InternalError(
                details=f"{resource.name} does not match its schema at {fault.instance_path}: {fault.message}"
            )

    def _plain(self, call: Call, status: int, result: Any, extra: Mapping[str, str]) -> Response:
        schema = call.plan.response_schema
        if schema is not None and status == call.plan.status:
            validator = call.plan.schemas.validator(schema)
            if not validator.is_valid(result):
                fault = next(iter(validator.iter_errors(result)))
                at = f"{call.plan.id} does not match its schema at {fault.instance_path}"
                raise InternalError(details=f"{at}: {fault.message}")
        if call.version != LATEST and isinstance(result, dict):
            result = as_of(call.version, call.plan.returns, result)
        body = orjson.dumps(result)
        headers: Headers = [(b"content-type", JSON), *_encoded(extra)]
        if call.plan.cache_control != "no-store":
            headers.append((b"etag", _etag(body)))
        return Response(status, headers, body)

    def _page(self, call: Call, page: Page) -> Response:
        place = self._places.of(call.path, call.raw_query, page)
        body, etag = self._page_body(call, page, place)
        headers: Headers = [(b"content-type", JSON)]
        if page.total is not None:
            headers.append((b"x-total-count", b"%d" % page.total))
        if place.header:
            headers.append((b"link", place.header))
        if call.plan.cache_control != "no-store":
            headers.append((b"etag", etag))
        return Response(call.plan.status, headers, body)

    def _page_body(self, call: Call, page: Page, place: Place) -> Drawn:
        resource = self._resources.get(call.plan.returns.removesuffix("List"))
        if resource is None or resource.present is not None or call.version != LATEST or is_tailored(call):
            return self._own_page(call, resource, page, place)
        drawn = self._pages.find(place, page.items)
        if drawn is None:
            drawn = _drawn([self._body(call, resource, item) for item in page.items], place)
            self._pages.keep(place, page.items, drawn)
        return drawn

    def _own_page(self, call: Call, resource: Resource | None, page: Page, place: Place) -> Drawn:
        """A page that only this caller gets so."""
        shown = [item if resource is None else self._shown(call, resource, item) for item in page.items]
        if is_tailored(call):
            shown = tailored(call, self._resources, shown)
        drawn = _drawn([orjson.dumps(item) for item in shown], place)
        if call.version == LATEST:
            return drawn
        body = orjson.dumps(as_of(call.version, call.plan.returns, orjson.loads(drawn[0])))
        return body, _etag(body)


def _drawn(items: list[bytes], place: Place) -> Drawn:
    body = b'{"data":[%b],"pagination":%b,"_links":%b}' % (b",".join(items), place.pagination, place.links)
    return body, _etag(body)


def _etag(body: bytes) -> bytes:
    """Strong, of what has no version."""
    return b'"%08x%x"' % (crc32(body), len(body))


def http_date(stamp: str) -> bytes:
    """An instant as HTTP writes it, to the second."""
    return _http_second(stamp[:19])


@lru_cache(4096)
def _http_second(second: str) -> bytes:
    """What is written in one second mostly shares its date."""
    return format_datetime(parse_instant(f"{second}Z"), usegmt=True).encode()


def _encoded(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
