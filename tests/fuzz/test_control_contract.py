"""The control plane keeps its contract, whatever it is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ADMIN = "sk_admin_for_this_run"


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_server_error_and_no_breach_of_contract(faults_found: Callable[[str, str], str]) -> None:
    """As the administrator, whose key no call can revoke."""
    report = faults_found("/sandbox/v1/openapi.json", ADMIN)
    assert not report, report
