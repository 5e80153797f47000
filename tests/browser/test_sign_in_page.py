"""People sign in by a real browser whose scripts are off: the whole way, and every way that it may end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect
from tests.browser.app import STATE, App, SdksApp, Site
from tests.browser.conftest import PRIVATE
from tests.browser.visitor import Visitor
from tests.testbed.stdio import text_of
from tests.testbed.team_server import TeamServer, connected

pytestmark = pytest.mark.anyio

Visit = Callable[..., Awaitable[Visitor]]


async def test_person_whom_a_client_sends_to_the_page_gives_it_what_is_theirs_alone(
    server: TeamServer, site: Site, visit: Visit
):
    ada = await visit()

    async def browse(url: str) -> None:
        await ada.open(url)
        assert await ada.title() == "Sign in with Docker Hub"
        await ada.sign_in()
        await ada.page.wait_for_url(site.at("/callback?**"))

    app = SdksApp(site, browse)
    async with connected(server.mcp, auth=app.auth(server)) as client:
        answer = await client.call_tool("read_file", {"image_name": f"{PRIVATE}:1.0", "path": "/etc/motd"})
    assert "for Ada alone" in text_of(answer)
    assert await ada.title() == "All is well"


async def test_page_says_who_asks_where_it_leads_and_what_is_kept(server: TeamServer, site: Site, visit: Visit):
    app = await App.registered(server, site, name="Claude Code")
    ada = await visit()
    await ada.open(app.link)
    who = ada.page.get_by_role("region", name="Who asks")
    await expect(who).to_contain_text("Claude Code asks to use container registries as you.")
    await expect(who.get_by_role("definition")).to_contain_text(site.netloc)
    await expect(who).to_contain_text("nobody has checked it")
    whose = f"This page belongs to portcall at {server.url.partition('://')[2]}, not to Docker."
    await expect(ada.page.get_by_role("main")).to_contain_text(whose)
    kept = ada.page.get_by_role("list").get_by_role("listitem")
    await expect(kept.first).to_contain_text("This server keeps your Docker Hub user name and token")
    await expect(ada.page.get_by_role("group", name="The app may")).to_contain_text("Read")
    assert await ada.page.get_by_role("checkbox").count() == 1
    await expect(ada.page.get_by_role("checkbox", name="Write")).not_to_be_checked()


async def test_saying_no_needs_no_login_and_tells_the_app(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    await ada.deny.click()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    (told,) = app.answers
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", STATE, app.server.url)
    assert "code" not in told


async def test_app_may_do_what_was_ticked(app: App, visit: Visit):
    """By keyboard alone: Space ticks, and Enter in a field says yes."""
    ada = await visit()
    await ada.open(app.link)
    await ada.page.get_by_role("checkbox", name="Write").press("Space")
    await ada.fill()
    await ada.page.get_by_label("Access token").press("Enter")
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    (told,) = app.answers
    assert (told["state"], told["iss"]) == (STATE, app.server.url)
    assert (await app.tokens(told["code"]))["scope"].split() == ["read", "write"]


async def test_empty_form_is_not_sent(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    asked = len(ada.requests)
    await ada.allow.click()
    await expect(ada.page.get_by_label("Docker Hub user name")).to_be_focused()
    assert ada.requests[asked:] == []


async def test_wrong_token_is_announced_and_another_try_may_be_made(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    await ada.page.get_by_role("checkbox", name="Write").check()
    login = await ada.try_in_vain()
    problem = ada.page.get_by_role("alert")
    await expect(problem).to_contain_text("Docker Hub does not accept")
    name, token = ada.page.get_by_label("Docker Hub user name"), ada.page.get_by_label("Access token")
    await expect(name).to_have_value(login[0])
    await expect(token).to_have_value("")
    await expect(token).to_be_focused()
    for field in (name, token):
        await expect(field).to_have_attribute("aria-invalid", "true")
        assert "problem" in str(await field.get_attribute("aria-describedby")).split()
    await expect(ada.page.get_by_role("checkbox", name="Write")).to_be_checked()
    assert login[1] not in await ada.page.content()
    assert app.answers == []
    await ada.sign_in()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    assert "access_token" in await app.tokens(app.answers[0]["code"])


async def test_link_that_is_over_or_was_never_one_says_what_to_do(app: App, visit: Visit):
    ada = await visit()
    reply = await ada.open(f"{app.server.url}/signin?ticket=no-such-ticket")
    assert reply.status == 400
    assert await ada.title() == "This sign-in is over"
    await expect(ada.page.get_by_role("main")).to_contain_text("Go back to the app")
    assert await ada.page.locator("form").count() == 0


async def test_going_back_leads_to_no_second_code(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    await ada.sign_in()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    await ada.page.go_back()
    assert await ada.title() == "This sign-in is over"
    assert len(app.answers) == 1


async def test_reloading_the_answer_to_a_form_sends_it_again_and_gives_no_code(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    ticket = ada.page.url
    await ada.try_in_vain()
    other = await ada.another_tab()
    await other.open(ticket)
    await other.sign_in()
    await other.page.wait_for_url(f"{app.redirect_uri}?**")
    reply = await ada.page.reload()
    assert reply is not None
    assert reply.request.method == "POST"
    assert await ada.title() == "This sign-in is over"
    assert len(app.answers) == 1


async def test_form_in_two_tabs_gives_one_code(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    await ada.fill()
    other = await ada.another_tab()
    await other.open(ada.page.url)
    await other.fill()
    await asyncio.gather(ada.allow.click(), other.allow.click())
    titles = {await tab.title() for tab in (ada, other)}
    assert titles == {"All is well", "This sign-in is over"}
    assert len(app.answers) == 1


async def test_double_click_gives_one_code_which_arrives(app: App, visit: Visit):
    ada = await visit()
    await ada.open(app.link)
    await ada.fill()
    await ada.allow.dblclick()
    await ada.page.wait_for_url(f"{app.redirect_uri}?**")
    (told,) = app.answers
    assert "access_token" in await app.tokens(told["code"])


async def test_link_that_one_browser_has_opened_is_of_no_use_in_another(app: App, visit: Visit):
    """Whoever begins a sign-in and looks at it cannot have somebody else finish it."""
    mallory, ada = await visit(), await visit()
    await mallory.open(app.link)
    await ada.open(mallory.page.url)
    assert await ada.title() == "This sign-in belongs to another browser"
    assert await ada.page.locator("form").count() == 0
    await mallory.sign_in()
    await mallory.page.wait_for_url(f"{app.redirect_uri}?**")
