"""A page of tags as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.paging import more
from portcall.render.quantity import counted, short_digest, size, to_the_second
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from portcall.models import Tag, TagList


def tags_text(page: TagList) -> str:
    """Return the newest stable tag first, then the rows."""
    lines = [_title(page)]
    if page.newest_stable:
        lines.append(f"{best(page)}: {code(page.newest_stable)}")
    common = _common_platforms(page)
    if common:
        lines.append(f"platforms of each: {code(', '.join(common), 600)}")
    facts = [""] * len(page.tags) if page.digest else [_facts(tag, common) for tag in page.tags]
    if any(facts):
        lines.append("\n".join([f"- {code(tag.name)}{told}" for tag, told in zip(page.tags, facts, strict=True)]))
    elif page.tags:
        lines.append(" ".join([code(tag.name) for tag in page.tags]))
    if page.next_cursor:
        lines.append(more(page.next_cursor))
    return "\n\n".join(lines)


def best(page: TagList) -> str:
    """Return what the one tag that stands out is: of some tags, the newest need not be that of the image."""
    if page.digest:
        return "full version"
    return "newest stable of these" if page.tag_pattern else "newest stable"


def _title(page: TagList) -> str:
    total = page.total if page.total is not None else len(page.tags)
    shown = f"{len(page.tags):,} of " if len(page.tags) < total else ""
    if page.digest:
        checked = ", among those checked" if page.complete is False else ""
        return f"# {page.name}: {shown}{counted(total, 'tag')} of {code(page.digest)}{checked}"
    if not total:
        return f"# {page.name}: no tag matches"
    return f"# {page.name}: {shown}{counted(total, 'tag')}, by {page.ordered_by}"


def _common_platforms(page: TagList) -> tuple[str, ...]:
    """Return the platforms of every row, where they are the same: told once they are told in full."""
    told = {tag.platforms for tag in page.tags}
    return told.pop() if len(page.tags) > 1 and len(told) == 1 and not page.digest else ()


def _facts(tag: Tag, common: tuple[str, ...]) -> str:
    facts = [
        code(short_digest(tag.digest)) if tag.digest else "",
        to_the_second(tag.last_updated) if tag.last_updated else "",
        size(tag.size) if tag.size is not None else "",
        code(", ".join(tag.platforms), 600) if tag.platforms and tag.platforms != common else "",
        f"same as {' '.join([code(alias) for alias in tag.aliases])}" if tag.aliases else "",
    ]
    told = " · ".join([fact for fact in facts if fact])
    return f" · {told}" if told else ""
