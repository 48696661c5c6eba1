"""Meta: versions, the root, health."""

from __future__ import annotations

from typing import Any


def test_versions_and_root_are_public_and_cacheable(api: Any) -> None:
    versions = api.anonymous.get("/api")
    assert [version["version"] for version in versions.json()["data"]] == ["v1", "v2"]
    root = api.anonymous.get("/api/v1")
    assert (root.json()["environment"], root.headers["cache-control"]) == ("sandbox", "public, max-age=300")
    assert root.json()["_links"]["events"] == {"href": "/api/v1/events"}


def test_health(api: Any) -> None:
    assert api.anonymous.get("/health/live").json()["status"] == "pass"
    assert api.anonymous.get("/health/ready").json()["checks"]["store"] == "pass"
