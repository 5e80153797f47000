"""The page that sends people back to the app: what it says, and that they arrive exactly where they should."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp.server.auth.provider import construct_redirect_uri
from pydantic import AnyUrl
from tests.core.auth.signin.bed import SCHEME, Bed, Registered, answered, sent_to
from tests.testbed.scriptless import Page, refresh_url

from portcall.auth.signin.redirects import fault_of
from portcall.auth.signin.way_back import NO, YES, WayBack, way_back_page

_PLACES = {
    "https://claude.ai/api/cb": "claude.ai (a website)",
    "http://127.0.0.1:1234/cb": "127.0.0.1:1234 (a program on this device)",
    f"{SCHEME}:/oauth2redirect": f"{SCHEME}: (an app on this device that opens such links)",
}


async def way_back(bed: Bed, client: Registered, **changed: str) -> Page:
    async with bed.browser() as browser:
        reply = await bed.send(browser, await bed.open(browser, await bed.begin(client)), **changed)
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert sent_to(reply).startswith(f"{client.redirect_uri}?")
    return Page.read(reply.text)


@pytest.mark.anyio
@pytest.mark.parametrize("place", _PLACES)
async def test_whoever_said_yes_is_told_so_and_where_they_go(bed: Bed, place: str) -> None:
    page = await way_back(bed, await bed.register(redirect_uris=[place]))
    told = page.one("div", role="status").text
    assert told.startswith("You are signed in")
    assert f"Going back to {_PLACES[place]}…" in told
    assert page.one("h1").text == "You are signed in"
    assert page.one("title").text.startswith("You are signed in")
    assert "You may close this window afterwards" in page.text
    assert page.one("a", class_="onward").text == "Go back to the app"


@pytest.mark.anyio
async def test_whoever_said_no_is_told_that_nothing_was_allowed(bed: Bed) -> None:
    page = await way_back(bed, await bed.register(), decision="deny")
    told = page.one("div", role="status").text
    assert told.startswith("You said no")
    assert "Nothing was allowed, and nothing is kept" in told
    assert "signed in" not in page.text


@pytest.mark.anyio
async def test_it_has_no_form_and_nothing_that_runs(bed: Bed) -> None:
    page = await way_back(bed, await bed.register())
    assert page.all("form") == page.all("script") == page.all("style") == page.all("img") == []
    assert not any(name.startswith("on") or name == "style" for e in page.elements for name in e.attributes)


@pytest.mark.anyio
async def test_to_send_the_form_again_by_reloading_gives_no_second_code(bed: Bed) -> None:
    client = await bed.register()
    path = await bed.begin(client)
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        code = answered(await bed.send(browser, page))["code"]
        reloaded, back = await bed.send(browser, page), await browser.get(path)
    for reply in (reloaded, back):
        assert reply.status_code == 400
        assert Page.read(reply.text).leads_to is None
        assert code not in reply.text
    # Nor does it end the first.
    assert (await bed.exchange(client, code)).status_code == 200


_HOSTILE = st.sampled_from(["'", '"', ";", ",", "url=", "&quot;", "&amp", "<", ">", "\n", "\t", " ", "#", "\x00"])
_STATES = st.lists(_HOSTILE | st.text(max_size=5), max_size=8).map("".join)
_STARTS = st.sampled_from(["https://client.example/", "http://[::1]:1/", "com.example.app:/", "url://x/"])
_RESTS = st.text("abc'\";,=&%/?:@!$()+~.<> ", max_size=20)


@given(_STARTS, _RESTS, _STATES)
@example("url://x/", "=';", "'\";,")
@example("https://client.example/", "a';,b?x=';,&quot;=1", "'\"")
def test_browsers_arrive_at_what_the_client_registered_with_what_it_asked_for(
    start: str, rest: str, state: str
) -> None:
    """Whatever is in a URL that may be registered, and in the state; by the refresh and by the link."""
    registered = str(AnyUrl(start + rest))
    if fault_of(registered, frozenset({"com.example.app", "url"})) is not None:
        return
    url = construct_redirect_uri(registered, code="c", state=state, iss="https://portcall.example/a'b")
    for said in (YES, NO):
        page = Page.read(way_back_page(WayBack(said, url)))
        assert page.leads_to == url
        # What a browser strips or encodes would be another URL.
        assert str(AnyUrl(url)) == url
    assert url not in repr(WayBack(YES, url))


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("0; url=https://a.example/", "https://a.example/"),
        ("0;url=https://a.example/", "https://a.example/"),
        (" 5.5.5 , URL \n=  https://a.example/;x", "https://a.example/;x"),
        ("0 https://a.example/", "https://a.example/"),
        (".5; url=x", "x"),
        ("0; url='x'y", "x"),
        ('0; "x;y"z', "x;y"),
        ("0; url='x", "x"),
        ("0; url=x'y", "x'y"),
        ("0; url'x'", "url'x'"),
        ("0; urn:x", "urn:x"),
        ("0", None),
        ("0;", None),
        ("0x; url=x", None),
        ("x; url=x", None),
        ("", None),
    ],
)
def test_our_own_browser_reads_a_refresh_as_all_do(content: str, url: str | None) -> None:
    assert refresh_url(content) == url
