"""Authorization requests that are refused: people get a page, and strangers' websites get no visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse

from portcall.auth.signin import notices
from portcall.auth.signin.frame import PAGE
from portcall.auth.signin.headers import PAGE_HEADERS
from portcall.auth.signin.way_back import Said, WayBack, way_back_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from portcall.auth.signin.notices import Notice

#: What a client may have done wrong (RFC 6749 §4.1.2.1, RFC 8707 §2), for whoever looks into it.
_ERRORS = frozenset(
    {"access_denied", "invalid_request", "invalid_scope", "invalid_target", "unsupported_response_type"}
)
_BEWARE = "Go back only if you have just connected an app there yourself."
_NOT_GIVEN = "This app asks for what it cannot have"
_NOT_NOW = Said("Signing in does not work just now", f"Try again in a moment. {_BEWARE}")


class RefusedRequests:
    """Shows a page where the SDK would send people back to a website with an error, or show them JSON.

    Anybody may register a website, and a link that begins with our own address must not lead there before somebody
    has seen where that is. Programs on this device and apps that the operator has listed are told at once.

    What leads nowhere, as from an app whose registration is over, is told as JSON to who asks for that.

    Args:
        app: The SDK's endpoint for authorization.
        issuer: Our own URL, without a slash at its end.
        find_client: Returns a registered client by its id.

    Source: RFC 9700 §4.11.2.
    """

    def __init__(self, app: ASGIApp, issuer: str, find_client: Callable[[str], Awaitable[object | None]]) -> None:
        self._app = app
        self._find_client = find_client
        self._own = f"{issuer}{PAGE}?"
        self._base = urlsplit(issuer).path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        website: str | None = None
        is_dead_end = False

        async def unless_page(message: Message) -> None:
            nonlocal website, is_dead_end
            if message["type"] == "http.response.start":
                website = self._website(Headers(raw=message["headers"]).get("location", ""))
                is_dead_end = message["status"] == 400 and not _wants_json(scope)
            if website is None and not is_dead_end:
                await send(message)

        await self._app(scope, receive, unless_page)
        if website is not None:
            await self._page(website)(scope, receive, send)
        elif is_dead_end:
            notice = await self._why(scope)
            page = notices.notice_page(notice, base=self._base)
            await HTMLResponse(page, notice.status, PAGE_HEADERS)(scope, receive, send)

    async def _why(self, scope: Scope) -> Notice:
        asked = QueryParams(scope["query_string"])
        is_unknown = "client_id" in asked and await self._find_client(asked["client_id"]) is None
        return notices.UNKNOWN_APP if is_unknown else notices.UNUSABLE_LINK

    def _website(self, location: str) -> str | None:
        is_elsewhere = urlsplit(location).scheme == "https" and not location.startswith(self._own)
        return location if is_elsewhere else None

    def _page(self, url: str) -> HTMLResponse:
        error = parse_qs(urlsplit(url).query).get("error", [""])[0]
        is_outage = error == "temporarily_unavailable"
        way = WayBack(_NOT_NOW if is_outage else _not_given(error), url, self._base, by_itself=False)
        return HTMLResponse(way_back_page(way), 503 if is_outage else 400, PAGE_HEADERS)


def _not_given(error: str) -> Said:
    # What it is called, and no more: the description may be the stranger's own words.
    name = f" ({error})" if error in _ERRORS else ""
    return Said(_NOT_GIVEN, f"Nobody was signed in{name}. {_BEWARE}")


def _wants_json(scope: Scope) -> bool:
    # Browsers never name it when they follow a link.
    return "application/json" in Headers(scope=scope).get("accept", "").lower()
