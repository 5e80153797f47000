"""A page of tags as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.quantity import counted, short_digest, size

if TYPE_CHECKING:
    from portcall.models import Tag, TagList


def tags_text(page: TagList) -> str:
    """Return the newest stable tag first, then the rows."""
    lines = [_title(page)]
    if page.newest_stable:
        lines.append(f"newest stable: `{page.newest_stable}`")
    if any(_facts(tag) for tag in page.tags) and not page.digest:
        lines.append("\n".join(f"- `{tag.name}`{_facts(tag)}" for tag in page.tags))
    elif page.tags:
        lines.append(" ".join(f"`{tag.name}`" for tag in page.tags))
    if page.next_cursor:
        lines.append(f"more: cursor `{page.next_cursor}`")
    return "\n\n".join(lines)


def _title(page: TagList) -> str:
    total = page.total if page.total is not None else len(page.tags)
    if page.digest:
        checked = "" if page.complete else ", among those checked"
        return f"# {page.name}: {counted(total, 'tag')} of `{page.digest}`{checked}"
    if not page.tags:
        return f"# {page.name}: no tag matches"
    shown = f"{len(page.tags):,} of " if len(page.tags) < total else ""
    return f"# {page.name}: {shown}{counted(total, 'tag')}, by {page.ordered_by}"


def _facts(tag: Tag) -> str:
    facts = [
        short_digest(tag.digest) if tag.digest else "",
        tag.last_updated[:10] if tag.last_updated else "",
        size(tag.size) if tag.size is not None else "",
        ", ".join(tag.platforms),
        f"same as {', '.join(tag.aliases)}" if tag.aliases else "",
    ]
    told = " · ".join(fact for fact in facts if fact)
    return f" · {told}" if told else ""
