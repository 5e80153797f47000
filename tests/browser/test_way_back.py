"""The page between yes and the app: people get to the app from it, whatever kind of app that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from tests.browser.app import STATE, App, Site
from tests.browser.conftest import SCHEME
from tests.browser.visitor import Visitor
from tests.testbed.team_server import TeamServer

pytestmark = pytest.mark.anyio

Visit = Callable[..., Awaitable[Visitor]]


async def _an_app_with_links_of_its_own(server: TeamServer, site: Site) -> App:
    return await App.registered(server, site, redirect_uri=f"{SCHEME}:/callback")


@pytest.mark.parametrize("answer", ["allow", "deny"])
async def test_browser_that_knows_no_such_app_leaves_the_page_with_the_link_there(
    answer: str, server: TeamServer, site: Site, visit: Visit
):
    app = await _an_app_with_links_of_its_own(server, site)
    ada = await visit()
    await ada.open(app.link)
    async with ada.context.expect_event("requestfailed", lambda it: it.url.startswith(SCHEME)) as tried:
        await (ada.sign_in() if answer == "allow" else ada.deny.click())
    assert await ada.title() == {"allow": "You are signed in", "deny": "You said no"}[answer]
    link = ada.page.get_by_role("link", name="Go back to the app")
    await expect(link).to_be_visible()
    assert await link.get_attribute("href") == (await tried.value).url
    assert await ada.page.get_by_role("status").is_visible()
    # To look at it again sends the form again, and gives nothing.
    await ada.page.reload()
    assert await ada.title() == "This sign-in is over"


@pytest.mark.parametrize("path", [pytest.param("/it's;a,b'c", marks=pytest.mark.slow), "/url='x';y?z='&quot;=1,2"])
async def test_people_arrive_exactly_where_the_app_waits(path: str, server: TeamServer, site: Site, visit: Visit):
    """Whatever a refresh could misread."""
    app = await App.registered(server, site, redirect_uri=site.at(path))
    ada = await visit()
    await ada.open(app.link)
    await ada.sign_in()
    await ada.page.wait_for_url(lambda url: url.startswith(site.at("/")))
    assert [asked.partition("?")[0] for asked in site.asked if "favicon" not in asked] == [path.partition("?")[0]]
    (told,) = app.answers
    assert told["state"] == STATE
    assert told.get("z") == ("'" if "z=" in path else None)
    assert "access_token" in await app.tokens(told["code"])


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_on_it_where_it_is_narrow(
    colours: str, server: TeamServer, site: Site, visit: Visit
):
    app = await _an_app_with_links_of_its_own(server, site)
    ada = await visit(scripts=True, color_scheme=colours, viewport={"width": 320, "height": 640})
    await ada.open(app.link)
    await ada.sign_in()
    await expect(ada.page.get_by_role("status")).to_be_visible()
    told: dict[str, Any] = (await Axe().run(ada.page)).response
    assert [(broken["id"], broken["nodes"]) for broken in told["violations"]] == []
    assert await ada.page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_request_that_cannot_be_granted_stays_with_us_until_somebody_clicks(
    server: TeamServer, secure_site: Site, visit: Visit
):
    app = await App.registered(server, secure_site, redirect_uri=secure_site.at("/callback", "evil.example"))
    ada = await visit()
    reply = await ada.open(app.link.replace("response_type=code", "response_type=x"))
    assert reply.status == 400
    assert await ada.title() == "This app asks for what it cannot have"
    assert secure_site.asked == []
    await ada.page.get_by_role("link", name="Go back to the app").click()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    assert app.answers[0]["error"] == "unsupported_response_type"
