"""A server that may open no more files says so once, and goes on when it may."""

from __future__ import annotations

import resource
import urllib.request

import pytest

from tests.processes import PATIENCE, Served


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_that_there_is_no_room_is_said_once() -> None:
    served = Served()
    try:
        allowed = resource.prlimit(served.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(served.pid, resource.RLIMIT_NOFILE, (5, allowed[1]))
        served.says("no more files may be opened .* connections stay")
        resource.prlimit(served.pid, resource.RLIMIT_NOFILE, allowed)
        served.says("files may be opened again")
        assert urllib.request.urlopen(f"{served.url}/health/live", timeout=PATIENCE).status == 200
    finally:
        served.stop()
    assert len([line for line in served.output if "no more files" in line]) == 1
