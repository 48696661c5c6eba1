"""Why a command could not do its work: nobody answered, or the answer was no."""

from __future__ import annotations

from typing import Any


class Unreachable(Exception):
    """No answer came."""


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int, error: dict[str, Any], retry_after: int = 0) -> None:
        self.status = status
        self.retry_after = retry_after
        """Seconds after which the same call may be allowed; 0 if nobody said."""
        self.code = str(error.get("code", ""))
        parts = [error.get("message") or f"the server answered {status}", error.get("details")]
        where = f" ({error['target']})" if error.get("target") else ""
        text = ": ".join(str(part).rstrip(".") for part in parts if part)
        super().__init__(f"{status} {self.code}{where}: {text}".replace(" :", ":"))
        self.advice = ADVICE.get(self.code, "")


ADVICE = {
    "AUTHENTICATION_REQUIRED": "Give an API key with --api-key or SANDBOX_API_KEY.",
    "INVALID_API_KEY": "Check SANDBOX_API_KEY; `sandbox credentials list` shows what there is.",
    "INSUFFICIENT_SCOPE": "This credential may not do that; use one with the scope that the message names.",
    "WORKSPACE_ACCESS_DENIED": "Only a specialist or administrator may act in another workspace.",
}
