"""Package caches, build leftovers and the like that containers still see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.images.analysis.leftover_rules import CORE_DUMP, RULES, LeftoverRule
from portcall.images.files.shown import from_root
from portcall.models import Leftover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portcall.images.analysis.visible import ContentKey, VisibleFile

#: Most rows of an answer.
MOST_LEFTOVERS = 50
#: What is smaller is not worth a line: an empty cache keeps its locks and folders.
_WORTH_A_LINE = 16 * 1024
#: A file called like a core dump that is smaller is none.
_SMALLEST_DUMP = 64 * 1024
#: How many folders deep leftovers are looked for; what is further down belongs to what is above it.
_DEEPEST = 32


def leftovers(files: Iterable[VisibleFile]) -> tuple[Leftover, ...]:
    """Return what package managers and builds left behind, the largest first.

    Contents that hard links share count once, and not at all where a name outside the leftover leads to them,
    too: deleting the leftover would not free them.
    """
    finder = _Finder()
    found: dict[str, _Found] = {}
    kept_elsewhere: set[ContentKey] = set()
    for file in files:
        place = finder.place_of(file)
        if place is not None:
            path, rule = place
            found.setdefault(path, _Found(path, rule)).add(file)
        elif file.is_linked:
            kept_elsewhere.add(file.content)
    told = [one.told(kept_elsewhere) for one in found.values()]
    worth = (leftover for leftover in told if leftover.size >= _WORTH_A_LINE)
    return tuple(sorted(worth, key=lambda leftover: (-leftover.size, leftover.path)))


@dataclass(slots=True)
class _Found:
    """One leftover while its files are met."""

    path: str
    rule: LeftoverRule
    files: int = 0
    alone: int = 0
    layers: set[int] = field(default_factory=set)
    linked: dict[ContentKey, int] = field(default_factory=dict)

    def add(self, file: VisibleFile) -> None:
        self.files += 1
        self.layers.add(file.layer)
        if file.is_linked:
            self.linked[file.content] = file.size
        else:
            self.alone += file.size

    def told(self, kept_elsewhere: set[ContentKey]) -> Leftover:
        shared = sum(size for content, size in self.linked.items() if content not in kept_elsewhere)
        return Leftover(
            kind=self.rule.kind,
            path=from_root(self.path),
            size=self.alone + shared,
            files=self.files,
            layers=tuple(sorted(self.layers)),
            advice=self.rule.advice,
        )


class _Finder:
    """Tells which leftover a file belongs to; each folder is looked at once."""

    def __init__(self) -> None:
        self._patterns = _patterns_by_name()
        self._known: dict[str, tuple[str, LeftoverRule] | None] = {}
        self._dumps = next(rule for rule in RULES if rule.kind == "core dumps")

    def place_of(self, file: VisibleFile) -> tuple[str, LeftoverRule] | None:
        """Return the leftover's path and rule."""
        parent, _, name = file.path.rpartition("/")
        place = self._known[parent] if parent in self._known else self._look(parent)
        if place is None and file.size >= _SMALLEST_DUMP and CORE_DUMP.match(name):
            return file.path, self._dumps
        return place

    def _look(self, folder: str) -> tuple[str, LeftoverRule] | None:
        found, path = None, ""
        for name in folder.split("/", _DEEPEST)[:_DEEPEST]:
            path = f"{path}/{name}" if path else name
            if path not in self._known:
                self._known[path] = self._match(path, name)
            found = self._known[path]
            if found is not None:
                break
        self._known[folder] = found
        return found

    def _match(self, path: str, name: str) -> tuple[str, LeftoverRule] | None:
        for pattern, is_absolute, rule in self._patterns.get(name, ()):
            parts = path.split("/")
            if (len(parts) != len(pattern)) if is_absolute else (len(parts) < len(pattern)):
                continue
            if all(wish in {"*", part} for wish, part in zip(pattern, parts[-len(pattern) :], strict=True)):
                return path, rule
        return None


def _patterns_by_name() -> Mapping[str, list[tuple[list[str], bool, LeftoverRule]]]:
    """Return the folders of all rules by the last part of their names, which is never a wildcard."""
    patterns: dict[str, list[tuple[list[str], bool, LeftoverRule]]] = {}
    for rule in RULES:
        for folder in rule.folders:
            parts = folder.strip("/").split("/")
            patterns.setdefault(parts[-1], []).append((parts, folder.startswith("/"), rule))
    return patterns
