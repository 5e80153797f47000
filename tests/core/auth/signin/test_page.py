"""The page: whose browser may answer it, what it says, and what nobody can make it say."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.core.auth.signin.bed import ADA, Bed, Registered, answered, sent_to, serving
from tests.doubles.dockerhub import Clock, DockerHubDouble
from tests.testbed.scriptless import Page

from portcall.auth.signin.consent import Consent, consent_page

pytestmark = pytest.mark.anyio

HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</strong></bdi></form><form action=https://evil.example>",
    "<!-- -->&lt;b&gt;&#x3c;",
    "${7*7} {{7*7}} %s {0}",
)


def title(reply: httpx.Response) -> str:
    return Page.read(reply.text).one("h1").text


# Whose browser


async def test_a_form_without_our_cookie_is_refused(bed: Bed, hub: DockerHubDouble) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser, bed.browser() as bare:
        page = await bed.open(browser, path)
        reply = await bed.send(bare, page)
    assert reply.status_code == 403
    assert "cookie" in title(reply)
    assert hub.requests == []


async def test_another_browsers_cookie_does_not_go_with_the_form(bed: Bed, hub: DockerHubDouble) -> None:
    client = await bed.register()
    path, other_path = await bed.begin(client), await bed.begin(client)
    async with bed.browser() as browser, bed.browser() as other:
        page = await bed.open(browser, path)
        await bed.open(other, other_path)
        for decision in ("allow", "deny"):
            assert (await bed.send(other, page, decision=decision)).status_code == 403
        assert hub.requests == []
        assert (await bed.send(browser, page)).status_code == 200


_ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
)


async def test_a_form_from_elsewhere_is_refused(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        for headers in _ELSEWHERE:
            for decision in ("allow", "deny"):
                assert (await bed.send(browser, page, headers=headers, decision=decision)).status_code == 403
        # A browser that says nothing of where the form was is believed by cookie and token alone.
        assert (await bed.send(browser, page, headers={})).status_code == 200


async def test_a_form_without_its_token_is_refused(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        for token in ("", "0" * 64, "é", "\x00", page.hidden["token"].upper()):
            assert (await bed.send(browser, page, token=token)).status_code == 403


async def test_a_token_of_one_ticket_is_none_for_another(bed: Bed) -> None:
    client = await bed.register()
    one, other = await bed.begin(client), await bed.begin(client)
    async with bed.browser() as browser:
        first, second = await bed.open(browser, one), await bed.open(browser, other)
        assert (await bed.send(browser, first, token=second.hidden["token"])).status_code == 403


async def test_a_ticket_belongs_to_the_browser_that_opened_it_first(bed: Bed) -> None:
    """Nobody can begin a sign-in, look at it, and have somebody else finish it."""
    path = await bed.begin(await bed.register())
    async with bed.browser() as attacker, bed.browser() as victim:
        page = await bed.open(attacker, path)
        reply = await victim.get(path)
        assert reply.status_code == 403
        assert "another browser" in title(reply)
        assert Page.read(reply.text).all("form") == []
        assert "set-cookie" not in reply.headers
        assert (await bed.send(attacker, page)).status_code == 200


async def test_of_two_browsers_that_open_a_ticket_at_once_one_gets_it(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as one, bed.browser() as other:
        replies = await asyncio.gather(one.get(path), other.get(path))
    assert sorted(reply.status_code for reply in replies) == [200, 403]


async def test_a_planted_cookie_that_is_none_of_ours_is_replaced(bed: Bed) -> None:
    """Fixation: a value that an attacker chose is not taken, unless it is as long and random as ours."""
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        for planted in ("x", "a" * 44, "é" * 43, ""):
            reply = await browser.get(path, headers={"Cookie": f"portcall-signin={planted}".encode()})
            assert reply.status_code in {200, 403}
        assert "portcall-signin" in browser.cookies
        assert len(browser.cookies["portcall-signin"]) == 43


async def test_behind_https_the_cookie_is_of_this_host_alone(bed: Bed) -> None:
    old, issuer = bed.provider, "https://portcall.example"
    same = {"clock": old._clock, "scopes": ("read", "write")}
    async with (
        serving(old.store, old.seal, old.accounts, issuer=issuer, **same) as secure,
        secure.browser() as browser,
    ):
        reply = await browser.get(await secure.begin(await secure.register()))
        cookie = reply.headers["set-cookie"]
        name, _, rest = cookie.partition("=")
        assert name == "__Host-portcall-signin"
        flags = {flag.strip().lower() for flag in rest.split(";")[1:]}
        assert flags == {"secure", "httponly", "samesite=lax", "path=/", "max-age=600"}
        assert (await secure.send(browser, Page.read(reply.text))).status_code == 200


# Tickets


async def test_a_ticket_is_good_for_one_answer(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        assert (await bed.send(browser, page)).status_code == 200
        for reply in (await bed.send(browser, page), await browser.get(path)):
            assert reply.status_code == 400
            assert Page.read(reply.text).leads_to is None


async def test_a_form_that_is_sent_many_times_at_once_gives_one_code(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        replies = await asyncio.gather(*(bed.send(browser, page) for _ in range(4)))
    assert sorted(reply.status_code for reply in replies) == [200, 400, 400, 400]


async def test_a_ticket_lasts_ten_minutes(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    unopened, path = await bed.begin(client), await bed.begin(client)
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        clock.advance(601)
        assert (await bed.send(browser, page)).status_code == 400
        assert (await browser.get(unopened)).status_code == 400


async def test_made_up_tickets_are_none(bed: Bed) -> None:
    async with bed.browser() as browser:
        for ticket in ("", "x", "x" * 43, "x" * 5000, "\x00", "<script>", "../grant"):
            reply = await browser.get("/signin", params={"ticket": ticket})
            assert reply.status_code == 400
            assert "set-cookie" not in reply.headers
            assert "script" not in reply.text


async def test_a_ticket_ends_with_the_fifth_failure(bed: Bed, hub: DockerHubDouble) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        wrong = [(await bed.send(browser, page, ("ada", "wrong-password"))).status_code for _ in range(5)]
        assert wrong == [403, 403, 403, 403, 400]
        hub.forget()
        assert (await bed.send(browser, page)).status_code == 400
    assert hub.requests == []


# What it says


async def test_it_says_who_asks_and_where_the_answer_goes(bed: Bed) -> None:
    client = await bed.register(client_name="Claude Code", redirect_uris=["https://claude.ai/api/cb"])
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client))
    assert page.one("strong", class_="name").text == "Claude Code"
    assert "nobody has checked it" in page.text
    assert page.one("strong", class_="place").text == "claude.ai"
    assert "checked" not in page.one("input", value="write").attributes
    assert "read-only access is enough" in page.text
    assert "two-factor" in page.text
    link = page.one("a")
    assert str(link.attributes["href"]).startswith("https://app.docker.com/settings")
    assert "noreferrer" in str(link.attributes["rel"])


async def test_it_says_whose_page_it_is_and_who_can_read_what_it_keeps(bed: Bed) -> None:
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(await bed.register()))
    assert page.one("p", class_="whose").text == "This page belongs to portcall at 127.0.0.1:8000, not to Docker."
    briefly = page.one("p", class_="briefly")
    assert "This server keeps your name and token, encrypted" in briefly.text
    assert "30 days from now" in briefly.text
    assert "Whoever runs it holds the key" in briefly.text
    # Before anybody types: above the fields, and heard with both of them.
    places = [page.elements.index(each) for each in (briefly, page.one("input", id="username"))]
    assert places == sorted(places)
    for name in ("username", "password"):
        described = str(page.one("input", id=name).attributes["aria-describedby"]).split()
        assert briefly.attributes["id"] in described
    assert "could read them" in page.one("section", class_="kept").text


async def test_what_every_app_may_do_is_no_box(bed: Bed) -> None:
    client = await bed.register()
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client))
        alone = await bed.open(browser, await bed.begin(client, scope="read"))
    assert page.boxes == {"scope": ["write"]}
    assert alone.all("input", type="checkbox") == []
    for shown, is_alone in ((page, False), (alone, True)):
        assert "Look at what you can see" in shown.one("fieldset").text
        assert ("always" in shown.one("fieldset").text) is not is_alone


async def test_a_client_without_a_name_is_told_as_such(bed: Bed) -> None:
    client = await bed.register(client_name="\u200b\x1b ")
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client))
    assert "does not say its name" in page.text
    assert page.all("strong", class_="name") == []


async def test_a_wrong_password_keeps_the_name_and_never_the_password(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        reply = await bed.send(browser, page, ("Ada", "dckr_pat_wrong"), scope=["write"])
    told = Page.read(reply.text)
    assert told.one("input", id="username").attributes["value"] == "Ada"
    assert "dckr_pat_wrong" not in reply.text
    assert "value" not in told.one("input", id="password").attributes
    assert "checked" in told.one("input", value="write").attributes
    assert "autofocus" not in page.one("input", id="password").attributes  # people should read who asks
    assert "autofocus" in told.one("input", id="password").attributes
    assert "autofocus" not in told.one("input", id="username").attributes
    alert = told.one("p", role="alert")
    assert alert.attributes["id"] in str(told.one("input", id="username").attributes["aria-describedby"])


async def test_a_token_in_the_wrong_field_is_not_shown_again(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        reply = await bed.send(browser, page, (ADA[1], "ada"))
    assert reply.status_code == 403
    assert ADA[1] not in reply.text


async def test_an_unknown_user_and_a_wrong_token_are_told_alike(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        told = {
            Page.read((await bed.send(browser, page, login)).text).one("p", role="alert").text
            for login in (("ada", "dckr_pat_wrong"), ("nobody-at-all", "dckr_pat_wrong"), ("a:b", "x"))
        }
    assert len(told) == 1


async def test_what_cannot_be_a_login_is_not_sent_to_docker_hub(bed: Bed, hub: DockerHubDouble) -> None:
    """By Basic authentication "ada:x" with "y" would be ada's, with "x:y": another count for the same name."""
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        for login in (("ada:x", "y"), ("ada\r\nX: y", "y"), ("ada", "a\x00b"), ("", "")):
            assert (await bed.send(browser, page, login)).status_code in {403, 400}
    assert hub.requests == []


