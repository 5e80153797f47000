"""The images that a Dockerfile uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.documents.dockerfile import KEYWORDS, read_directives, read_instructions
from portcall.documents.dockerfile_from import base_of, declare, filled_in, sources_of, stages_meant
from portcall.documents.document import FoundReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from portcall.documents.dockerfile import Instruction


def is_dockerfile(text: str) -> bool:
    """Tell whether a text reads like a Dockerfile, possibly a part of one.

    It begins with an instruction, most of its lines are some, and if it has ``FROM`` lines, one of them is
    well formed: ``from x import y`` is not.
    """
    instructions = read_instructions(text)
    if not instructions:
        return bool(read_directives(text))
    known = sum(instruction.keyword in KEYWORDS for instruction in instructions)
    bases = [base_of(instruction) for instruction in instructions if instruction.keyword == "FROM"]
    has_base = not bases or any(base is not None for base in bases)
    return instructions[0].keyword in KEYWORDS and 2 * known >= len(instructions) and has_base


def dockerfile_references(text: str, known: Mapping[str, str] | None = None) -> list[FoundReference]:
    """Return the images that a Dockerfile uses, in the order of its lines.

    Args:
        text: The Dockerfile.
        known: Variables that ``FROM`` has without any ``ARG``: those of a platform, say.

    Returns:
        - ``FROM``, with every ``ARG`` before the first one filled in. The names of earlier stages, and
          ``scratch``, are no images.
        - ``COPY --from`` and ``RUN --mount=…,from=``, unless they name a stage or its number.
        - ``# syntax=``, the frontend's image.
        - All of them also behind ``ONBUILD``: whoever builds on the result needs them.
    """
    found = [
        FoundReference(directive.value, directive.line, "syntax")
        for directive in read_directives(text)
        if directive.name == "syntax"
    ]
    instructions = read_instructions(text)
    found.extend(_bases(instructions, dict(known or {})))
    stages = [base_of(instruction) for instruction in instructions if instruction.keyword == "FROM"]
    names = {"scratch", *(stage[1] for stage in stages if stage)}
    for instruction in instructions:
        found.extend(_sources(instruction, names, len(stages)))
    return sorted(found, key=lambda reference: reference.line)


def _bases(instructions: Iterable[Instruction], values: dict[str, str]) -> Iterator[FoundReference]:
    names: set[str] = set()
    begun = False
    for instruction in instructions:
        if instruction.keyword == "ARG" and not begun:
            declare(values, instruction)
        elif instruction.keyword == "FROM":
            begun = True
            yield from _from(instruction, values, names)


def _from(instruction: Instruction, values: dict[str, str], names: set[str]) -> Iterator[FoundReference]:
    base = base_of(instruction)
    if base is None:
        words = instruction.words()
        if words:
            yield FoundReference(words[0], instruction.line, "FROM", "FROM takes one image, and AS with one name")
        return
    word, name = base
    image, problem = filled_in(word, values, instruction.escape)
    if image.lower() != "scratch" and not stages_meant(image, problem, names):
        if not image and problem is None:
            problem = "empty once its variables are filled in"
        yield FoundReference(image or word, instruction.line, "FROM", problem)
    if name:
        names.add(name)


def _sources(instruction: Instruction, names: set[str], stages: int) -> Iterator[FoundReference]:
    triggered = instruction.triggered()
    keyword = (triggered or instruction).keyword
    via = f"{'ONBUILD ' if triggered else ''}{'COPY --from' if keyword == 'COPY' else 'RUN --mount'}"
    for source in sources_of(instruction):
        if source.lower() not in names:
            yield from _source(source, instruction.line, via, stages)


def _source(source: str, line: int, via: str, stages: int) -> Iterator[FoundReference]:
    if source.isascii() and source.isdecimal():
        if len(source) > 6 or int(source) >= stages:
            yield FoundReference(source, line, via, "no stage has this number")
        return
    problem = "a variable, which is not filled in here" if "$" in source else None
    yield FoundReference(source, line, via, problem)
