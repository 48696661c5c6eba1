"""From the short form of an operation, as the parts write it, to plain OpenAPI 3.0.3."""

from __future__ import annotations

import re
from typing import Any

from sandbox.contract.media import content, offered, with_parameter
from sandbox.kernel import errors

Operation = dict[str, Any]

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SHORT = (
    "scopes",
    "pagination",
    "sorts",
    "expands",
    "body",
    "bodies",
    "returns",
    "produces",
    "formats",
    "status",
    "errors",
    "cache",
    "idempotency",
)
PAGINATION = {"P": ("Page", "PageSize"), "L": ("Limit", "Offset"), "C": ("Cursor", "PageSize")}
REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    402: "PaymentRequired",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    422: "UnprocessableContent",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    500: "InternalServerError",
    501: "NotImplemented",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


def expand(path: str, method: str, short: Operation, tag: str, path_parameters: dict[str, Any]) -> Operation:
    """The full operation; unknown short keys are left as they are, so plain OpenAPI can be mixed in."""
    full: Operation = {
        "operationId": short["operationId"],
        "tags": [tag],
        "summary": short["summary"],
        "description": _description(short),
        "security": _security(short["scopes"]),
        "parameters": _parameters(path, method, short, path_parameters),
    }
    if body := _request_body(short):
        full["requestBody"] = body
    full["responses"] = _responses(path, method, short)
    full["x-cache-control"] = short.get("cache", "no-store")
    full["x-idempotency"] = short.get("idempotency", "safe" if method == "get" else "no")
    if short.get("pagination"):
        full["x-pagination"] = short["pagination"]
        full["x-sorts"] = [str(sort) for sort in short.get("sorts", [])]
    if short.get("expands"):
        full["x-expands"] = short["expands"]
    if formats := short.get("formats"):
        full["x-formats"] = offered(formats, "returns" in short)
    if short.get("errors"):
        full["x-errors"] = short["errors"]
    extra = {k: v for k, v in short.items() if k not in SHORT and k not in full}
    return {**full, **extra}


def error_responses() -> dict[str, Any]:
    """components/responses: one entry per status that an error can have."""
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}},
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    }
    headers = {
        "X-Correlation-ID": {"$ref": "#/components/headers/CorrelationId"},
        "Content-Language": {"$ref": "#/components/headers/ContentLanguage"},
    }
    retry = {**headers, "Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return {
        name: {
            "description": re.sub("(?<!^)([A-Z])", r" \1", name).capitalize() + ".",
            "headers": retry if status in (429, 503) else headers,
            "content": content,
        }
        for status, name in REASONS.items()
    }


def _description(short: Operation) -> str:
    text: str = short.get("description", short["summary"] + ".")
    if codes := short.get("errors"):
        text = f"{text.strip()} Fails with {', '.join(f'`{code}`' for code in codes)}."
    return text


def _security(scopes: str) -> list[dict[str, list[str]]]:
    if scopes == "-":
        return []
    if scopes == "opt":
        return [{"apiKey": []}, {"oauth2": []}, {}]
    return [{"apiKey": []}, {"oauth2": [] if scopes == "auth" else scopes.split()}]


def _parameters(path: str, method: str, short: Operation, known: dict[str, Any]) -> list[Any]:
    parameters: list[Any] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            **known.get(name, {"schema": {"type": "string", "pattern": UUID}}),
        }
        for name in re.findall(r"{(\w+)}", path)
    ]
    modes = short.get("pagination", "")
    names = dict.fromkeys(name for mode in modes for name in PAGINATION[mode])
    if modes:
        names["Fields"] = None
    if method in ("put", "patch", "delete"):
        names["IfMatch"] = None
    elif method == "get" and short.get("cache", "no-store") != "no-store":
        names["IfNoneMatch"] = None
    if short.get("idempotency") == "key!":
        names["RequiredIdempotencyKey"] = None
    elif short.get("idempotency") == "key":
        names["IdempotencyKey"] = None
    names["ApiVersion"] = names["CorrelationId"] = None
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if sorts := short.get("sorts"):
        parameters.append(_sort_parameter(sorts))
    if expands := short.get("expands"):
        parameters.append(_expand_parameter(list(expands)))
    several = bool(modes) and path.startswith("/api/")
    parameters += [_of_several(each) if several else each for each in short.get("parameters", [])]
    return with_parameter(parameters, offered(short.get("formats", []), "returns" in short))


