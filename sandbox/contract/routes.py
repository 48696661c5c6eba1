"""Which operation a method and path mean: constant time for fixed paths, one bucket for templated ones."""

from __future__ import annotations

import re
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

T = TypeVar("T")
REMEMBERED = 2048


class Routes(Generic[T]):
    """Path templates. No literal segment may be a sibling of a parameter, so at most one template matches."""

    def __init__(self) -> None:
        self._fixed: dict[str, dict[str, T]] = {}
        self._templates: dict[
            tuple[int, str], list[tuple[re.Pattern[str], tuple[str, ...], dict[str, T]]]
        ] = {}
        self._by_template: dict[str, dict[str, T]] = {}
        self._found: dict[str, tuple[dict[str, T], dict[str, str]]] = {}

    def add(self, method: str, path: str, target: T) -> None:
        """Register one operation; `method` in capitals."""
        methods = self._by_template.get(path)
        if methods is None:
            methods = self._by_template[path] = {}
            if "{" not in path:
                self._fixed[path] = methods
            else:
                names = tuple(re.findall(r"{(\w+)}", path))
                pattern = re.compile(re.sub(r"{\w+}", "([^/]+)", path))
                self._templates.setdefault(_bucket(path), []).append((pattern, names, methods))
        methods[method] = target

    def find(self, path: str) -> tuple[dict[str, T], dict[str, str]] | None:
        """(targets by method, path parameters), or None where no such path exists.

        Remembers the paths it has found; do not change the result."""
        known = self._found.get(path)
        if known is None and (known := self._search(path)) is not None:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[path] = known
        return known

    def _search(self, path: str) -> tuple[dict[str, T], dict[str, str]] | None:
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, {}
        depth, start = _bucket(path)
        candidates = (*self._templates.get((depth, start), ()), *self._templates.get((depth, ""), ()))
        for pattern, names, found in candidates:
            match = pattern.fullmatch(path)
            if match is not None:
                return found, dict(zip(names, match.groups(), strict=True))
        return None


def _bucket(path: str) -> tuple[int, str]:
    """Depth, and the first three segments where a template has them literally."""
    parts = path.split("/", 4)
    return path.count("/"), "/".join(parts[1:4]) if "{" not in "/".join(parts[1:4]) else ""


def decoded(text: str) -> str | None:
    """A percent-decoded path, None if it is not UTF-8."""
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return None
