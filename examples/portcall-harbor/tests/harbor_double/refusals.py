"""How Harbor says no: ``{"errors": [{"code", "message"}]}``.

Source: goharbor/harbor src/lib/http/error.go, src/lib/errors/const.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portcall.testing import Reply


class RefusedError(Exception):
    """Ends the making of an answer with a refusal."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = error(status, code, message)


def answer(document: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON answer."""
    kind = {"Content-Type": "application/json"}
    return Reply(status=status, headers={**kind, **(headers or {})}, body=json.dumps(document).encode())


def error(status: int, code: str, message: str) -> Reply:
    """Return a refusal."""
    document: dict[str, Any] = {"errors": [{"code": code, "message": message}]}
    return answer(document, status=status)
