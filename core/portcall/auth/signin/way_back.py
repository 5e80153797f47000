"""The page that ends a sign-in: it says what came of it, and sends the person back to the app."""

from __future__ import annotations

from dataclasses import dataclass, field

from portcall.auth.signin.frame import framed
from portcall.auth.signin.markup import Markup, element
from portcall.auth.signin.redirects import place_for_people

_CLOSE = "If nothing happens, use the button. You may close this window afterwards."


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said.

    Args:
        title: What came of it.
        text: What that means, where it needs to be told.
    """

    title: str
    text: str = ""


YES = Said("You are signed in")
NO = Said("You said no", "Nothing was allowed, and nothing is kept. The app is told so.")


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a person goes from here.

    Args:
        said: What they said.
        url: Where the client gets its answer, and the answer; in no ``repr``.
        base: Path of the issuer, without a slash at its end.
        by_itself: Whether the browser goes there without being told to.
    """

    said: Said
    url: str = field(repr=False)
    base: str = ""
    by_itself: bool = True


def way_back_page(way: WayBack) -> str:
    """Return the document.

    It is no redirect: what the client answers may send people further, to anywhere, and Chromium would hold that
    to our form's policy. And a browser that knows no app for a private-use scheme would be left with nothing.
    """
    place, kind = place_for_people(way.url)
    going = "Going back to " if way.by_itself else "It wants you back at "
    told = element(
        "div",
        element("h1", way.said.title),
        element("p", way.said.text) if way.said.text else Markup(),
        element("p", going, element("strong", place, class_="place"), f" ({kind})", "…" if way.by_itself else "."),
        role="status",
    )
    link = element("a", "Go back to the app", href=way.url, class_="onward", rel="noreferrer")
    close = element("p", _CLOSE, class_="help") if way.by_itself else Markup()
    head = _refresh(way.url) if way.by_itself else Markup()
    return framed(way.said.title, told, link, close, base=way.base, head=head)


def _refresh(url: str) -> Markup:
    # Unquoted: with `url=` before it, all up to the end is the URL, unless that begins with a quote (HTML, "shared
    # declarative refresh steps"). Ours begins with its scheme.
    return element("meta", http_equiv="refresh", content=f"0; url={url}")
