"""Test cases as Arazzo documents, and the runner that plays them against a live server over HTTP."""
