"""Which browser this is, and whether it was our own page that it sent a form from."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portcall.auth.signin.handles import key_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from portcall.seal import Seal

_NAME = "portcall-signin"
_SECONDS = 600
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


class Browsers:
    """Tells browsers apart by a cookie, and our own forms from others' by a token that goes with it.

    A ticket belongs to the browser that opened it first: nobody can have another person finish a sign-in that
    they have begun themselves and looked at. A link that nobody has opened yet can still be sent to somebody; what
    helps them is the page, which says what asks and where it leads.

    Args:
        issuer: Our own URL.
        seal: Its key makes the tokens.
    """

    def __init__(self, issuer: str, seal: Seal) -> None:
        parts = urlsplit(issuer)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"
        # With the prefix, browsers take it from this very host alone, over TLS; subdomains cannot plant one.
        self._name = f"__Host-{_NAME}" if self._secure else _NAME
        self._seal = seal

    def of(self, request: Request) -> str | None:
        """Return a browser's secret, if it has one."""
        value = request.cookies.get(self._name, "")
        return value if _VALUE.fullmatch(value) else None

    def new(self) -> str:
        """Return a secret for a browser that has none."""
        return secrets.token_urlsafe(32)

    def name_of(self, secret: str) -> str:
        """Return what tells a browser from all others, and is no secret."""
        return key_of(secret)

    def remember(self, secret: str, response: Response) -> None:
        """Have the browser keep its secret. One serves all its tabs: a second sign-in must not end the first."""
        response.set_cookie(
            self._name, secret, max_age=_SECONDS, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def token(self, secret: str, ticket: str) -> str:
        """Return what only our own page for this ticket, in this browser, can send with its form."""
        key = self._seal.derived("sign-in forms")
        return hmac.new(key, f"{secret} {ticket}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def sent_it(self, request: Request, secret: str, ticket: str, token: str) -> bool:
        """Tell whether a form was sent from our own page.

        Where the browser says where the form was (``Origin``, ``Sec-Fetch-Site``), that has to be right, too.
        """
        if request.headers.get("origin", self._origin) != self._origin:
            return False
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        given, expected = token.encode("utf-8", "surrogatepass"), self.token(secret, ticket).encode()
        return hmac.compare_digest(given, expected)
