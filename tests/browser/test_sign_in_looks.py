"""How the page is laid out, on a desk and in a hand; with pictures, which are for people to judge.

They are in the test run's folder; ``PORTCALL_UPDATE_SNAPSHOTS=1`` writes the README's as well, with pngquant and
the font Inter, which nothing else needs (Debian: pngquant, fonts-inter).
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.browser.app import App
from tests.browser.conftest import LIGHT_AND_SLOWLY_DARK, SCHEME
from tests.browser.visitor import Visitor
from tests.testbed.process import require_binary

pytestmark = pytest.mark.anyio

Visit = Callable[..., Awaitable[Visitor]]

_PICTURE = Path(__file__).parents[2] / "docs" / "sign-in.png"
_DESK = {"width": 1280, "height": 900}
_PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("viewport", [_DESK, _PHONE], ids=["desk", "phone"])
async def test_everything_has_its_place(
    viewport: dict[str, int], colours: str, app: App, visit: Visit, tmp_path: Path
):
    ada = await visit(viewport=viewport, color_scheme=colours)
    await ada.open(app.link)
    await ada.page.screenshot(path=tmp_path / "first.png", full_page=True)
    card = await _box(ada, "main")
    assert card["x"] == pytest.approx(viewport["width"] - card["x"] - card["width"], abs=1)
    assert card["width"] <= 36 * 16
    parts = [
        await _box(ada, each)
        for each in ("h1", ".whose", ".asking", "dl", ".briefly", "#username", "#password", "fieldset", ".kept")
    ]
    below = [part["y"] for part in parts]
    assert below == sorted(below)
    assert len({round(part["x"]) for part in parts}) == 1
    allow, deny = await _box(ada, ".allow"), await _box(ada, ".deny")
    assert (allow["y"], allow["height"]) == (deny["y"], deny["height"])
    assert allow["width"] > 1.5 * deny["width"]
    assert {await ada.page.locator(each).evaluate("e => getComputedStyle(e).fontSize") for each in _FIELDS} == {
        "16px"
    }
    for part in ("#username", "#password", ".allow", ".deny"):
        assert (await _box(ada, part))["height"] >= 44
    assert allow["y"] < parts[-1]["y"]
    # Whose page it is, who asks and what is kept can be read, and both fields be seen, before anybody scrolls.
    assert parts[6]["y"] + parts[6]["height"] < viewport["height"]


#: Below 16 px, iOS enlarges the page when one is touched.
_FIELDS = ("#username", "#password")


@pytest.mark.parametrize("colours", LIGHT_AND_SLOWLY_DARK)
@pytest.mark.parametrize("viewport", [pytest.param(_DESK, marks=pytest.mark.slow), _PHONE], ids=["desk", "phone"])
async def test_what_went_wrong_is_seen_without_scrolling(
    viewport: dict[str, int], colours: str, app: App, visit: Visit, tmp_path: Path
):
    ada = await visit(viewport=viewport, color_scheme=colours)
    await ada.open(app.link)
    await ada.try_in_vain()
    await ada.page.screenshot(path=tmp_path / "failed.png", full_page=True)
    problem, name = await _box(ada, "#problem"), await _box(ada, "#username")
    assert problem["y"] + problem["height"] < name["y"] < viewport["height"]
    assert problem["y"] >= 0


@pytest.mark.parametrize("colours", LIGHT_AND_SLOWLY_DARK)
async def test_way_back_is_one_big_button(colours: str, app: App, visit: Visit, tmp_path: Path):
    elsewhere = await App.registered(app.server, app.site, redirect_uri=f"{SCHEME}:/callback")
    ada = await visit(viewport=_PHONE, color_scheme=colours)
    await ada.open(elsewhere.link)
    await ada.sign_in()
    await ada.page.get_by_role("link", name="Go back to the app").wait_for()
    await ada.page.screenshot(path=tmp_path / "back.png", full_page=True)
    title, onward = await _box(ada, "h1"), await _box(ada, ".onward")
    assert onward["height"] >= 44
    assert onward["x"] == title["x"]
    assert onward["y"] > title["y"]


async def test_buttons_are_one_above_the_other_where_there_is_no_room(app: App, visit: Visit):
    ada = await visit(viewport={"width": 320, "height": 640})
    await ada.open(app.link)
    allow, deny = await _box(ada, ".allow"), await _box(ada, ".deny")
    assert allow["y"] + allow["height"] < deny["y"]
    assert allow["width"] == deny["width"]


async def test_readmes_picture_is_sharp_and_small(app: App, visit: Visit):
    if os.environ.get("PORTCALL_UPDATE_SNAPSHOTS") == "1":
        _PICTURE.write_bytes(_with_palette(await _picture(app, visit)))
    head = _PICTURE.read_bytes()
    (width,) = struct.unpack(">I", head[16:20])
    assert width >= 1000
    assert len(head) < 150_000


async def _picture(app: App, visit: Visit) -> bytes:
    """Return the card and some ground around it, in light, at two pixels a pixel."""
    claude = await App.registered(app.server, app.site, name="Claude Code")
    ada = await visit(viewport=_DESK, color_scheme="light", device_scale_factor=2)
    await ada.open(claude.link)
    # Debian's own font for everything is far wider than those that people have on their desks.
    await ada.page.evaluate("document.documentElement.style.fontFamily = 'Inter, system-ui'")
    card = await _box(ada, "main")
    around = {"x": card["x"] - 40, "y": card["y"] - 40, "width": card["width"] + 80, "height": card["height"] + 80}
    return await ada.page.screenshot(full_page=True, clip=around)


def _with_palette(picture: bytes) -> bytes:
    """Return a PNG with no more colours than it needs, which is less than half of it."""
    command = [require_binary("pngquant"), "--speed=1", "--strip", "-"]
    return subprocess.run(command, input=picture, capture_output=True, check=True).stdout


async def _box(ada: Visitor, selector: str) -> dict[str, float]:
    box = await ada.page.locator(selector).bounding_box()
    assert box is not None
    return {name: box[name] for name in ("x", "y", "width", "height")}
