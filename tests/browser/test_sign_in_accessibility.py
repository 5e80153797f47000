"""The page serves people who hear it, enlarge it, press keys, choose its colours: by axe-core, and beyond it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from tests.browser.app import App
from tests.browser.colours import contrast
from tests.browser.conftest import LIGHT_AND_SLOWLY_DARK, SCHEME
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.anyio

Visit = Callable[..., Awaitable[Visitor]]

_COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RULES = {"runOnly": {"type": "tag", "values": _STANDARDS}, "rules": {"target-size": {"enabled": True}}}
_WIDE = (
    "[...document.querySelectorAll('body *')].map(e => [e, e.getBoundingClientRect()])"
    ".filter(([_, box]) => box.left < -0.5 || box.right > innerWidth + 0.5)"
)
_OVERFLOW = f"{_WIDE}.map(([e, _]) => e.outerHTML.slice(0, 60))"
_EDGES = "all => all.map(e => getComputedStyle(e).borderTopColor)"
_STYLE = "(e, name) => getComputedStyle(e)[name]"


async def failed(ada: Visitor, app: App) -> None:
    """Lead somebody to the page that says what went wrong."""
    await ada.open(app.link)
    await ada.try_in_vain()


async def test_axe_finds_nothing_in_light_or_dark(app: App, visit: Visit):
    """With all that the page can show: what is asked for, and what went wrong."""
    ada = await visit(scripts=True, reduced_motion="reduce")
    await failed(ada, app)
    for colours in _COLOURS:
        await ada.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        assert await _axe(ada) == []


@pytest.mark.parametrize("colours", LIGHT_AND_SLOWLY_DARK)
async def test_axe_finds_nothing_on_all_other_pages(colours: str, app: App, visit: Visit):
    ada = await visit(scripts=True, color_scheme=colours, reduced_motion="reduce")
    await ada.open(app.link)
    assert await _axe(ada) == []
    await ada.open(f"{app.server.url}/signin?ticket=none")
    assert await _axe(ada) == []
    # No such app is here, and so the page stays that leads back to it.
    elsewhere = await App.registered(app.server, app.site, redirect_uri=f"{SCHEME}:/callback")
    await ada.open(elsewhere.link)
    await ada.sign_in()
    await ada.page.get_by_role("link", name="Go back to the app").wait_for()
    assert await _axe(ada) == []


async def test_whoever_hears_the_page_is_told_everything_in_order(app: App, visit: Visit):
    ada = await visit()
    await failed(ada, app)
    heard = await ada.page.get_by_role("main").aria_snapshot()
    order = [
        'heading "Sign in with Docker Hub" [level=1]',
        "not to Docker.",
        'region "Who asks"',
        "alert",
        "This server keeps your name and token, encrypted",
        'textbox "Docker Hub user name"',
        'textbox "Access token"',
        'group "The app may"',
        "strong: Read",
        'checkbox "Write"',
        'button "Sign in and allow"',
        'button "Deny"',
        'heading "What is kept" [level=2]',
    ]
    places = [heard.find(each) for each in order]
    assert -1 not in places, heard
    assert places == sorted(places), heard
    assert await ada.page.locator("html").get_attribute("lang") == "en"
    assert await ada.page.title() == "Sign in with Docker Hub · portcall"


async def test_fields_are_described_by_what_went_wrong_and_by_their_help(app: App, visit: Visit):
    ada = await visit()
    await failed(ada, app)
    problem = await ada.page.get_by_role("alert").inner_text()
    name, token = ada.page.get_by_label("Docker Hub user name"), ada.page.get_by_label("Access token")
    kept = await ada.page.locator("#kept").inner_text()
    await expect(name).to_have_accessible_description(f"{problem} {kept}")
    help_text = await ada.page.locator("#password-help").inner_text()
    await expect(token).to_have_accessible_description(f"{problem} {kept} {help_text}")


@pytest.mark.parametrize("colours", LIGHT_AND_SLOWLY_DARK)
async def test_tab_leads_through_the_form_in_order_and_shows_where_it_is(colours: str, app: App, visit: Visit):
    ada = await visit(color_scheme=colours)
    await ada.open(app.link)
    card = await ada.page.get_by_role("main").evaluate(_STYLE, "backgroundColor")
    stops = []
    for _ in range(6):
        await ada.page.keyboard.press("Tab")
        focused = ada.page.locator(":focus")
        stops.append(await focused.evaluate("e => e.id || e.value || e.href"))
        width, style, colour = [
            await focused.evaluate(_STYLE, f"outline{name}") for name in ("Width", "Style", "Color")
        ]
        assert (float(width.removesuffix("px")) >= 2, style) == (True, "solid"), stops
        assert contrast(colour, card) >= 3, stops
    link = "https://app.docker.com/settings/personal-access-tokens"
    assert stops == ["username", "password", link, "scope-write", "allow", "deny"]


async def test_edges_of_fields_and_buttons_can_be_seen(app: App, visit: Visit):
    """axe looks at text alone."""
    ada = await visit()
    await ada.open(app.link)
    for state in ("first", "failed"):
        for colours in _COLOURS:
            await ada.page.emulate_media(color_scheme=colours)
            card = await ada.page.get_by_role("main").evaluate(_STYLE, "backgroundColor")
            edges = await ada.page.locator("input:is([type=password], #username), button").evaluate_all(_EDGES)
            assert len(edges) == 4
            assert min(contrast(edge, card) for edge in edges) >= 3, (state, colours, edges)
        await failed(ada, app)


async def test_buttons_can_be_read_while_the_pointer_is_on_them(app: App, visit: Visit):
    ada = await visit(reduced_motion="reduce")
    await ada.open(app.link)
    card = await ada.page.get_by_role("main").evaluate(_STYLE, "backgroundColor")
    for button in (ada.allow, ada.deny):
        before = await button.evaluate(_STYLE, "backgroundColor")
        await button.hover()
        colour, ground = [await button.evaluate(_STYLE, name) for name in ("color", "backgroundColor")]
        assert ground not in {before, card}
        assert contrast(colour, ground) >= 4.5


async def test_nothing_is_cut_off_when_it_is_narrow_or_enlarged(app: App, visit: Visit):
    """Without scrolling to the side: 400 % on a desk is 320 px, 200 % is 640, and some enlarge text alone."""
    long_name = await App.registered(app.server, app.site, name="Supercalifragilistic" * 4)
    ada = await visit()
    await failed(ada, long_name)
    for width, text in ((320, 100), (640, 100), (390, 200), (1280, 200)):
        await ada.page.set_viewport_size({"width": width, "height": 640})
        await ada.page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
        assert await ada.page.evaluate(_OVERFLOW) == [], (width, text)
        assert await ada.page.evaluate("document.documentElement.scrollWidth") <= width
        cut = "e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight"
        for button in (ada.allow, ada.deny):
            assert await button.evaluate(cut) is False, (width, text)


async def test_nothing_moves_for_whoever_wants_that(app: App, visit: Visit):
    lively, calm = await visit(), await visit(reduced_motion="reduce")
    for ada, moves in ((lively, True), (calm, False)):
        await ada.open(app.link)
        times = await ada.page.evaluate(
            "[...document.querySelectorAll('*')].map(e => parseFloat(getComputedStyle(e).transitionDuration))"
        )
        assert any(times) is moves
        assert await ada.page.evaluate("document.getAnimations().length") == 0


async def test_everything_has_an_edge_in_colours_that_people_force(app: App, visit: Visit):
    ada = await visit(forced_colors="active")
    await failed(ada, app)
    # What is focused has an outline, and Chromium's own edge.
    await ada.page.evaluate("document.activeElement.blur()")
    canvas = await ada.page.locator("body").evaluate(_STYLE, "backgroundColor")
    parts = [ada.page.get_by_role("main"), ada.page.get_by_role("alert"), ada.allow, ada.deny]
    for part in (*parts, *await ada.page.get_by_role("textbox").all()):
        assert await part.evaluate(_STYLE, "borderTopStyle") in {"solid", "inset"}
        assert contrast(await part.evaluate(_STYLE, "borderTopColor"), canvas) >= 3, part
    await ada.allow.focus()
    assert await ada.allow.evaluate(_STYLE, "outlineStyle") == "solid"


async def _axe(ada: Visitor) -> list[Any]:
    """Return what breaks a rule: its name, and where."""
    told = (await Axe().run(ada.page, options=_RULES)).response
    return [(broken["id"], [node["target"] for node in broken["nodes"]]) for broken in told["violations"]]
