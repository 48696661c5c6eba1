"""Links lead somewhere: what is shown is read where it says, and offers what the contract has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import sandbox.control
import sandbox.platform
from sandbox.contract.document import load
from sandbox.platform.resource import Resource
from sandbox.rooms import Rooms
from tests.conftest import Api

RESOURCES = {**Rooms(sandbox.platform).resources(), **Rooms(sandbox.control).resources()}
DOCUMENTS = [load(name) for name in ("platform", "control")]
PATHS = {path: item for document in DOCUMENTS for path, item in document["paths"].items()}
SCHEMAS = {name: one for document in DOCUMENTS for name, one in document["components"]["schemas"].items()}
ONE = re.compile(r"{\w+}")
LISTS = [
    path
    for path, item in PATHS.items()
    if not ONE.search(path) and "PageSize" in str(item.get("get", {}).get("parameters"))
]


def shape(path: str) -> str:
    """Without the names of its parameters, and without a query."""
    return ONE.sub("{}", re.split(r"\?|{\?", path)[0])


def linked(value: Any) -> Iterator[tuple[str, str]]:
    """(relation, address) of all links in an answer."""
    if isinstance(value, list):
        for each in value:
            yield from linked(each)
    elif isinstance(value, dict):
        for rel, to in value.get("_links", {}).items():
            yield rel, to["href"]
        for each in value.values():
            yield from linked(each)


class TestDeclarations:
    @pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
    def test_the_contract_has_what_they_lead_to(self, resource: Resource) -> None:
        known = {shape(path) for path in PATHS}

        assert resource.path == "" or "get" in PATHS[resource.path]
        assert [] == [path for path in resource.links.values() if shape(path) not in known]
        assert resource.withheld.keys() <= resource.links.keys()

    @pytest.mark.parametrize("name", sorted(RESOURCES.keys() & SCHEMAS.keys()))
    def test_the_schema_names_them_where_there_are_any(self, name: str) -> None:
        has_links = bool(RESOURCES[name].path or RESOURCES[name].links)

        assert ("_links" in SCHEMAS[name]["properties"]) == has_links


class TestLists:
    def test_whatever_is_read_behind_a_link_is_there(self, api: Api) -> None:
        caller = {False: api.persona("admin"), True: api.control}
        readable = {ONE.sub("[^/]+", path) for path, item in PATHS.items() if "get" in item}
        addresses = {}
        for path in LISTS:
            page = caller[path.startswith("/sandbox")].get(path, params={"pageSize": 3}).json()
            addresses |= {(path, rel): href for rel, href in linked(page) if "{" not in href}
        followed = {
            at: caller[href.startswith("/sandbox")].get(href)
            for at, href in addresses.items()
            if at[1] == "self" or any(re.fullmatch(one, href.split("?")[0]) for one in readable)
        }

        assert {} == {at: answer.text for at, answer in followed.items() if answer.status_code >= 400}
        assert len(followed) > len(LISTS)

    def test_all_there_is_at_once_has_no_other_page(self, api: Api) -> None:
        path = f"/api/v1/registrations/{api.fixture('registration.confirmed_paid')}/tickets"
        page = api.get(path).json()

        assert (page["pagination"]["mode"], page["_links"]) == ("page", {"self": {"href": path}})
