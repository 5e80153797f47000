"""A page of tags, drawn: in columns where only names are known, as a table otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import going_on, titled_table, told
from portcall.render.quantity import counted, short_digest, size
from portcall.render.tags import best

if TYPE_CHECKING:
    from rich.table import Table

    from portcall.models import Tag, TagList


def tags_drawing(page: TagList) -> RenderableType:
    """Return the page with the one tag that stands out above it."""
    found = counted(page.total, "tag") if page.total else "no tag matches"
    head = Text.assemble(told(page.name, "bold", 600), f"  {found}")
    if page.newest_stable and not page.is_continued:
        head.append(f"   {best(page)} ")
        head.append(told(page.newest_stable, "bold green"))
    for tag, version in (page.moving or {}).items():
        head.append("   ").append(told(f"{tag} is {version}", "green"))
    if page.digest:
        head.append("   ").append(told(f"of {page.digest}", "dim"))
    body = _table(page) if any(tag.last_updated or tag.size for tag in page.tags) else _columns(page)
    return Group(head, "", body, going_on(page))


def _columns(page: TagList) -> RenderableType:
    from rich.columns import Columns

    return Columns([_name(tag, page) for tag in page.tags], padding=(0, 3), equal=True, column_first=True)


def _table(page: TagList) -> Table:
    table = titled_table("TAG", "DIGEST", "UPDATED", "SIZE", "PLATFORMS", right={"SIZE"})
    for tag in page.tags:
        table.add_row(
            _name(tag, page),
            told(short_digest(tag.digest) if tag.digest else ""),
            told(tag.last_updated, limit=40)[:10],
            size(tag.size) if tag.size is not None else "",
            told(", ".join(tag.platforms), limit=600),
        )
    return table


def _name(tag: Tag, page: TagList) -> Text:
    return told(tag.name, "bold green" if tag.name == page.newest_stable else "")
