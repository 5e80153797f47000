"""How the two services say no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from portcall.testing import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOCS = "https://docs.github.com/rest"

#: Body of what is missing, or hidden from a token: 86 bytes (oras#1128), "requested access …" (catwalk#518).
NO_ACCESS = "requested access to the resource is denied"
#: Body of bad or expired credentials (sigstore/scaffolding#127, riverui#182).
DENIED = "denied"
#: Body where a token lacks a scope; seen at pushes (#fs-71161635240), for pulls [U].
WRONG_SCOPES = "permission_denied: The token provided does not match expected scopes."


class RefusedError(Exception):
    """Ends an operation of api.github.com with an answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def registry_refusal(status: int, code: str, message: str, *, challenge: str | None = None) -> Reply:
    """Return ghcr.io's error: compact JSON and a line feed, 73 bytes for "authentication required" (data/ghcr)."""
    body = json.dumps({"errors": [{"code": code, "message": message}]}, separators=(",", ":")) + "\n"
    headers = {"Content-Type": "application/json", "Docker-Distribution-Api-Version": "registry/2.0"}
    if challenge is not None:
        headers["WWW-Authenticate"] = challenge
    return Reply(status=status, headers=headers, body=body.encode(), code=code)


def api_refusal(
    status: int,
    message: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    docs: str = _DOCS,
) -> Reply:
    """Return api.github.com's error: ``message``, ``documentation_url``, ``status`` as text (cli/cli#9606)."""
    document: dict[str, Any] = {"message": message, "documentation_url": docs, "status": str(status)}
    if errors is not None:
        document["errors"] = errors
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status=status, headers={**content_type, **(headers or {})}, body=json.dumps(document).encode())


def not_found(message: str = "Not Found") -> RefusedError:
    """Return 404: missing, or hidden."""
    return RefusedError(api_refusal(404, message))


def invalid(resource: str, field: str, code: str, message: str | None = None) -> RefusedError:
    """Return 422 in the form of gh-spec's ``validation-error``."""
    error = {"resource": resource, "field": field, "code": code}
    if message is not None:
        error["message"] = message
    return RefusedError(api_refusal(422, "Validation Failed", errors=[error]))
