"""A page as a browser takes it: elements, what they say, and the fields of its form."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_VOID = frozenset({"input", "link", "meta"})


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
    def of(cls, reply: httpx.Response) -> Page:
        return cls.read(reply.text)

    @classmethod
    def read(cls, html: str) -> Page:
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
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}.items()
        return [e for e in self.elements if e.name == name and wanted <= e.attributes.items()]

    def one(self, name: str, **attributes: str) -> Element:
        (found,) = self.all(name, **attributes)
        return found

    @property
    def hidden(self) -> dict[str, str]:
        """What the form sends along."""
        fields = self.all("input", type="hidden")
        return {str(each.attributes["name"]): str(each.attributes["value"]) for each in fields}

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Which elements there are, with which attributes, whatever they say."""
        return [(element.name, tuple(element.attributes)) for element in self.elements]
