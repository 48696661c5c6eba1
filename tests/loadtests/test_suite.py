"""The load suite against a live server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loadtests.__main__ import main

if TYPE_CHECKING:
    from tests.conftest import Server


@pytest.mark.slow
class TestLoadSuite:
    def test_a_short_run_stays_within_its_budget(self, server: Server) -> None:
        assert main(["quick", "--seconds", "5", "--url", server.url]) == 0

    def test_a_server_that_is_not_there_ends_in_an_exit_code(self) -> None:
        assert main(["quick", "--seconds", "1", "--url", "http://127.0.0.1:9"]) == 1
