"""Files inside an image, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.layers import path_text
from portcall.render.name import image_name
from portcall.render.paging import more
from portcall.render.quantity import counted, size
from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import FileContent, FileList, ImageFile

#: Characters of a part that are shown: no part is asked for that has as many.
_LONGEST_PART = 2_000_000


def files_text(page: FileList) -> str:
    """Return a row for each file, as ``ls -l`` has them."""
    total = page.total if page.total is not None else len(page.files)
    shown = f"{len(page.files):,} of " if len(page.files) < total else ""
    what = f" matching {code(page.pattern)}" if page.pattern else ""
    found = (
        f"{shown}{counted(total, 'entry', 'entries')}{what}" if total else f"nothing matches {code(page.pattern)}"
    )
    if not total and not page.pattern:
        found = "an empty directory"
    title = f"# {code(page.path)} in {image_name(page)}: {found}"
    leads = f"which is {code(page.resolved_path)}" if page.resolved_path else ""
    # Where a reader stands in the tree is said above: names alone are enough for a directory's own entries.
    base = (page.resolved_path or page.path).rstrip("/") + "/" if not page.pattern else ""
    rows = fenced("\n".join(_rows(page.files, base))) if page.files else ""
    return "\n\n".join([part for part in (title, leads, rows, _fetched(page), more(page.next_cursor)) if part])


def _rows(files: tuple[ImageFile, ...], base: str) -> Iterator[str]:
    owners = max(len("owner"), *(len(file.owner) for file in files))
    yield f"{'mode':<10} {'owner':<{owners}} {'size':>9} {'modified':<10} {'layer':>5} path{_about_links(files)}"
    for file in files:
        nowhere = " (dangling)" if file.dangling else ""
        leads = f" -> {path_text(file.target)}{nowhere}" if file.target is not None else ""
        length = size(file.size) if file.kind in {"file", "hardlink"} else ""
        yield (
            f"{file.mode:<10} {file.owner:<{owners}} {length:>9} {(file.modified or '')[:10]:<10} "
            f"{file.layer:>5} {path_text(file.path.removeprefix(base))}{leads}"
        )


def _about_links(files: tuple[ImageFile, ...]) -> str:
    """Return that links lead somewhere unless they are marked, where that is known of each."""
    links = [file for file in files if file.target is not None]
    is_known = links and all(file.dangling is not None for file in links)
    return " -> target, there unless (dangling)" if is_known else ""


def content_text(part: FileContent) -> str:
    """Return what file it is, then what is in it."""
    title = f"# {code(part.path)} in {image_name(part)}"
    facts = "\n".join([f"- {fact}" for fact in _facts(part)])
    if not part.content:
        return f"{title}\n\n{facts}\n\nThe file is empty." if not part.size else f"{title}\n\n{facts}"
    body = part.content if part.encoding == "base64" else visible(_with_plain_ends(part), _LONGEST_PART)
    return f"{title}\n\n{facts}\n\n{fenced(body.removesuffix(chr(10)), _info(part))}"


def _with_plain_ends(part: FileContent) -> str:
    """Return a text whose lines end in one way; that they end in the other is told above it."""
    return part.content.replace("\r\n", "\n")


def _info(part: FileContent) -> str:
    return "base64" if part.encoding == "base64" else "text"


def _facts(part: FileContent) -> Iterator[str]:
    if part.resolved_path:
        yield f"the file: {code(part.resolved_path)}"
    binary = ", binary" if part.encoding == "base64" else ""
    ends = ", lines end in CR LF" if "\r\n" in part.content and part.encoding == "text" else ""
    yield f"{size(part.size)}{binary}, {part.mode}, owner {part.owner}, from layer {part.layer}{ends}"
    if part.offset or part.next_offset is not None:
        end = part.size if part.next_offset is None else part.next_offset
        going_on = "" if part.next_offset is None else f"; more: the same with offset {part.next_offset}"
        yield f"bytes {part.offset:,} to {end:,} of {part.size:,}{going_on}"
    yield _fetched(part)


def _fetched(answer: FileList | FileContent) -> str:
    verified = "verified" if answer.verified else "not verified: what was read is no whole that a digest names"
    return f"fetched {size(answer.bytes_fetched)}, {verified}" if answer.bytes_fetched else verified
