"""A person at a browser without scripts: opens the page that an app sends them to, signs in, and is sent back."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 20


def sign_in(url: str, username: str, password: str) -> None:
    """Follow ``url`` to the page, allow everything that it asks for, and follow it back to the app.

    Raises:
        httpx.HTTPStatusError: The way is not that of a sign-in that works.
    """
    with httpx.Client(follow_redirects=True, timeout=_PATIENCE, trust_env=False) as browser:
        page = browser.get(url)
        page.raise_for_status()
        form = _Form.read(page.text)
        answers = {**form.values, "username": username, "password": password, "decision": "allow"}
        origin = {"Origin": f"{page.url.scheme}://{page.url.netloc.decode()}"}
        # Whoever is not let in gets the page again, with another status.
        browser.post(urljoin(str(page.url), form.action), data=answers, headers=origin).raise_for_status()


class _Form(HTMLParser):
    """The only form of a page: where it goes, and what it would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str | list[str]] = {}

    @classmethod
    def read(cls, page: str) -> _Form:
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and given.get("type") == "hidden":
            self.values[given["name"]] = given["value"]
        elif tag == "input" and given.get("type") == "checkbox":
            self._tick(given)

    def _tick(self, box: Mapping[str, str]) -> None:
        ticked = self.values.setdefault(box["name"], [])
        if isinstance(ticked, list):
            ticked.append(box["value"])
