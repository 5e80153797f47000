"""Authorization requests that are refused: no website of a stranger's choice gets visitors by them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from portcall.auth.signin.frame import PAGE
from portcall.auth.signin.headers import PAGE_HEADERS
from portcall.auth.signin.way_back import Said, WayBack, way_back_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What a client may have done wrong (RFC 6749 §4.1.2.1, RFC 8707 §2), for whoever looks into it.
_ERRORS = frozenset(
    {"access_denied", "invalid_request", "invalid_scope", "invalid_target", "unsupported_response_type"}
)
_BEWARE = "Go back only if you have just connected an app there yourself."
_NOT_GIVEN = "This app asks for what it cannot have"
_NOT_NOW = Said("Signing in does not work just now", f"Try again in a moment. {_BEWARE}")


class RefusedRequests:
    """Shows a page where the SDK would send people back to a website with an error.

    Anybody may register a website, and a link that begins with our own address must not lead there before somebody
    has seen where that is. Programs on this device and apps that the operator has listed are told at once.

    Args:
        app: The SDK's endpoint for authorization.
        issuer: Our own URL, without a slash at its end.

    Source: RFC 9700 §4.11.2.
    """

    def __init__(self, app: ASGIApp, issuer: str) -> None:
        self._app = app
        self._own = f"{issuer}{PAGE}?"
        self._base = urlsplit(issuer).path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        website: str | None = None

        async def unless_website(message: Message) -> None:
            nonlocal website
            if message["type"] == "http.response.start":
                website = self._website(Headers(raw=message["headers"]).get("location", ""))
            if website is None:
                await send(message)

        await self._app(scope, receive, unless_website)
        if website is not None:
            await self._page(website)(scope, receive, send)

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
