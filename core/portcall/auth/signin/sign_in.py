"""The sign-in page over HTTP: who may open it, who may answer it, and where the answer goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from mcp.server.auth.provider import construct_redirect_uri
from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from portcall.auth.signin import notices
from portcall.auth.signin.browser import Browsers
from portcall.auth.signin.consent import Consent, consent_page
from portcall.auth.signin.frame import PAGE, STYLE
from portcall.auth.signin.headers import PAGE_HEADERS
from portcall.auth.signin.throttle import Throttle
from portcall.auth.signin.way_back import NO, YES, WayBack, way_back_page
from portcall.errors import PortcallError, UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from portcall.auth.signin.notices import Notice
    from portcall.auth.signin.provider import DockerHubProvider
    from portcall.auth.signin.tickets import Ticket
    from portcall.auth.signin.way_back import Said

_log = get_logger(__name__)

#: Bytes of a form: names, a token, and room for neither more.
_MAX_FORM = 16_384
_MAX_FIELDS = 20
#: Without ``:``, which ends the name in Basic authentication: "ada:x" with "y" would be "ada" with "x:y".
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,253}")
_SECRET = re.compile(r"[!-~]{1,1024}")
_REFUSED = (
    "Docker Hub does not accept this. It wants your user name, not an e-mail address, and a token that is active."
)
_NOT_LET_IN = (
    "Docker Hub knows you, but this Docker ID may not use this server. Whoever runs it can let it in. "
    "Or sign in with another one."
)
_WAIT = "Too many tries to sign in. Wait {minutes} before the next one."
_NO_ANSWER = (
    "Docker Hub could not be asked just now, so nobody knows whether this is right. Try again in a moment."
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A form that was sent from our own page, by the browser that the ticket belongs to."""

    handle: str = field(repr=False)
    browser: str = field(repr=False)
    ticket: Ticket
    username: str
    password: str = field(repr=False)
    scopes: frozenset[str]
    address: str

    @property
    def username_to_show(self) -> str:
        """The name as it was typed, unless it may be a token in the wrong field."""
        return "" if self.username.startswith("dckr_") or not _USERNAME.fullmatch(self.username) else self.username


