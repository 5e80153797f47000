"""``# portcall ignore=rule`` and ``# hadolint ignore=DL3008``: what its author wants to hear nothing of."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from portcall.documents.dockerfile_stages import Dockerfile

_PRAGMA = re.compile(
    r"[ \t]*#[ \t]*(?:portcall|hadolint)[ \t]+(?P<all>global[ \t]+)?"
    r"ignore[ \t]*=[ \t]*(?P<names>[A-Za-z0-9, \t-]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ignores:
    """Which rules are ignored: everywhere, and by the line of the instruction below the comment."""

    everywhere: frozenset[str]
    by_line: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, dockerfile: Dockerfile) -> Ignores:
        """Return what the comments between the instructions of a Dockerfile say."""
        everywhere: set[str] = set()
        by_line: dict[int, set[str]] = {}
        begins = [instruction.line for instruction in dockerfile.instructions]
        for number, line in enumerate(dockerfile.text.split("\n"), 1):
            match = _PRAGMA.match(line) if "ignore" in line else None
            if match is None:
                continue
            names = {name.upper() for name in re.split(r"[, \t]+", match["names"]) if name}
            at = bisect_right(begins, number)
            if at and number <= dockerfile.instructions[at - 1].end_line:
                continue  # within an instruction it is a heredoc's, or a comment of the script
            if match["all"]:
                everywhere |= names
            elif at < len(begins):
                by_line.setdefault(begins[at], set()).update(names)
        return cls(frozenset(everywhere), {line: frozenset(names) for line, names in by_line.items()})

    def covers(self, names: Collection[str], line: int) -> bool:
        """Return whether a rule, by any of its names, is ignored at the line where an instruction begins."""
        ignored = self.everywhere | self.by_line.get(line, frozenset())
        return any(name.upper() in ignored for name in names)
