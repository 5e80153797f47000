"""The documentation's site: it builds without a warning, every link leads somewhere, and it asks no other host."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT
from tests.testbed.chromium import chromium

from docs import hooks as site_hooks

DOCS = ROOT / "docs"
#: Elements that make a browser ask for something by itself, and the attributes that say for what.
_FETCHED = {"audio": "src", "embed": "src", "iframe": "src", "img": "src", "link": "href", "object": "data"}
_FETCHED |= {"script": "src", "source": "src", "video": "src"}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as portcall does."""
    return "asyncio"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it: a warning is an error, and links and anchors are checked."""
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT / "mkdocs.yml", folder)
    assert built.returncode == 0, built.stderr
    return folder


def build(configuration: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(configuration), "-d", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)


class _Fetches(HTMLParser):
    """Collects what a page makes a browser ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # Where a page belongs is told, and not fetched.
        if tag in _FETCHED and given.get("rel") not in {"canonical", "next", "prev"}:
            self.found.append(given.get(_FETCHED[tag]) or "")


def test_the_site_builds_and_every_link_and_anchor_leads_somewhere(site: Path):
    for page in DOCS.glob("**/*.md"):
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()


def test_a_link_to_nowhere_is_an_error(tmp_path: Path):
    """The settings that find it are those of the site."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[there](#nowhere) [here](nothing.md)\n")
    settings = (ROOT / "mkdocs.yml").read_text().partition("\nvalidation:")[2].partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: x\nstrict: true\nvalidation:{settings}\n")
    built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert built.returncode != 0
    assert "#nowhere" in built.stderr
    assert "nothing.md" in built.stderr


def test_no_page_fetches_anything_from_elsewhere(site: Path):
    pages = list(site.glob("**/*.html"))
    assert len(pages) > 20
    for page in pages:
        fetches = _Fetches()
        fetches.feed(page.read_text(encoding="utf-8"))
        assert any(each.endswith(".js") for each in fetches.found)
        assert [each for each in fetches.found if each.startswith(("http:", "https:", "//"))] == []
    for sheet in site.glob("**/*.css"):
        assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import[^;]*", sheet.read_text(encoding="utf-8")) == []


def test_the_site_holds_pages_and_no_sources(site: Path):
    assert [path.name for path in site.glob("**/*") if path.suffix in {".py", ".md", ".toml"}] == []


@pytest.mark.anyio
async def test_a_browser_finds_a_tool_and_asks_nobody_else(site: Path, tmp_path: Path):
    asked: list[str] = []
    with serving(site) as url:
        async with chromium(tmp_path) as browser:
            page = await browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            # As if it were typed: but whoever types before the page is ready finds nothing.
            await page.goto(f"{url}/index.html?q=get_vulnerabilities")
            found = page.locator(".md-search-result__link", has_text="get_vulnerabilities").first
            await found.wait_for()
            assert "supply-chain.html" in (await found.get_attribute("href") or "")
    assert len(asked) > 5
    assert [each for each in asked if not each.startswith((url, "blob:", "data:"))] == []


def test_a_section_of_another_file_is_what_stands_below_its_heading():
    text = "# A\n\n## The map\n\none\n\n```sh\n# no heading\n```\n\n### inner\n\n## Next\n\ntwo\n"
    assert site_hooks.section(text, "the-map") == "one\n\n```sh\n# no heading\n```\n\n### inner"


def test_a_section_that_is_gone_is_an_error():
    with pytest.raises(ValueError, match="gone"):
        site_hooks.section("# A\n", "gone")


def test_what_is_copied_from_a_session_is_its_commands(site: Path):
    """The button leaves output out; the heading of an answer is some, for all its ``#``."""
    text = (site / "tutorial.html").read_text(encoding="utf-8")
    assert '<span class="gp">$ </span>' in text
    assert '<span class="gp">#' not in text


def test_links_out_of_the_documentation_become_names(site: Path):
    """There is no public place where they would lead."""
    text = (site / "security.html").read_text(encoding="utf-8")
    assert "../tests/" not in text
    architecture = (site / "explanation" / "architecture.html").read_text(encoding="utf-8")
    assert "routing.py" in architecture
    team = (site / "how-to" / "team-server.html").read_text(encoding="utf-8")
    assert "<code>examples/deploy</code>" in team


def test_what_is_not_there_has_a_page_that_leads_home(site: Path):
    text = (site / "404.html").read_text(encoding="utf-8")
    assert '<a href="/index.html">begin at the home page</a>' in text


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