def _of_several(parameter: dict[str, Any]) -> dict[str, Any]:
    """A filter by one of a few known words takes some of them, too: `status=draft,cancelled`."""
    words = parameter.get("schema", {}).get("enum")
    if words is None or parameter["name"] == "format":
        return parameter
    some = {"type": "array", "maxItems": len(words), "items": parameter["schema"]}
    return {**parameter, "explode": False, "schema": some}


def _expand_parameter(names: list[str]) -> dict[str, Any]:
    return {
        "name": "expand",
        "in": "query",
        "description": f"Related resources to include, comma-separated: {', '.join(names)}.",
        "schema": {"type": "string", "maxLength": 200, "example": names[0]},
    }


def _sort_parameter(sorts: list[str]) -> dict[str, Any]:
    names = "|".join(sort.removeprefix("-") for sort in sorts)
    return {
        "name": "sort",
        "in": "query",
        "description": f"Order; `-` before a member turns it round. Default: `{sorts[0]}`.",
        "schema": {"type": "string", "maxLength": 200, "example": sorts[0], "x-sorts": names.split("|")},
    }


def _request_body(short: Operation) -> dict[str, Any] | None:
    if "requestBody" in short:
        return dict(short["requestBody"])
    if "body" not in short:
        return None
    content = {"application/json": {"schema": _ref(short["body"])}}
    if str(short["body"]).endswith("Patch"):
        content["application/merge-patch+json"] = content["application/json"]
    return {"required": True, "content": content}


def _responses(path: str, method: str, short: Operation) -> dict[str, Any]:
    answers = short.get("returns") or short.get("produces") or short.get("formats")
    status = int(short.get("status", 200 if answers else 204))
    responses: dict[str, Any] = {str(status): _success(status, short)}
    if method == "get" and short.get("cache", "no-store") != "no-store":
        responses["304"] = {"description": "Unchanged."}
    statuses = (
        {400, 401, 403, 406, 429, 500, 503} if short["scopes"] != "-" else {400, 401, 406, 429, 500, 503}
    )
    statuses |= {errors.BY_CODE[code].status for code in short.get("errors", [])}
    if "{" in path:
        statuses.add(404)
    if path.startswith("/api/v1/"):
        statuses.add(410)  # any operation may be retired
    if "body" in short or "requestBody" in short:
        statuses |= {408, 413, 415}
    if short.get("idempotency") in ("key", "key!"):
        statuses |= {409, 422}
    if method in ("put", "patch", "delete"):
        statuses.add(412)
    for code in sorted(statuses - {0}):
        responses[str(code)] = {"$ref": f"#/components/responses/{REASONS[code]}"}
    return {**responses, **short.get("responses", {})}


def _success(status: int, short: Operation) -> dict[str, Any]:
    names = {"X-Correlation-ID": "CorrelationId", "X-RateLimit-Limit": "RateLimitLimit"}
    names |= {"X-RateLimit-Remaining": "RateLimitRemaining", "X-RateLimit-Reset": "RateLimitReset"}
    if short.get("pagination"):
        names |= {"Link": "Link", "X-Total-Count": "TotalCount"}
    if status in (201, 202):
        names["Location"] = "Location"
    if status == 202:
        names["Retry-After"] = "RetryAfter"
    if short.get("cache", "no-store") != "no-store" or status == 201:
        names["ETag"] = "ETag"
    headers = {header: {"$ref": f"#/components/headers/{name}"} for header, name in names.items()}
    response: dict[str, Any] = {
        "description": short.get("success", short["summary"] + "."),
        "headers": headers,
    }
    if produces := short.get("produces"):
        response["content"] = {media: {"schema": schema} for media, schema in produces.items()}
    if returns := short.get("returns"):
        response.setdefault("content", {})["application/json"] = {"schema": _ref(returns)}
    if formats := short.get("formats"):
        response.setdefault("content", {}).update(content(formats))
    return response


def _ref(name: str | dict[str, Any]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"} if isinstance(name, str) else name
