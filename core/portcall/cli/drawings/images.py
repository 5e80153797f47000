"""What a search found, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import filled_table, going_on, told
from portcall.cli.mirrored import for_the_shell
from portcall.render.quantity import counted
from portcall.render.repositories import fared
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from portcall.models import DockerImage, ImageList


def _name(image: DockerImage) -> Text:
    """Return an image's name, and who vouches for it."""
    name = told(image.name, "bold green" if image.is_official or image.is_verified else "bold")
    if image.is_official:
        name.append("\n✓ official", "green not bold")
    elif image.is_verified:
        name.append(f"\n✓ {plain_line(image.publisher or 'verified publisher', 60)}", "green not bold")
    return name


#: What each column shows, in order.
_COLUMNS: dict[str, Callable[[DockerImage], Text]] = {
    "IMAGE": _name,
    "PULLS": lambda image: Text(f"{image.pulls:,}" if image.pulls is not None else ""),
    "STARS": lambda image: Text(f"{image.stars:,}" if image.stars else ""),
    "UPDATED": lambda image: told(image.last_updated, limit=40)[:10],
    "DESCRIPTION": lambda image: told(image.description, "dim", 120),
}


def images_drawing(answer: ImageList) -> RenderableType:
    """Return how many there are, one row for each, and how each registry fared."""
    total = f" of {answer.total:,}" if answer.total is not None and answer.total > len(answer.images) else ""
    head = Text(f"{counted(len(answer.images), 'image')}{total} for {plain_line(answer.query)}", "bold")
    body: RenderableType = _table(answer)
    if not answer.images and not answer.next_cursor:
        others = "" if answer.sources else ", or -r all"
        body = f"Try fewer or other words{others}."
    sources = [
        told(f"{source.registry}: {for_the_shell(fared(source, answer))}", "red" if source.error else "dim", 500)
        for source in answer.sources
    ]
    return Group(head, "", body, *sources, going_on(answer))


def _table(answer: ImageList) -> Table:
    rows = [[cell(image) for cell in _COLUMNS.values()] for image in answer.images]
    return filled_table([*_COLUMNS], rows, right={"PULLS", "STARS"})
