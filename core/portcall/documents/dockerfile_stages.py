"""A Dockerfile as its build stages: what each is built on, and which of them the last one needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portcall.documents.dockerfile import Directive, Instruction, read_directives, read_instructions
from portcall.documents.dockerfile_from import base_of, declare, filled_in, sources_of, stages_meant
from portcall.errors import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Nobody's Dockerfile has more, and each inherits what those before it have set.
MAX_STAGES = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage.

    Attributes:
        number: From 0, as ``COPY --from=0`` counts.
        name: As written; empty if it has none.
        base: An image, an earlier stage, or ``scratch``; variables filled in as far as they could be.
        platform: The value of ``--platform``, likewise; ``None`` where there is none, or it stays unknown.
        begin: Its ``FROM``.
        instructions: Those that follow.
        parent: The stage that it is built on, if it is one.
        needs: The stages that it is built on or takes files from.
        is_chosen: Whether a variable chooses the stage that it is built on, with nothing else beside it.
    """

    number: int
    name: str
    base: str
    platform: str | None
    begin: Instruction
    instructions: tuple[Instruction, ...] = ()
    parent: int | None = None
    needs: frozenset[int] = frozenset()
    is_chosen: bool = False

    @property
    def end_line(self) -> int:
        """The last line that is its own."""
        return (self.instructions or (self.begin,))[-1].end_line


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile, read.

    Attributes:
        text: As it was given.
        directives: ``# syntax=…``, ``# escape=…``, ``# check=…``.
        instructions: All of them.
        declared: The ``ARG`` lines, and whatever else stands there, before the first stage.
        arguments: The variables that ``FROM`` lines know, by ``ARG`` before the first stage.
        stages: In order; none where there is no well-formed ``FROM``.
        used: The numbers of the stages that the last one needs, its own included.
    """

    text: str
    directives: tuple[Directive, ...]
    instructions: tuple[Instruction, ...]
    declared: tuple[Instruction, ...]
    arguments: Mapping[str, str]
    stages: tuple[Stage, ...]
    used: frozenset[int]

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    def lineage(self, stage: Stage) -> list[Stage]:
        """Return a stage with those that it is built on, the lowest first."""
        line = [stage]
        while line[-1].parent is not None:
            line.append(self.stages[line[-1].parent])
        return line[::-1]


def read_dockerfile(text: str, known: Mapping[str, str] | None = None) -> Dockerfile:
    """Return a Dockerfile with its stages, in time linear in its length.

    Args:
        text: The Dockerfile; whatever can be read of a broken one is read.
        known: The variables that ``FROM`` lines have without any ``ARG``, a platform's.

    Raises:
        TooLargeError: It has more than ``MAX_STAGES`` stages.
    """
    instructions = read_instructions(text)
    first = next((i for i, each in enumerate(instructions) if each.keyword == "FROM"), len(instructions))
    given: dict[str, str] = {}
    for instruction in instructions[:first]:
        if instruction.keyword == "ARG":
            declare(given, instruction)
    stages = _with_needs(_stages(instructions[first:], given, dict(known or {}) | given))
    return Dockerfile(
        text=text,
        directives=tuple(read_directives(text)),
        instructions=tuple(instructions),
        declared=tuple(instructions[:first]),
        arguments=given,
        stages=stages,
        used=_used(stages),
    )


def _stages(
    instructions: Sequence[Instruction], given: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[Stage]:
    begins = [i for i, instruction in enumerate(instructions) if instruction.keyword == "FROM"]
    if len(begins) > MAX_STAGES:
        raise TooLargeError(
            f"content has more than {MAX_STAGES} stages", hint="Give the part that is meant to be looked at."
        )
    names: dict[str, int] = {}
    for number, (start, end) in enumerate(zip(begins, [*begins[1:], len(instructions)], strict=False)):
        stage = _stage(number, instructions[start], names, given, known)
        yield replace(stage, instructions=tuple(instructions[start + 1 : end]))
        if stage.name:
            names[stage.name.lower()] = number


def _stage(
    number: int,
    begin: Instruction,
    names: Mapping[str, int],
    given: Mapping[str, str],
    known: Mapping[str, str],
) -> Stage:
    words = begin.words()
    word, name = base_of(begin) or ((words or [""])[0], "")
    base = filled_in(word, known, begin.escape).text
    # Another platform may choose another stage: those all count as needed.
    meant = stages_meant(*filled_in(word, given, begin.escape), names)
    return Stage(
        number=number,
        name=words[2] if name else "",
        base=base,
        platform=_platform(begin, known),
        begin=begin,
        parent=names.get(base.lower()),
        needs=frozenset(names[each] for each in [*meant, base.lower()] if each in names),
        is_chosen=word.startswith("$"),
    )


def _platform(begin: Instruction, known: Mapping[str, str]) -> str | None:
    written = begin.flag("platform")
    if not written:
        return None
    text, problem = filled_in(written, known, begin.escape)
    return None if problem else text or None


def _with_needs(stages: Iterator[Stage]) -> tuple[Stage, ...]:
    """Add the stages that files are taken from; they may stand further down."""
    found = list(stages)
    names = {stage.name.lower(): stage.number for stage in found if stage.name}

    def needed(stage: Stage) -> Iterator[int]:
        for source in (source for each in stage.instructions for source in sources_of(each)):
            number = stage_number(source, names, len(found))
            if number is not None:
                yield number

    return tuple(replace(stage, needs=stage.needs.union(needed(stage))) for stage in found)


def _used(stages: Sequence[Stage]) -> frozenset[int]:
    used: set[int] = set()
    ahead = [stages[-1].number] if stages else []
    while ahead:
        number = ahead.pop()
        if number not in used:
            used.add(number)
            ahead.extend(stages[number].needs)
    return frozenset(used)


def stage_number(source: str, names: Mapping[str, int], count: int) -> int | None:
    """Return the number of the stage that a ``--from`` means; ``None`` if it is an image, or nothing."""
    if source.lower() in names:
        return names[source.lower()]
    if source.isascii() and source.isdecimal() and len(source) <= 6 and int(source) < count:
        return int(source)
    return None