async def test_every_page_forbids_frames_scripts_and_traces(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await browser.get(path)
        way_back = await bed.send(browser, Page.read(page.text))
        replies = [page, way_back, await browser.get(path), await browser.get("/signin/style.css")]
    for reply in replies:
        policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert "script-src" not in policy
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in reply.headers["permissions-policy"]
    assert all(reply.headers["cache-control"] == "no-store" for reply in replies[:3])
    assert replies[3].headers["content-type"].startswith("text/css")


async def test_nothing_on_the_page_runs_or_comes_from_elsewhere(bed: Bed) -> None:
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(await bed.register()))
        style = (await browser.get("/signin/style.css")).text
    assert page.all("script") == page.all("style") == page.all("img") == []
    assert not any(name.startswith("on") or name == "style" for e in page.elements for name in e.attributes)
    assert [e.attributes["href"] for e in page.all("link")] == ["/signin/style.css"]
    assert page.one("form").attributes["action"] == "/signin"
    assert "url(" not in style
    assert "@import" not in style


async def test_everything_on_the_page_has_a_label(bed: Bed) -> None:
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(await bed.register()))
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.all("main")) == 1
    labels = {e.attributes["for"] for e in page.all("label")}
    shown = [e for e in page.all("input") if e.attributes.get("type") != "hidden"]
    assert {e.attributes["id"] for e in shown} == labels
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in str(element.attributes.get("aria-describedby") or "").split():
            assert name in ids


