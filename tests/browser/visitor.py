"""A person at a browser, and all that the browser did for them."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.browser.app import PATIENCE
from tests.doubles.dockerhub import DEFAULT_SECRETS

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page, Response

ADA = ("ada", DEFAULT_SECRETS["ada, by token"])
#: Tells a violation of the policy where a test can read it; runs before any page's own.
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


@dataclass
class Visitor:
    """A person.

    Attributes:
        context: Their browser, without cookies at first.
        page: The tab that they look at.
        complaints: What the browser wrote to its console, and errors of pages.
        requests: Every URL that it asked for.
    """

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @classmethod
    async def at(cls, context: BrowserContext) -> Self:
        """Return a person with an empty tab."""
        context.set_default_timeout(PATIENCE * 1000)
        await context.add_init_script(_LISTEN)
        visitor = cls(context, await context.new_page())
        context.on("console", lambda message: visitor.complaints.append(message.text))
        context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
        context.on("request", lambda request: visitor.requests.append(request.url))
        return visitor

    async def another_tab(self) -> Self:
        """Return the same person at a further tab; only what the first one does is noted."""
        return type(self)(self.context, await self.context.new_page())

    async def open(self, url: str) -> Response:
        """Follow a link in the tab."""
        response = await self.page.goto(url)
        assert response is not None
        return response

    async def fill(self, login: tuple[str, str] = ADA) -> None:
        """Write a user name and a token into the form."""
        await self.page.get_by_label("Docker Hub user name").fill(login[0])
        await self.page.get_by_label("Access token").fill(login[1])

    @property
    def allow(self) -> Locator:
        """The button that says yes."""
        return self.page.get_by_role("button", name="Sign in and allow")

    @property
    def deny(self) -> Locator:
        """The button that says no."""
        return self.page.get_by_role("button", name="Deny")

    async def sign_in(self, login: tuple[str, str] = ADA) -> None:
        """Fill in the form and say yes."""
        await self.fill(login)
        await self.allow.click(no_wait_after=True)

    async def try_in_vain(self) -> tuple[str, str]:
        """Fill in a login that there is not; return it once the page is there again, and says so."""
        # Another name each time: failures with one are counted.
        login = (f"nobody-{secrets.token_hex(4)}", "dckr_pat_of_somebody_else")
        await self.sign_in(login)
        await self.page.get_by_role("alert").wait_for()
        return login

    async def title(self) -> str:
        """Return the headline."""
        return await self.page.get_by_role("heading", level=1).inner_text()

    async def violations(self) -> list[str]:
        """Return where the page broke its own policy; needs scripts."""
        told: list[str] = await self.page.evaluate("window.violations")
        return told

    async def violated(self, count: int = 1) -> list[str]:
        """Return where the page broke its own policy, once it did so that often; needs scripts.

        Asked again and again from here: Playwright waits in the page by ``eval``, which the policy forbids.
        """
        end = time.monotonic() + PATIENCE
        while len(told := await self.violations()) < count:
            assert time.monotonic() < end, told
            await asyncio.sleep(0.01)
        return told

    @property
    def origins(self) -> set[str]:
        """Whom the browser asked for anything."""
        return {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, self.requests)}
