"""The images that a Dockerfile uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.dockerfile import KEYWORDS, Instruction, read_directives, read_instructions
from portcall.documents.document import FoundReference
from portcall.documents.variables import Expansion, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_VARIABLE = re.compile(r"\\\$\\?\{?\w+(?:\\?\})?", re.ASCII)
#: More are nobody's Dockerfile, and would be compared in vain with each ``FROM``.
_MOST_STAGES = 100


def is_dockerfile(text: str) -> bool:
    """Tell whether a text reads like a Dockerfile, possibly a part of one.

    It begins with an instruction, most of its lines are some, and if it has ``FROM`` lines, one of them is
    well formed: ``from x import y`` is not.
    """
    instructions = read_instructions(text)
    if not instructions:
        return bool(read_directives(text))
    known = sum(instruction.keyword in KEYWORDS for instruction in instructions)
    bases = [_base(instruction) for instruction in instructions if instruction.keyword == "FROM"]
    has_base = not bases or any(base is not None for base in bases)
    return instructions[0].keyword in KEYWORDS and 2 * known >= len(instructions) and has_base


def dockerfile_references(text: str) -> list[FoundReference]:
    """Return the images that a Dockerfile uses, in the order of its lines.

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
    found.extend(_bases(instructions))
    stages = [_base(instruction) for instruction in instructions if instruction.keyword == "FROM"]
    names = {"scratch", *(stage[1] for stage in stages if stage)}
    for instruction in instructions:
        found.extend(_sources(instruction, names, len(stages)))
    return sorted(found, key=lambda reference: reference.line)


def _bases(instructions: Iterable[Instruction]) -> Iterator[FoundReference]:
    values: dict[str, str] = {}
    names: set[str] = set()
    begun = False
    for instruction in instructions:
        if instruction.keyword == "ARG" and not begun:
            _declare(values, instruction)
        elif instruction.keyword == "FROM":
            begun = True
            yield from _from(instruction, values, names)


def _from(instruction: Instruction, values: dict[str, str], names: set[str]) -> Iterator[FoundReference]:
    base = _base(instruction)
    if base is None:
        words = instruction.words()
        if words:
            yield FoundReference(words[0], instruction.line, "FROM", "FROM takes one image, and AS with one name")
        return
    word, name = base
    image, problem = _expanded(word, values, instruction.escape)
    if not _is_stage(image, problem, names):
        if not image and problem is None:
            problem = "empty once its variables are filled in"
        yield FoundReference(image or word, instruction.line, "FROM", problem)
    if name:
        names.add(name)


def _base(instruction: Instruction) -> tuple[str, str] | None:
    """Return image and stage name, in lower case, of a ``FROM``; ``None`` if it is malformed."""
    words = instruction.words()
    if len(words) == 1:
        return words[0], ""
    if len(words) == 3 and words[1].upper() == "AS":
        return words[0], words[2].lower()
    return None


def _is_stage(image: str, problem: str | None, names: set[str]) -> bool:
    lowered = image.lower()
    if lowered == "scratch" or lowered in names:
        return True
    if problem is None or len(names) > _MOST_STAGES:
        return False
    # `FROM base-${TARGETARCH}`, where there is a stage `base-amd64`, chooses among the stages.
    pattern, variables = _VARIABLE.subn("[^/]+", re.escape(lowered))
    return variables == 1 and pattern != "[^/]+" and any(re.fullmatch(pattern, name) for name in names)


def _declare(values: dict[str, str], instruction: Instruction) -> None:
    for word in instruction.words():
        name, equals, default = word.partition("=")
        if not equals:
            continue
        value, problem = _expanded(default, values, instruction.escape)
        if problem is None:
            values[name] = value
        else:
            values.pop(name, None)


def _expanded(word: str, values: dict[str, str], escape: str) -> Expansion:
    if len(word) >= 2 and word[0] == word[-1] == "'":
        return Expansion(word[1:-1])
    return expand(word.replace('"', ""), values, escape=escape)


def _sources(instruction: Instruction, names: set[str], stages: int) -> Iterator[FoundReference]:
    via = ""
    triggered = instruction.triggered()
    if triggered is not None:
        via, instruction = "ONBUILD ", triggered
    if instruction.keyword == "COPY":
        sources: Sequence[str] = [flag.value or "" for flag in instruction.flags if flag.name == "from"]
        via += "COPY --from"
    elif instruction.keyword == "RUN":
        mounts = [flag.value or "" for flag in instruction.flags if flag.name == "mount"]
        sources = [source for mount in mounts if (source := _mount_source(mount))]
        via += "RUN --mount"
    else:
        return
    for source in sources:
        if source and source.lower() not in names:
            yield from _source(source, instruction.line, via, stages)


def _source(source: str, line: int, via: str, stages: int) -> Iterator[FoundReference]:
    if source.isascii() and source.isdecimal():
        if len(source) > 6 or int(source) >= stages:
            yield FoundReference(source, line, via, "no stage has this number")
        return
    problem = "a variable, which is not filled in here" if "$" in source else None
    yield FoundReference(source, line, via, problem)


def _mount_source(mount: str) -> str:
    for option in mount.split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "from":
            return value.strip()
    return ""
