"""Requests that are refused: who is told by a redirect, and who has to look and click first."""

from __future__ import annotations

import pytest
from tests.core.auth.signin.bed import ON_THIS_DEVICE, SCHEME, Bed, serving
from tests.testbed.scriptless import Page

pytestmark = pytest.mark.anyio

_EVIL = "https://evil.example/docker-login"
_REFUSED: tuple[dict[str, str | None], ...] = (
    {"response_type": "x"},
    {"code_challenge": None},
    {"code_challenge": "short"},
    {"code_challenge_method": "plain"},
    {"scope": "nope Call-us-at-555"},
    {"resource": "https://other.example"},
    {"state": "x" * 5000},
)


@pytest.mark.parametrize("refused", _REFUSED, ids=lambda refused: next(iter(refused)))
async def test_no_website_gets_visitors_by_a_link_to_us_that_cannot_be_granted(
    bed: Bed, refused: dict[str, str | None]
) -> None:
    client = await bed.register(redirect_uris=[_EVIL])
    reply = await bed.authorize(client, **refused)
    assert reply.status_code == 400
    assert not {"location", "refresh"} & reply.headers.keys()
    assert "form-action 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"
    page = Page.read(reply.text)
    assert page.leads_to is None
    assert page.one("strong", class_="place").text == "evil.example"
    assert "Nobody was signed in (" in page.text
    # Whoever clicks still tells the app what was wrong with its request.
    assert str(page.one("a", class_="onward").attributes["href"]).startswith(f"{_EVIL}?error=")
    assert "555" not in page.text
    assert "signed in." not in page.one("h1").text


@pytest.mark.parametrize("place", [ON_THIS_DEVICE, f"{SCHEME}:/callback"])
async def test_apps_on_this_device_are_told_at_once(bed: Bed, place: str) -> None:
    client = await bed.register(redirect_uris=[place])
    reply = await bed.authorize(client, resource="https://other.example")
    assert reply.status_code == 302
    assert reply.headers["location"].startswith(f"{place}?error=invalid_target")


async def test_behind_https_the_page_of_our_own_is_no_strangers_website(bed: Bed) -> None:
    old, issuer = bed.provider, "https://portcall.example"
    async with serving(
        old.store, old.seal, old.accounts, clock=old._clock, scopes=("read",), issuer=issuer
    ) as secure:
        client = await secure.register()
        assert (await secure.begin(client, scope="read")).startswith("/signin?ticket=")
        assert (await secure.authorize(client, scope="read write")).status_code == 400


_ASKED = {
    "response_type": "code",
    "code_challenge": "x" * 43,
    "redirect_uri": "https://evil.example/elsewhere",
}
# A browser's, when somebody follows a link.
_PERSON = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_people_whose_app_is_not_known_are_told_what_to_do(bed: Bed) -> None:
    reply = await bed.http.get("/authorize", params={"client_id": "<b>gone", **_ASKED}, headers=_PERSON)
    assert reply.status_code == 400
    page = Page.read(reply.text)
    assert page.one("h1").text == "This app is not known here (any more)"
    assert "Start again from the app" in page.text
    assert "gone" not in reply.text
    assert page.all("a") == []
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"


async def test_a_known_app_that_would_be_somewhere_else_is_no_unknown_one(bed: Bed) -> None:
    client = await bed.register()
    for asked in ({"client_id": client.id, **_ASKED}, _ASKED, {}):
        reply = await bed.http.get("/authorize", params=asked, headers=_PERSON)
        assert reply.status_code == 400
        assert Page.read(reply.text).one("h1").text == "This link cannot be used"
        assert "evil.example" not in reply.text


@pytest.mark.parametrize("asked", [{}, {"client_id": "gone", **_ASKED}], ids=["nothing", "unknown"])
async def test_programs_that_want_json_get_it(bed: Bed, asked: dict[str, str]) -> None:
    headers = {"Accept": "application/json, */*"}
    reply = await bed.http.get("/authorize", params=asked, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"] == "invalid_request"
