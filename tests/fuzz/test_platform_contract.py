"""The platform keeps its contract, whatever it is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_server_error_and_no_breach_of_contract(faults_found: Callable[[str, str], str]) -> None:
    report = faults_found("/openapi.json", "sk_sandbox_partner_demo")
    assert not report, report