# What nobody can make it say or do


async def test_a_clients_name_is_no_markup(bed: Bed) -> None:
    plain = await bed.register()
    async with bed.browser() as browser:
        expected = await bed.open(browser, await bed.begin(plain))
        for hostile in HOSTILE:
            client = await bed.register(client_name=hostile)
            page = await bed.open(browser, await bed.begin(client, state=hostile))
            assert page.one("strong", class_="name").text == hostile
            assert page.shape == expected.shape
            failed = Page.read((await bed.send(browser, page, (hostile, "x"))).text)
            assert failed.all("script") == failed.all("img") == []


_STATES = ("a\r\nSet-Cookie: x=y", "&code=mine#x", "é\u202e\x00", " ", "<script>", "%0d%0a")


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_a_state_comes_back_as_it_was_and_nowhere_else(bed: Bed, decision: str) -> None:
    client = await bed.register()
    async with bed.browser() as browser:
        for state in _STATES:
            page = await bed.open(browser, await bed.begin(client, state=state))
            reply = await bed.send(browser, page, decision=decision)
            where = urlsplit(sent_to(reply))
            assert (where.scheme, where.netloc, where.path) == ("https", "client.example", "/callback")
            told = parse_qs(where.query)
            assert told["state"] == [state]
            assert len(told.get("code", [])) == (decision == "allow")
            assert where.fragment == ""
            assert "set-cookie" not in reply.headers


