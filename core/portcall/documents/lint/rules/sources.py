"""Rules about where files come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.lint.steps import Build, Step

_URL = re.compile(r"https?://", re.IGNORECASE)
_GIT = re.compile(r"git@|git://|ssh://|https?://[^#?]{1,2000}\.git(?:[#?]|\Z)", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz|zst|lz|lzma|Z)|gz|bz2|xz)\Z", re.IGNORECASE)


def _additions(build: Build) -> Iterator[tuple[Step, list[str]]]:
    """Yield the ``ADD`` steps with their sources, heredocs left out."""
    for step in build.all_steps:
        if step.keyword == "ADD":
            yield step, [word for word in step.words[:-1] if not word.startswith("<<")]


def _unchecked_url(build: Build) -> Iterator[Place]:
    for step, sources in _additions(build):
        is_remote = any(_URL.match(source) and not _GIT.match(source) for source in sources)
        if is_remote and not step.instruction.flag("checksum"):
            yield Place(step.line, "ADD takes whatever the URL serves on the day of the build")


def _needless_add(build: Build) -> Iterator[Place]:
    for step, sources in _additions(build):
        if sources and not any(_URL.match(each) or _GIT.match(each) or _is_unpacked(each) for each in sources):
            yield Place(step.line, "ADD does here what COPY does, and would unpack an archive or fetch a URL")


def _is_unpacked(source: str) -> bool:
    """Return whether a source is an archive, or may be one."""
    return bool(_ARCHIVE.search(source)) or "$" in source or source.endswith("*")


CHECKS = (
    Check(
        Rule("unchecked-url", "warning", "Add --checksum=sha256:…, so that nothing else is taken."),
        _unchecked_url,
    ),
    Check(
        Rule("needless-add", "info", "Use COPY.", frozenset({"DL3020"}), is_of_source=True),
        _needless_add,
    ),
)
