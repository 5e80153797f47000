"""A browser without scripts: reads pages as browsers do, fills in their form, and goes where they lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 20
_VOID = frozenset({"input", "link", "meta"})
#: What HTML counts as a space, and no more.
_SPACES = " \t\n\f\r"
_TIME = re.compile(r"[0-9]+|(?=\.)")


@dataclass
class Element:
    """An element, with the text that is in it and in all below."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A document, parsed; every element that was opened was closed in its turn."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []

    @classmethod
    def read(cls, html: str) -> Page:
        """Return a document."""
        page = cls()
        page.feed(html)
        page.close()
        assert page._open == []
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute is there twice"
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for element in self._open:
            element.text += data

    def all(self, name: str, **attributes: str) -> list[Element]:
        """Return the elements of a name that have these attributes."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}.items()
        return [e for e in self.elements if e.name == name and wanted <= e.attributes.items()]

    def one(self, name: str, **attributes: str) -> Element:
        """Return the only such element."""
        (found,) = self.all(name, **attributes)
        return found

    @property
    def hidden(self) -> dict[str, str]:
        """What the form sends along."""
        fields = self.all("input", type="hidden")
        return {str(each.attributes["name"]): str(each.attributes["value"]) for each in fields}

    @property
    def boxes(self) -> dict[str, list[str]]:
        """All that may be ticked."""
        boxes: dict[str, list[str]] = {}
        for each in self.all("input", type="checkbox"):
            if "disabled" not in each.attributes:
                boxes.setdefault(str(each.attributes["name"]), []).append(str(each.attributes["value"]))
        return boxes

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Which elements there are, with which attributes, whatever they say."""
        return [(element.name, tuple(element.attributes)) for element in self.elements]

    @property
    def leads_to(self) -> str | None:
        """Where the page sends the browser by itself; its link leads to the very same place."""
        refreshes = self.all("meta", http_equiv="refresh")
        if not refreshes:
            return None
        (refresh,) = refreshes
        url = refresh_url(str(refresh.attributes["content"]))
        assert url == self.one("a", class_="onward").attributes["href"]
        return url


def refresh_url(content: str) -> str | None:
    """Return the URL in a ``refresh``, as it stands there; ``None`` for the page's own.

    Source: HTML, "shared declarative refresh steps".
    """
    rest = content.lstrip(_SPACES)
    time = _TIME.match(rest)
    if time is None:
        return None
    rest = rest[time.end() :].lstrip("0123456789.")
    if not rest or rest[0] not in f";,{_SPACES}":
        return None
    rest = rest.lstrip(_SPACES)
    rest = rest[rest[:1] in {";", ","} :].lstrip(_SPACES)
    named = re.match(rf"url[{_SPACES}]*=[{_SPACES}]*", rest, re.IGNORECASE | re.ASCII)
    # Whatever begins like `url` and goes on otherwise is a URL as it is, its quotes included.
    if named is None and rest[:1] in {"u", "U"}:
        return rest
    rest = rest[named.end() :] if named else rest
    quote = rest[:1] if rest[:1] in {'"', "'"} else ""
    return (rest[1:].partition(quote)[0] if quote else rest) or None


async def sign_in(url: str, username: str, password: str, *, tick: bool = False) -> str:
    """Follow ``url`` to the page, allow what it asks for, and return where it leads then.

    Args:
        url: Where an app sends people to.
        username: A Docker Hub user name.
        password: Their token there.
        tick: Whether to tick all boxes.

    Raises:
        httpx.HTTPStatusError: Somebody on the way refused.
    """
    async with httpx.AsyncClient(follow_redirects=True, timeout=_PATIENCE, trust_env=False) as browser:
        opened = (await browser.get(url)).raise_for_status()
        page = Page.read(opened.text)
        form: dict[str, str | list[str]] = {**page.hidden, "username": username, "password": password}
        sent = await browser.post(
            urljoin(str(opened.url), page.one("form").attributes["action"]),
            data={**form, **(page.boxes if tick else {}), "decision": "allow"},
            headers=_from(opened.url),
        )
    leads_to = Page.read(sent.raise_for_status().text).leads_to
    assert leads_to, sent.text
    return leads_to


def _from(url: httpx.URL) -> Mapping[str, str]:
    return {"Origin": f"{url.scheme}://{url.netloc.decode()}"}