async def test_no_field_of_the_form_changes_where_it_leads(bed: Bed) -> None:
    client = await bed.register()
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client))
        evil = "https://evil.example/"
        reply = await bed.send(browser, page, redirect_uri=evil, state="other", next=evil, client_id="x", iss=evil)
    assert sent_to(reply).startswith("https://client.example/callback?")
    assert answered(reply)["state"] == "state-1"
    assert answered(reply)["iss"] == bed.url


async def test_a_form_that_is_none_is_refused(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        assert (await browser.post("/signin", json=page.hidden)).status_code == 400
        assert (await browser.post("/signin", files={"ticket": b"x"})).status_code == 400
        assert (await bed.send(browser, page, **{f"f{n}": "x" for n in range(30)})).status_code == 400
        assert (await bed.send(browser, page, password="x" * 20_000)).status_code == 413
        assert (await bed.send(browser, page, decision="maybe")).status_code == 400
        assert (await bed.send(browser, page)).status_code == 200


async def test_a_redirect_uris_own_query_is_kept(bed: Bed) -> None:
    client = await bed.register(redirect_uris=["https://client.example/cb?tenant=a%20b&x=1"])
    async with bed.browser() as browser:
        reply = await bed.send(browser, await bed.open(browser, await bed.begin(client)))
    told = answered(reply)
    assert (told["tenant"], told["x"]) == ("a b", "1")
    assert (await bed.exchange(client, told["code"])).status_code == 200


_PLAIN = Consent(
    "Plain", "https://client.example/cb", ("read", "write"), "ticket", "token", "host", username="x", problem="x"
)


_WORDS = st.text(max_size=60) | st.sampled_from(HOSTILE)


@settings(max_examples=50)
@example(name=HOSTILE[0], username=HOSTILE[1], ticket="&quot;", place='"><b>')
@given(_WORDS, _WORDS, _WORDS, st.text(st.characters(exclude_characters="[]"), max_size=60))
def test_whatever_is_shown_is_text(name: str, username: str, ticket: str, place: str) -> None:
    consent = Consent(
        f"n{name}", f"cursor://{place}", _PLAIN.scopes, ticket, "t", "host", username=username, problem=name + "x"
    )
    page = Page.read(consent_page(consent))
    assert page.shape == Page.read(consent_page(_PLAIN)).shape
    assert page.one("input", id="username").attributes["value"] == username
    assert page.hidden["ticket"] == ticket
    assert page.one("strong", class_="name").text == f"n{name}"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_METADATA = st.fixed_dictionaries(
    {"redirect_uris": st.just(["https://client.example/callback"]) | _JSON},
    optional={
        "client_name": st.text(max_size=200) | st.sampled_from(HOSTILE) | _JSON,
        "client_uri": st.sampled_from(["javascript:alert(1)", "https://x.example"]) | _JSON,
        "logo_uri": _JSON,
        "scope": st.sampled_from(["read", "read write", "admin", ""]) | _JSON,
        "grant_types": _JSON,
        "token_endpoint_auth_method": st.sampled_from(["none", "client_secret_post", "x"]) | _JSON,
        "contacts": _JSON,
        "jwks": _JSON,
        "application_type": _JSON,
    },
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(metadata=_METADATA)
async def test_whatever_a_client_says_of_itself_is_refused_or_shown_as_text(bed: Bed, metadata: Any) -> None:
    reply = await bed.http.post("/register", content=json.dumps(metadata))
    assert reply.status_code in {201, 400}
    if reply.status_code == 400:
        return
    told = reply.json()
    async with bed.browser() as browser:
        page = await bed.open(
            browser, await bed.begin(Registered(told["client_id"], redirect_uri=told["redirect_uris"][0]))
        )
    assert [e.text for e in page.all("strong", class_="name")] == (
        [told["client_name"]] if "client_name" in told else []
    )
    plain = Consent("x" if "client_name" in told else "", "https://x.example", ("read", "write"), "t", "t", "host")
    assert page.shape == Page.read(consent_page(plain)).shape