class SignIn:
    """The page.

    Args:
        provider: Has the tickets, and gives the codes.
    """

    def __init__(self, provider: DockerHubProvider) -> None:
        self._provider = provider
        self._tickets = provider.tickets
        self._base = urlsplit(provider.issuer).path
        self._browsers = Browsers(provider.issuer, provider.seal)
        self._throttle = Throttle(provider.store)
        self._style = files(__package__).joinpath("style.css").read_bytes()

    @property
    def routes(self) -> list[Route]:
        """What answers, below the issuer."""
        limited = [Middleware(RequestBodyLimitMiddleware, max_body_size=_MAX_FORM)]
        return [
            Route(PAGE, self._told_of_outages(self._open), methods=["GET"]),
            Route(PAGE, self._told_of_outages(self._answer), methods=["POST"], middleware=limited),
            Route(STYLE, self._send_style, methods=["GET"]),
        ]

    def _told_of_outages(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except PortcallError as error:
                _log.warning("sign_in_page_not_served", code=error.code, reason=error.message)
                return self._notice(notices.UNAVAILABLE)

        return handle

    async def _open(self, request: Request) -> Response:
        handle = request.query_params.get("ticket", "")
        ticket = await self._tickets.find(handle)
        if ticket is None:
            return self._notice(notices.ENDED)
        browser = self._browsers.of(request) or self._browsers.new()
        if not await self._tickets.bind(handle, self._browsers.name_of(browser)):
            return self._notice(notices.ELSEWHERE)
        response = await self._consent(handle, ticket, browser)
        self._browsers.remember(browser, response)
        return response

    async def _answer(self, request: Request) -> Response:
        fields = await _fields(request)
        if fields is None:
            return self._notice(notices.UNREADABLE)
        form = dict(fields)
        handle, browser = form.get("ticket", ""), self._browsers.of(request)
        if browser is None:
            return self._notice(notices.NO_COOKIE)
        # Nobody but the browser that the ticket belongs to was ever shown this token.
        if not self._browsers.sent_it(request, browser, handle, form.get("token", "")):
            return self._notice(notices.NOT_OURS)
        ticket = await self._tickets.find(handle)
        if ticket is None:
            return self._notice(notices.ENDED)
        decision = form.get("decision")
        if decision == "deny":
            return await self._deny(handle)
        if decision != "allow":
            return self._notice(notices.UNREADABLE)
        return await self._sign_in(
            _Answer(
                handle=handle,
                browser=browser,
                ticket=ticket,
                username=form.get("username", "").strip(),
                password=form.get("password", "").strip(),
                scopes=frozenset(value for name, value in fields if name == "scope"),
                address=request.client.host if request.client else "",
            )
        )

    async def _sign_in(self, answer: _Answer) -> Response:
        attempt = await self._throttle.begin(answer.username, answer.address)
        if attempt.wait:
            minutes = "a minute" if attempt.wait <= 60 else f"{attempt.wait / 60:.0f} minutes"
            return await self._again(answer, 429, _WAIT.format(minutes=minutes), retry_after=int(attempt.wait))
        credentials = Credentials(answer.username, answer.password, source="your Docker Hub sign-in")
        try:
            name = await self._name_at_hub(credentials)
        except UnauthorizedError:
            return await self._fail(answer, _REFUSED, reason="Docker Hub refuses the login")
        except PortcallError as error:
            await self._throttle.forgive(attempt)
            _log.warning("sign_in_not_checked", code=error.code)
            return await self._again(answer, 503, _NO_ANSWER, retry_after=30)
        if not self._provider.lets_in(name):
            return await self._fail(answer, _NOT_LET_IN, reason="not let in here")
        await self._throttle.forgive(attempt)
        return await self._allow(answer, Credentials(name, answer.password, source=credentials.source))

    async def _name_at_hub(self, credentials: Credentials) -> str:
        """Return the account's name; what cannot be a name or a token is refused, as Docker Hub would do."""
        if not _USERNAME.fullmatch(credentials.username) or not _SECRET.fullmatch(credentials.secret):
            raise UnauthorizedError("no user name or token")
        return await self._provider.accounts.check(credentials)

    async def _fail(self, answer: _Answer, problem: str, *, reason: str) -> Response:
        # Without the name, which may be a token in the wrong field.
        _log.info("sign_in_refused", reason=reason, client=answer.ticket.client_id, address=answer.address)
        if await self._tickets.fail(answer.handle):
            return self._notice(notices.ENDED)
        return await self._again(answer, 403, problem)

    async def _allow(self, answer: _Answer, credentials: Credentials) -> Response:
        # Taken only now, and by one alone: a form that is sent twice gives one code.
        ticket = await self._tickets.take(answer.handle)
        if ticket is None:
            return self._notice(notices.ENDED)
        code = await self._provider.approve(ticket, credentials, answer.scopes)
        _log.info("signed_in", user=credentials.username, client=ticket.client_id)
        return self._back(YES, ticket, code=code)

    async def _deny(self, handle: str) -> Response:
        ticket = await self._tickets.take(handle)
        if ticket is None:
            return self._notice(notices.ENDED)
        return self._back(NO, ticket, error="access_denied", error_description="the person said no")

    def _back(self, said: Said, ticket: Ticket, **told: str) -> Response:
        """Return the way back to the client: to what it registered, and nowhere else."""
        url = construct_redirect_uri(ticket.redirect_uri, **told, state=ticket.state, iss=self._provider.issuer)
        return HTMLResponse(way_back_page(WayBack(said, url, self._base)), headers=PAGE_HEADERS)

    async def _again(self, answer: _Answer, status: int, problem: str, *, retry_after: int = 0) -> Response:
        response = await self._consent(
            answer.handle, answer.ticket, answer.browser, answer=answer, problem=problem
        )
        response.status_code = status
        if retry_after:
            response.headers["Retry-After"] = str(retry_after)
        return response

    async def _consent(
        self, handle: str, ticket: Ticket, browser: str, *, answer: _Answer | None = None, problem: str = ""
    ) -> Response:
        client = await self._provider.get_client(ticket.client_id)
        if client is None:
            return self._notice(notices.ENDED)
        consent = Consent(
            client_name=client.client_name or "",
            redirect_uri=ticket.redirect_uri,
            scopes=ticket.scopes,
            ticket=handle,
            token=self._browsers.token(browser, handle),
            host=urlsplit(self._provider.issuer).netloc,
            username=answer.username_to_show if answer else "",
            chosen=answer.scopes if answer else frozenset(),
            problem=problem,
            refused=problem == _REFUSED,
            base=self._base,
        )
        return HTMLResponse(consent_page(consent), headers=PAGE_HEADERS)

    def _notice(self, notice: Notice) -> Response:
        headers = {**PAGE_HEADERS, **({"Retry-After": str(notice.retry_after)} if notice.retry_after else {})}
        return HTMLResponse(notices.notice_page(notice, base=self._base), notice.status, headers)

    async def _send_style(self, _request: Request) -> Response:
        headers = {**PAGE_HEADERS, "Cache-Control": "public, max-age=3600"}
        return Response(self._style, media_type="text/css", headers=headers)


async def _fields(request: Request) -> list[tuple[str, str]] | None:
    """Return a form's fields; ``None`` where it is none, or has more than ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return parse_qsl(body, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
