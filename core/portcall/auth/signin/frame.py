"""What all pages have in common: a head, a card, and nothing that runs."""

from __future__ import annotations

from portcall.auth.signin.markup import Markup, element

#: Where pages and their style are, below the issuer.
PAGE = "/signin"
STYLE = "/signin/style.css"


def framed(title: str, *content: str, base: str, head: str = "") -> str:
    """Return a whole document.

    Args:
        title: Of the document.
        content: What is in the card; text is escaped.
        base: Path of the issuer, without a slash at its end.
        head: Markup for its head, beside what all pages have.
    """
    whole_head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{title} · portcall"),
        element("link", rel="stylesheet", href=f"{base}{STYLE}"),
        head,
    )
    brand = element("p", "portcall", class_="brand")
    body = element("body", element("main", brand, *content, class_="card"))
    return f"<!doctype html>\n{Markup(element('html', whole_head, body, lang='en'))}\n"
