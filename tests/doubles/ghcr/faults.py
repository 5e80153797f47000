"""What goes wrong at GitHub, for ``registry.add(…)`` and ``api.add(…)``; more: :mod:`portcall.testing.quirks`.

HTML instead of JSON is ``quirks.HtmlPage()``, half an answer ``quirks.CutBody()``, silence ``quirks.Stall()``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.doubles.ghcr.refusals import api_refusal

from portcall.testing import Reply, Request
from portcall.testing.quirk import Context, Quirk

_PAGE = b"<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>"
_LISTS = ("items", "tree", "tags")


@dataclass(frozen=True)
class Outage(Quirk):
    """A 5xx with GitHub's HTML page, whatever was asked."""

    status: int = 503
    retry_after: int | None = None  #: Seconds; the page of planned maintenance says them.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        wait = None if self.retry_after is None else str(self.retry_after)
        page = Reply(status=self.status, headers={"Content-Type": "text/html; charset=utf-8"}, body=_PAGE)
        return page.with_headers({"Retry-After": wait})


@dataclass(frozen=True)
class SecondaryLimit(Quirk):
    """Too much at once: 403 or 429, with ``retry-after`` or without, though something remains.

    Source: gh-rate; the words, #fs-71226519072.
    """

    status: int = 403
    retry_after: int | None = 60  #: Seconds.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        docs = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        limits = {name: value for name, value in reply.headers.items() if name.startswith("x-ratelimit")}
        wait = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return api_refusal(self.status, message, headers={**limits, **wait}, docs=docs)


@dataclass(frozen=True)
class ShortPage(Quirk):
    """A page has fewer rows than were asked for, though others are behind it.

    Source: docs.github.com, "Using pagination in the REST API": the ``Link`` header tells whether a list goes on,
    and nothing else does.

    Args:
        rows: How many are left.
        page: Which one.
    """

    rows: int = 0
    page: int = 1

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        document = reply.document
        rows = _rows_of(document)
        if request.parameter("page") != str(self.page) or reply.status != 200 or rows is None:
            return reply
        del rows[self.rows :]
        return reply.with_body(json.dumps(document).encode())


@dataclass(frozen=True)
class MalformedRow(Quirk):
    """One row of a list is not what it should be: packages, versions, results, entries, tags.

    Args:
        row: What stands there instead.
        at: Which row.
    """

    row: object = None
    at: int = 0

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        document = reply.document
        rows = _rows_of(document)
        if reply.status != 200 or rows is None or len(rows) <= self.at:
            return reply
        rows[self.at] = self.row
        return reply.with_body(json.dumps(document).encode())


def _rows_of(document: Any) -> list[Any] | None:
    if isinstance(document, dict):
        document = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), None)
    return document if isinstance(document, list) else None
