"""Debian's Chromium without a window, driven by Playwright: it knows this computer and nothing of the internet."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright
from tests.testbed.process import require_binary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser

#: Names below ``.example`` are this computer, so that pages can be of other sites; all others do not exist.
_NAMES = "MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_FLAGS = (
    # Chromium's own sandbox needs what containers rarely give, and root never has.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # There is no other web than that of the tests, whose certificates nobody vouches for.
    "--ignore-certificate-errors",
    f"--host-resolver-rules={_NAMES}",
)


@asynccontextmanager
async def chromium(home: Path) -> AsyncIterator[Browser]:
    """Run a Chromium with an empty profile while the block lasts.

    Args:
        home: An empty folder, where it writes what it keeps outside of its profile.
    """
    program = require_binary("chromium")
    # The driver is a Node, and writes its own log of whatever DEBUG names.
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with _short_folder() as temporary:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program, args=_FLAGS, env={**kept, "HOME": str(home), "TMPDIR": temporary}
            )
            try:
                yield browser
            finally:
                await browser.close()


@contextmanager
def _short_folder() -> Iterator[str]:
    """Make a folder for a while whose path is short: a socket's, below it, may have 107 bytes in all."""
    folder = tempfile.mkdtemp(prefix="c", dir="/tmp")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
