"""The bodies with which hub.docker.com refuses."""

from __future__ import annotations

from typing import Literal

from portcall.testing.wire import Reply, json_reply

#: How the missing is told: with what was looked for, or without. Both are on record, see :func:`missing`.
MissingStyle = Literal["httperror", "bare"]


def refusal(status: int, message: str, **errinfo: object) -> Reply:
    """Return ``{"message", "errinfo"}``, the form of hub-spec's schema ``error``."""
    return json_reply({"message": message, "errinfo": errinfo}, status=status)


def missing(style: MissingStyle, **errinfo: object) -> Reply:
    """Return the 404 of what does not exist, or is hidden from this caller: they are the same.

    ``httperror``: recorded-hub-errors.json (#fs-33247595879), on tags of a private repository. ``bare``:
    ``{"message":"object not found","errinfo":{}}``, quoted in 2026 for repositories and for tags alike
    (#fs-61233778826 of 2026-08, #fs-68335724165, #fs-70793969143).
    """
    if style == "bare":
        return refusal(404, "object not found")
    return refusal(404, "httperror 404: object not found", **errinfo)


def missing_tag(style: MissingStyle, namespace: str, repository: str, tag: str) -> Reply:
    """Return the 404 of a tag in a repository that exists: recorded-hub-errors.json (#fs-3497434479)."""
    if style == "bare":
        return refusal(404, "object not found")
    errinfo = {"namespace": namespace, "repository": repository, "tag": tag}
    return refusal(404, f"httperror 404: tag '{tag}' not found", **errinfo)


def unauthorized() -> Reply:
    """Return 401 for a wrong secret, or a bearer token that is expired, foreign or none.

    Source: #fs-69180047932 for the secret; mongodb/kingfisher#202 (2026-01) for the token.
    """
    return refusal(401, "unauthorized")


def offset_too_large() -> Reply:
    """Return the anonymous paging cap of 2026-08-11: dotCMS/core#37025, goharbor/harbor#23819."""
    return refusal(403, "pagination offset too large for anonymous requests; sign in to page further")


def page_not_found() -> Reply:
    """Return 404 for a page past the end: hub-spec has the status, the message is an [inference]."""
    return refusal(404, "page not found")


def rate_limited() -> Reply:
    """Return 429: hub-spec's example, cmliu/CF-Workers-docker.io#137."""
    return json_reply({"detail": "Rate limit exceeded", "error": False}, status=429)


def invalid_body(**errinfo: str) -> Reply:
    """Return what a login with missing fields is told: #fs-69180047932; the status is an [inference]."""
    return refusal(400, "body is invalid", **errinfo)


def invalid_ordering() -> Reply:
    """Return hub-spec's example for 400, which is the only one it has."""
    text = "Invalid ordering value"
    allowed = "name, -name, last_updated, -last_updated, pull_count, -pull_count"
    fields = {"ordering": [f"{text}. Must be one of: {allowed}"]}
    return json_reply({"fields": fields, "text": text}, status=400)
