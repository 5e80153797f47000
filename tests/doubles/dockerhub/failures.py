"""Ways in which a part of Docker Hub fails, switched on by ``hub.fail(part, reply)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portcall.testing.wire import Reply, json_reply

Part = Literal[
    # whole services
    "api",
    "index",
    "registry",
    "auth",
    # parts of them
    "search_v4",
    "search_v2",
    "search_v1",
    "repositories",
    "tags",
    "accounts",
    "login",
]

#: docker/cli#3587 (2022): HTTP 500 for some queries of index.docker.io.
SERVER_ERROR = json_reply({"message": "internal error", "errinfo": {}}, status=500)

#: The same, from a service that says when it will be back. No other try could be in time, so it is told at once.
LONG_OUTAGE = SERVER_ERROR.with_headers({"Retry-After": "900"})

#: Cloudflare's challenge, August 2026: docker/terraform-provider-docker#144, immich-app/devtools#1893.
CHALLENGE = Reply(
    status=403,
    headers={"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare", "cf-mitigated": "challenge"},
    body=(
        b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'
        b'<meta name="robots" content="noindex,nofollow"></head><body><noscript>Enable JavaScript and cookies '
        b"to continue</noscript></body></html>"
    ),
)

#: recorded-hub-errors.json: docker/hub-feedback#2502 (2025-11).
BLOCKED = Reply(
    status=403,
    headers={"Content-Type": "text/plain; charset=UTF-8", "Server": "cloudflare"},
    body=b"error code: 1010",
)

#: What a retired search answers: docker/roadmap#756.
EMPTY = Reply(status=200, headers={"Content-Type": "application/json"}, body=b"")


@dataclass(slots=True)
class _Failure:
    part: Part
    reply: Reply
    left: int | None


class Failures:
    """What fails at the moment; the newest failure of a part counts."""

    def __init__(self) -> None:
        self._failures: list[_Failure] = []

    def add(self, part: Part, reply: Reply, times: int | None = None) -> None:
        """Answer a part with ``reply`` from now on, so many times."""
        self._failures.append(_Failure(part, reply, times))

    def clear(self) -> None:
        """Let everything work again."""
        self._failures.clear()

    def reply_for(self, part: Part) -> Reply | None:
        """Return the failure of a part, and count it; ``None`` where the part works."""
        for failure in reversed(self._failures):
            if failure.part == part and failure.left != 0:
                failure.left = None if failure.left is None else failure.left - 1
                return failure.reply
        return None
