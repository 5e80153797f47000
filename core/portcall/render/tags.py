"""A page of tags as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.paging import more
from portcall.render.quantity import counted, day, short_digest, size
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from portcall.models import Tag, TagList


def tags_text(page: TagList) -> str:
    """Return the newest stable tag first, then a row for each image, with all the page's tags of it."""
    lines = [_title(page), *(() if page.is_continued else _of_all_tags(page))]
    images = [] if page.digest else _images(page.tags)
    common = _common_platforms(page)
    rows = [(tag, _facts(tag, common, others)) for tag, *others in images]
    if of_all := _of_all_rows([tag for tag, _ in rows], common):
        lines.append(of_all)
    if any(told for _, told in rows):
        lines.append("\n".join([f"- {code(tag.name)}{told}" for tag, told in rows]))
    elif page.tags:
        lines.append(" ".join([code(tag.name) for tag in page.tags]))
    elif page.tag_pattern and not page.next_cursor:
        lines.append("Without tag_pattern, all of them.")
    if page.next_cursor:
        lines.append(more(page.next_cursor))
    return "\n\n".join(lines)


def _of_all_tags(page: TagList) -> Iterator[str]:
    """Yield what whoever reads on has read already."""
    if page.newest_stable:
        yield f"{best(page)}: {code(page.newest_stable)}{_pinned(page)}"
    if page.moving:
        yield ", ".join([f"{code(tag)} is {code(version)}" for tag, version in page.moving.items()])


def best(page: TagList) -> str:
    """Return what the one tag that stands out is: of some tags, the newest need not be that of the image."""
    if page.digest:
        return "full version"
    # Some publishers call another branch so than the newest one (nginx): theirs is the word.
    stable = (page.moving or {}).get("stable", page.newest_stable)
    newest = "newest stable" if stable == page.newest_stable else "newest release"
    return f"{newest} of these" if page.tag_pattern else newest


def _pinned(page: TagList) -> str:
    """Return the reference that pins the one tag that stands out, where its registry told the digest with it."""
    found = [tag for tag in page.tags if tag.name == page.newest_stable and tag.digest and not page.digest]
    if not found:
        return ""
    scope = ", for all its platforms" if len(found[0].platforms) > 1 else ""
    return f" · pinned: {code(f'{page.name}@{found[0].digest}', 600)}{scope}"


def _title(page: TagList) -> str:
    total = page.total if page.total is not None else len(page.tags)
    shown = f"{len(page.tags):,} of " if len(page.tags) < total else ""
    if page.digest:
        checked = ", among those checked" if page.complete is False else ""
        return f"# {page.name}: {shown}{counted(total, 'tag')} of {code(page.digest)}{checked}"
    if not total:
        return f"# {page.name}: no tag matches{f' {code(page.tag_pattern)}' if page.tag_pattern else ''}"
    rows = len(_images(page.tags))
    images = f", {counted(rows, 'image')}" if rows < len(page.tags) else ""
    return f"# {page.name}: {shown}{counted(total, 'tag')}{images}, by {page.ordered_by}"


def _common_platforms(page: TagList) -> tuple[str, ...]:
    """Return the platforms of every row, where they are the same: told once they are told in full."""
    told = {tag.platforms for tag in page.tags}
    return told.pop() if len(page.tags) > 1 and len(told) == 1 and not page.digest else ()


def _of_all_rows(rows: Sequence[Tag], common: tuple[str, ...]) -> str:
    """Return what is said once above the rows: the platforms of each, what their dates are."""
    facts = [
        f"platforms of each: {code(', '.join(common), 600)}" if common else "",
        "dates: last update" if any(tag.last_updated for tag in rows) else "",
    ]
    return " · ".join([fact for fact in facts if fact])


def _images(tags: Sequence[Tag]) -> Collection[list[Tag]]:
    """Return the tags that stand for one image together, in the place of the first of them."""
    images: dict[str, list[Tag]] = {}
    for tag in tags:
        images.setdefault(tag.digest or f"tag {tag.name}", []).append(tag)
    return images.values()


def _facts(tag: Tag, common: tuple[str, ...], others: Sequence[Tag]) -> str:
    same = dict.fromkeys((*tag.aliases, *(other.name for other in others)))
    facts = [
        code(short_digest(tag.digest).partition(":")[2]) if tag.digest else "",
        day(tag.last_updated) if tag.last_updated else "",
        size(tag.size) if tag.size is not None else "",
        code(", ".join(tag.platforms), 600) if tag.platforms and tag.platforms != common else "",
        f"same as {' '.join([code(name) for name in same])}" if same else "",
    ]
    told = " · ".join([fact for fact in facts if fact])
    return f" · {told}" if told else ""
