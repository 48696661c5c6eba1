"""The pages and documents as a visitor gets them from the whole server."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.conftest import Api

ASSET = re.compile(r'(?:href|src)="(/docs[^"]*)"')


class TestPages:
    @pytest.mark.parametrize("page", ["/docs", "/docs/errors", "/docs/errors/SLOT_HELD"])
    def test_everything_they_name_is_there_and_on_this_host(self, api: Api, page: str) -> None:
        text = api.anonymous.get(page).text
        assets = ASSET.findall(text)
        assert len(assets) >= 4
        for asset in assets:
            answer = api.anonymous.get(asset)
            assert (200, asset) == (answer.status_code, asset)
        elsewhere = text.replace(api.server.url, "")
        assert "http://" not in elsewhere
        assert "https://" not in elsewhere

    def test_the_front_page_is_the_first_that_a_newcomer_sees(self, api: Api) -> None:
        answer = api.anonymous.get("/")
        assert answer.status_code == 200
        assert "sk_sandbox_partner_demo" in answer.text
        assert 'href="/docs"' in answer.text

    @pytest.mark.parametrize("page", ["/docs", "/widgets", "/console/ws_default", "/console/ws_default/bins"])
    def test_a_slash_too_many_leads_to_the_page_all_the_same(self, api: Api, page: str) -> None:
        answer = api.anonymous.get(f"{page}/")
        assert (answer.is_redirect, answer.headers["Location"].removeprefix(api.server.url)) == (True, page)


class TestDocuments:
    @pytest.mark.parametrize("path", ["/openapi", "/sandbox/v1/openapi"])
    def test_json_and_yaml_say_the_same(self, api: Api, path: str) -> None:
        document = api.anonymous.get(f"{path}.json").json()
        assert document["openapi"] == "3.0.3"
        assert document == yaml.load(api.anonymous.get(f"{path}.yaml").text, yaml.CSafeLoader)
