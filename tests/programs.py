"""Programs of the reader's machine that some tests run, where they are installed."""

import shutil

import pytest

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
