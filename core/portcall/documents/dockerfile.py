"""Dockerfiles as their instructions.

The reader follows BuildKit's (``frontend/dockerfile/parser``): parser directives, line continuation,
comments between continued lines, flags and heredocs. It judges nothing, so that whatever can be read of a
broken Dockerfile is read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.documents.words import iter_words, split_words, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The instructions that there are.
KEYWORDS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_WITH_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})

_DIRECTIVE = re.compile(r"\s*#\s*(?P<name>[A-Za-z][A-Za-z0-9]*)\s*=\s*(?P<value>\S.*)\Z")
_COMMENT = re.compile(r"\s*#")
_INSTRUCTION = re.compile(r"\s*(?P<keyword>\S+)\s*(?P<rest>[\s\S]*)\Z")
_FLAG = re.compile(r"--(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:=(?P<value>[\s\S]*))?\Z")
_HEREDOC = re.compile(r"[0-9]*<<(?P<chomp>-?)(?P<name>[^<]+)\Z")


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive: ``# syntax=docker/dockerfile:1``; ``name`` in lower case."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Flag:
    """``--name=value``, unquoted; ``value`` is ``None`` where there is no ``=``."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A heredoc's lines, each with its newline; ``expands`` unless its name was quoted."""

    name: str
    content: str
    expands: bool
    line: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Attributes:
        keyword: In upper case; any word may stand here, see ``KEYWORDS``.
        arguments: What follows keyword and flags, continued lines joined, comments between them left out.
        flags: In their order, repeated ones included.
        line: Its first line, from 1.
        end_line: Its last one, heredocs included.
        heredocs: In their order; none of their lines is read as an instruction.
        escape: The escape character in force.
    """

    keyword: str
    arguments: str
    flags: tuple[Flag, ...]
    line: int
    end_line: int
    heredocs: tuple[Heredoc, ...] = ()
    escape: str = "\\"

    def words(self) -> list[str]:
        """Return the arguments as words, as written, quotes included."""
        return split_words(self.arguments, self.escape)

    def flag(self, name: str) -> str | None:
        """Return the value of the first flag of this name."""
        return next((flag.value for flag in self.flags if flag.name == name), None)

    def triggered(self) -> Instruction | None:
        """Return the instruction behind ``ONBUILD``, at the same lines, or ``None`` if there is none."""
        if self.keyword != "ONBUILD":
            return None
        return _instruction(self.arguments, self.line, self.end_line, self.heredocs, self.escape)


def read_directives(text: str) -> list[Directive]:
    """Return the parser directives: they come before everything else, even blank lines and comments."""
    found: list[Directive] = []
    for number, line in enumerate(_lines(text), start=1):
        match = _DIRECTIVE.match(line)
        if match is None or match["name"].lower() not in _DIRECTIVES:
            if number == 1 and line.startswith("#!"):
                continue
            break
        found.append(Directive(match["name"].lower(), match["value"].strip(), number))
    return found


def read_instructions(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile, in order.

    Never raises. A heredoc without its end is taken for none; time is linear in the length of ``text``.
    """
    escapes = [directive.value for directive in read_directives(text) if directive.name == "escape"]
    escape = escapes[-1] if escapes and escapes[-1] in {"\\", "`"} else "\\"
    lines = _lines(text)
    ends = _HeredocEnds(lines)
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        start = at
        source, at = _logical_line(lines, at, escape)
        if not source.strip():
            continue
        heredocs, at = _heredocs(source, lines, at, ends, escape)
        instruction = _instruction(source, start + 1, at, heredocs, escape)
        if instruction is not None:
            found.append(instruction)
    return found


def _lines(text: str) -> list[str]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _logical_line(lines: Sequence[str], at: int, escape: str) -> tuple[str, int]:
    """Join a line with those that continue it; the second value is the line after them."""
    pieces: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if _COMMENT.match(line):
            if pieces:
                continue
            return "", at
        if not line.strip():
            if pieces:
                continue  # BuildKit warns, and goes on
            return "", at
        body = _continued(line, escape)
        pieces.append(line if body is None else body)
        if body is None:
            break
    return "".join(pieces), at


def _continued(line: str, escape: str) -> str | None:
    """Return a line without its final escape character, or ``None`` if it does not end in a single one."""
    body = line.rstrip(" \t")
    if not body.endswith(escape) or body.endswith(escape * 2):
        return None
    return body[:-1]


def _instruction(
    source: str, line: int, end_line: int, heredocs: tuple[Heredoc, ...], escape: str
) -> Instruction | None:
    match = _INSTRUCTION.match(source)
    if match is None:
        return None
    flags, arguments = _flags(match["rest"], escape)
    return Instruction(match["keyword"].upper(), arguments, flags, line, end_line, heredocs, escape)


def _flags(text: str, escape: str) -> tuple[tuple[Flag, ...], str]:
    flags: list[Flag] = []
    end = 0
    for word in iter_words(text, escape):
        match = _FLAG.match(word[0])
        if match is None:
            break
        value = match["value"]
        flags.append(Flag(match["name"], None if value is None else unquote(value, escape)))
        end = word.end()
    return tuple(flags), text[end:].strip()


def _heredocs(
    source: str, lines: Sequence[str], at: int, ends: _HeredocEnds, escape: str
) -> tuple[tuple[Heredoc, ...], int]:
    """Read the heredocs that a line opens; the second value is the line after the last of them."""
    if "<<" not in source or not _may_have_heredocs(source):
        return (), at
    found: list[Heredoc] = []
    for word in iter_words(source, escape):
        match = _HEREDOC.match(word[0])
        if match is None:
            continue
        name, chomp = unquote(match["name"], escape), bool(match["chomp"])
        end = ends.find(name, at, chomp=chomp)
        if end is None:
            continue
        body = [line.lstrip("\t") if chomp else line for line in lines[at:end]]
        content = "".join(f"{line}\n" for line in body)
        found.append(Heredoc(name, content, name == match["name"], at + 1))
        at = end + 1
    return tuple(found), at


def _may_have_heredocs(source: str) -> bool:
    first, *second = source.split(None, 2)[:2]
    keyword = second[0] if first.upper() == "ONBUILD" and second else first
    return keyword.upper() in _WITH_HEREDOCS


class _HeredocEnds:
    """Where heredocs may end: every line by its text, so that a missing end is not searched for again."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._numbers: dict[bool, dict[str, list[int]]] = {}

    def find(self, name: str, at: int, *, chomp: bool) -> int | None:
        """Return the first line from ``at`` on that is ``name`` alone, behind tabs where ``chomp`` is set."""
        numbers = self._index(chomp=chomp).get(name, [])
        position = bisect_left(numbers, at)
        return numbers[position] if position < len(numbers) else None

    def _index(self, *, chomp: bool) -> dict[str, list[int]]:
        if chomp not in self._numbers:
            index: dict[str, list[int]] = {}
            for number, line in enumerate(self._lines):
                index.setdefault(line.lstrip("\t") if chomp else line, []).append(number)
            self._numbers[chomp] = index
        return self._numbers[chomp]
