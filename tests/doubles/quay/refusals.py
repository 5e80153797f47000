"""The five shapes in which a Quay says no.

======================  ==========================================  ====================================
shape                   from                                        source (q:)
======================  ==========================================  ====================================
:func:`problem`         ``/api/v1``, by itself                      endpoints/exception.py
:func:`message`         ``/api/v1``, by Flask-RESTful: 400, 404     endpoints/api/tag.py, user.py
:func:`registry_error`  ``/v2``                                     endpoints/v2/errors.py
:func:`aborted`         ``/v2`` bad tokens, missing features        util/http.py (JSON, labelled HTML)
:func:`page`            nginx, and Flask's own 404 and 405          conf/nginx/*.jnj
======================  ==========================================  ====================================
"""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from portcall.testing import Reply
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.doubles.quay.accounts import Caller

    from portcall.testing import Request

ErrorType = Literal["invalid_request", "invalid_token", "insufficient_scope", "not_found", "downstream_issue"]

_NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check your spelling "
    "and try again."
)


class RefusedError(Exception):
    """Ends the making of an answer with a refusal."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def problem(request: Request, status: int, kind: ErrorType, detail: str) -> Reply:
    """Return problem JSON: ``{detail, error_message, error_type, title, type, status}``."""
    document = {
        "detail": detail,
        "error_message": detail,
        "error_type": kind,
        "title": kind,
        "type": f"{request.scheme}://{request.host}/api/v1/error/{kind}",
        "status": status,
    }
    return json_reply(document, status=status)


def unauthorized(request: Request, caller: Caller) -> Reply:
    """Return what missing and private repositories get alike: 401 for strangers, 403 for who is logged in."""
    if caller.is_anonymous:
        return problem(request, 401, "invalid_token", "Requires authentication")
    return problem(request, 403, "insufficient_scope", "Unauthorized")


def not_found(request: Request) -> Reply:
    """Return Quay's own 404."""
    return problem(request, 404, "not_found", "Not Found")


def message(status: int, text: str | Mapping[str, str] = _NOT_FOUND) -> Reply:
    """Return ``{"message": …}``."""
    return json_reply({"message": text}, status=status)


def registry_error(status: int, code: str, text: str, detail: object = None) -> Reply:
    """Return the distribution specification's form; ``detail`` is ``{}`` where there is none."""
    error = {"code": code, "detail": {} if detail is None else detail, "message": text}
    return replace(json_reply({"errors": [error]}, status=status), code=code)


def aborted(status: int, text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return ``{"error": …}``, which is JSON under the name of HTML."""
    kind = {"Content-Type": "text/html; charset=utf-8"}
    body = json.dumps({"error": text}).encode()
    return Reply(status=status, headers={**kind, **(headers or {})}, body=body)


def page(status: int) -> Reply:
    """Return nginx's own page for a status, without any further header."""
    title = f"{status} {HTTPStatus(status).phrase}"
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "<hr><center>nginx</center>",
        "</body>",
        "</html>",
        "",
    )
    return Reply(status=status, headers={"Content-Type": "text/html"}, body="\r\n".join(lines).encode())
