"""Ways in which a Quay fails, to be switched on: quirks, for ``quay.add`` and ``quay.misbehaving``.

::

    with quay.misbehaving(Outage(path="/api/v1")):
        ...  # the REST API is down, the registry is not

Every quirk of :mod:`portcall.testing.quirks` works here as well, on ``/api/v1`` too, by ``path``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.doubles.quay.refusals import page

from portcall.testing.quirks import Quirk

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirk import Context

_LISTS = ("results", "repositories", "tags", "labels", "builds")


@dataclass(frozen=True)
class HtmlInsteadOfJson(Quirk):
    """A page of the web application where JSON was due, with a good status.

    What a single-page application's server gives for what it does not know, and a captive portal for all.
    """

    status: int = 200

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        text = b"<!DOCTYPE html><html><head><title>Red Hat Quay</title></head><body></body></html>"
        spoiled = replace(reply, status=self.status, headers={}, code=None)
        return spoiled.with_body(text, "text/html; charset=utf-8")


@dataclass(frozen=True)
class MalformedRow(Quirk):
    """One line of a list is not what the others are; they are as good as ever."""

    at: int = 0
    row: Any = None  #: What stands there instead: ``None``, ``42``, ``{"name": 7}`` …

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        document = reply.document
        if reply.status != 200 or not isinstance(document, dict):
            return reply
        for name in _LISTS:
            rows = document.get(name)
            if isinstance(rows, list) and len(rows) > self.at:
                rows[self.at] = self.row
                return reply.with_body(json.dumps(document).encode())
        return reply


@dataclass(frozen=True)
class Outage(Quirk):
    """nginx stands, and nothing behind it: 502, 503 or 504 with its page."""

    status: int = 502
    retry_after: int | None = None  #: Seconds; it says none by itself, a page of planned maintenance does.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        wait = None if self.retry_after is None else str(self.retry_after)
        return page(self.status).with_headers({"Retry-After": wait})


@dataclass(frozen=True)
class TooManyRequests(Quirk):
    """429 at once, as :mod:`tests.doubles.quay.limits` gives it after a while."""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return page(429)
