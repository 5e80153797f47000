"""HTML, built so that text cannot become markup: what is not known to be markup is escaped."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"input", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool) -> Markup:
    """Return an element.

    Args:
        name: Its name: ours, like the attributes' names.
        children: What is in it; text is escaped, :class:`Markup` is not.
        attributes: Their values, escaped and quoted; ``True`` for one without a value, ``False`` for none. The
            underscore at the end of ``class_`` and ``for_`` is left out, and the others are hyphens.
    """
    written = "".join(
        _attribute(key.removesuffix("_").replace("_", "-"), value) for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return text and markup one after the other, the text escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child, quote=True) for child in children))


def _attribute(name: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{escape(value, quote=True)}"'
