"""What the site makes of pages that also read well in the repository.

A paragraph that is a link to a section of a file outside of ``docs`` becomes that section: what is written there
for contributors is not written twice. Any other link out of ``docs`` becomes the path of what it leads to: the
site stands by itself, and knows of no place where the repository is.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pygments.lexers.shell import BashSessionLexer  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>(?:\.\./)+[^)\s#]*)(?:#(?P<anchor>[^)\s]*))?\)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def on_startup(**_: object) -> None:
    """Let sessions have one prompt: a line that begins with ``#`` is the heading of an answer, and not root's."""
    BashSessionLexer._ps1rgx = re.compile(r"^(\$ )(.*\n?)")  # noqa: SLF001 - there is no option for it


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return a page's Markdown with what it takes from elsewhere in the repository."""
    root, here = Path(config.docs_dir).parent, PurePosixPath("docs") / page.file.src_uri
    return _outside_fences(markdown, lambda line: _read(line, root, here.parent))


def _read(line: str, root: Path, folder: PurePosixPath) -> str:
    alone = _LINK.fullmatch(line.strip())
    if alone and alone["anchor"] and (target := _outside(alone["target"], folder)):
        return _outside_fences(
            section((root / target).read_text(encoding="utf-8"), alone["anchor"]),
            lambda each: _read(_moved(each, target.parent, folder), root, folder),
        )
    return _LINK.sub(lambda link: _named(link, folder), line)


def section(text: str, anchor: str) -> str:
    """Return what stands below a heading, up to the next of its rank.

    Raises:
        ValueError: There is no such heading.
    """
    taken: list[str] | None = None
    rank, fence = 0, ""
    for line in text.splitlines():
        fence = _fence_after(fence, line)
        heading = None if fence else re.match(r"(#+) (.+)", line)
        if taken is not None and heading and len(heading[1]) <= rank:
            break
        if taken is not None:
            taken.append(line)
        elif heading and slug(heading[2]) == anchor:
            taken, rank = [], len(heading[1])
    if taken is None:
        raise ValueError(f"there is no section {anchor!r}")
    return "\n".join(taken).strip()


def slug(heading: str) -> str:
    """Return a heading's anchor."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def _moved(line: str, origin: PurePosixPath, folder: PurePosixPath) -> str:
    """Return a line with its relative links as they are from another folder."""
    up = "/".join([".."] * len(folder.parts))
    where = f"{up}/{origin}/" if origin.parts else f"{up}/"
    found = re.sub(r"\]\((?!#|[a-z]+:)(?:\./)?", f"]({where}", line)
    return found.replace(f"]({up}/docs/", f"]({'/'.join(['..'] * (len(folder.parts) - 1)) or '.'}/")


def _outside(target: str, folder: PurePosixPath) -> PurePosixPath | None:
    """Return a link's target from the repository's root; ``None`` where it is below ``docs``."""
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(target).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    path = PurePosixPath(*parts)
    return None if path.parts[:1] == ("docs",) else path


def _named(link: re.Match[str], folder: PurePosixPath) -> str:
    target = _outside(link["target"], folder)
    if target is None:
        return link[0]
    text = link["text"].strip("`")
    if "::" in text:
        return f"`{text}`"
    return f"`{target}`" if text in str(target) else f"{link['text']} (`{target}`)"


def _outside_fences(markdown: str, change: Callable[[str], str]) -> str:
    lines, fence = [], ""
    for line in markdown.splitlines():
        was = fence
        fence = _fence_after(fence, line)
        lines.append(line if fence or was else change(line))
    return "\n".join(lines)


def _fence_after(fence: str, line: str) -> str:
    """Return the fence that is open after a line; empty where none is."""
    marker = _FENCE.match(line)
    if not fence:
        return marker[1] if marker else ""
    return "" if marker and marker[1].startswith(fence) and not line.strip(" `~") else fence
