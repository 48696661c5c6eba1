"""Assembles the OpenAPI documents from their parts, and AsyncAPI from them: `python -m … [--check]`."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

from sandbox.contract.asyncapi import asyncapi
from sandbox.contract.messages import add_messages
from sandbox.contract.operations import error_responses, expand
from sandbox.contract.preferences import offer_minimal
from sandbox.contract.references import drop_unused
from sandbox.contract.resources import list_schema, resource_schemas
from sandbox.kernel import errors

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCUMENTS = {
    "platform": (ROOT / "openapi.yaml", HERE / "built" / "platform.json"),
    "control": (HERE / "control.yaml", HERE / "built" / "control.json"),
    "asyncapi": (ROOT / "asyncapi.yaml", HERE / "built" / "asyncapi.json"),
}
MESSAGES = "_messages.yaml"
METHODS = ("get", "post", "put", "patch", "delete")
PART_KEYS = {"tag", "description", "resources", "schemas", "paths", "path_parameters"}
FREE_FORM = ("default", "example", "examples")
"""What stands below these keys is data, where null means something."""


class PartFault(ValueError):
    """A part says something that cannot be assembled."""


def assemble(name: str) -> dict[str, Any]:
    """One whole document, `platform` or `control`."""
    folder = HERE / name
    document: dict[str, Any] = _read(folder / "_document.yaml")
    components = _read(HERE / "common.yaml")["components"]
    components["responses"] = error_responses()
    document |= {"tags": [], "paths": {}, "components": components}
    for path in sorted(folder.glob("[a-z]*.yaml")):
        add_part(document, path)
    if (folder / MESSAGES).exists():
        add_messages(document, folder / MESSAGES)
    scopes = components["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]
    for scope in sorted(_scopes(document)):
        scopes[scope] = scope.replace(":", ", ")
    _list_schemas(document)
    _link(document["paths"])
    if name == "platform":
        offer_minimal(document)
    _allow_null(document, components["schemas"])
    drop_unused(document)
    return document


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def add_part(document: dict[str, Any], path: Path) -> None:
    """One part of a document; raises PartFault."""
    part = _read(path)
    if unknown := part.keys() - PART_KEYS:
        raise PartFault(f"{path.name}: unknown keys {sorted(unknown)}")
    if empty := list(_empty_keys(part)):
        raise PartFault(f"{path.name}: nothing is said of {', '.join(empty)}; quote text that has a comma")
    if strange := sorted(_codes(part) - errors.BY_CODE.keys()):
        raise PartFault(
            f"{path.name}: no error has the code {', '.join(strange)}; define it in the kernel first"
        )
    tag = part["tag"]
    document["tags"].append({"name": tag, "description": part["description"]})
    schemas = document["components"]["schemas"]
    for name, resource in part.get("resources", {}).items():
        _merge(schemas, resource_schemas(name, resource), path)
    _merge(schemas, part.get("schemas", {}), path)
    for url, item in part.get("paths", {}).items():
        full = {
            method: expand(url, method, item[method], tag, part.get("path_parameters", {}))
            for method in METHODS
            if method in item
        }
        _merge(document["paths"].setdefault(url, {}), full, path)


def _empty_keys(node: Any, place: str = "") -> Iterator[str]:
    """Places of keys without a value: `{description: one, two}` makes a key of what follows the comma."""
    if isinstance(node, dict):
        for key, value in node.items():
            if value is None and key != "default":
                yield f"{place}/{key}"
            elif key not in FREE_FORM:
                yield from _empty_keys(value, f"{place}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _empty_keys(value, f"{place}/{number}")


def _codes(part: dict[str, Any]) -> set[str]:
    """Of the errors that the operations of a part name."""
    operations = [
        item[method] for item in part.get("paths", {}).values() for method in METHODS if method in item
    ]
    return {code for operation in operations for code in operation.get("errors", ())}


def _merge(into: dict[str, Any], new: dict[str, Any], path: Path) -> None:
    if twice := into.keys() & new.keys():
        raise PartFault(f"{path.name}: declared before: {sorted(twice)}")
    into |= new


def _operations(paths: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (url, method, item[method]) for url, item in paths.items() for method in METHODS if method in item
    ]


def _scopes(document: dict[str, Any]) -> set[str]:
    return {
        scope
        for _, _, operation in _operations(document["paths"])
        for alternative in operation["security"]
        for scope in alternative.get("oauth2", [])
    }


def _list_schemas(document: dict[str, Any]) -> None:
    """XList of a plain schema X that an operation returns, where no part wrote it."""
    schemas = document["components"]["schemas"]
    text = orjson.dumps(document["paths"]).decode()
    for name in list(schemas):
        if f'schemas/{name}List"' in text and f"{name}List" not in schemas:
            schemas[f"{name}List"] = list_schema(name)


def _link(paths: dict[str, Any]) -> None:
    """OpenAPI links from each 201 to the operations on what it created, its transitions included."""
    for url, _, operation in _operations(paths):
        created = operation["responses"].get("201")
        if created is None:
            continue
        links: dict[str, Any] = {}
        for target, _, other in _operations(paths):
            rest = target.removeprefix(url + "/{")
            parameter, _, action = rest.partition("}")
            if rest == target or "{" in action:
                continue
            parents = {
                f"path.{p['name']}": f"$request.path.{p['name']}"
                for p in operation["parameters"]
                if p.get("in") == "path"
            }
            parameters = {f"path.{parameter}": "$response.body#/id", **parents}
            links[other["operationId"]] = {"operationId": other["operationId"], "parameters": parameters}
        if links:
            created["links"] = links


def _allow_null(node: Any, schemas: dict[str, Any]) -> None:
    """OpenAPI 3.0 knows `nullable` beside a `type` only, and a nullable enum must list null as well.

    A nullable reference is therefore written out; where no type is named, null is allowed anyway."""
    if isinstance(node, dict):
        if node.get("nullable") is True:
            _write_out(node, schemas)
        for value in node.values():
            _allow_null(value, schemas)
    elif isinstance(node, list):
        for value in node:
            _allow_null(value, schemas)


def _write_out(node: dict[str, Any], schemas: dict[str, Any]) -> None:
    if len(node.get("allOf", ())) == 1 and "$ref" in node["allOf"][0]:
        (reference,) = node.pop("allOf")
        target = copy.deepcopy(schemas[reference["$ref"].rpartition("/")[2]])
        node |= {key: value for key, value in target.items() if key not in node}
    if isinstance(node.get("enum"), list) and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]
    if "type" not in node:
        del node["nullable"]


class _Plain(yaml.CSafeDumper):
    """Writes no anchors: each place is readable by itself."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def rendered(name: str) -> tuple[str, bytes]:
    """The document as (YAML text, prebuilt JSON)."""
    document = asyncapi(assemble("platform")) if name == "asyncapi" else assemble(name)
    folder = "platform" if name == "asyncapi" else name
    head = f"# Assembled from sandbox/contract/{folder}/ by `make contract`; edit the parts, not this file.\n"
    text = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return head + text, orjson.dumps(document)


def main(arguments: list[str]) -> int:
    """Write all documents, or with --check say which file is stale."""
    stale = []
    for name, (yaml_path, json_path) in DOCUMENTS.items():
        text, prebuilt = rendered(name)
        for path, content in ((yaml_path, text.encode()), (json_path, prebuilt)):
            if "--check" in arguments:
                stale += [] if path.exists() and path.read_bytes() == content else [path]
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
    for path in stale:
        sys.stderr.write(f"stale: {path.relative_to(ROOT)}; run `make contract`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
