"""Which image the stage that was built is based on, by the Dockerfile that provenance carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from portcall.documents.dockerfile import read_instructions
from portcall.documents.variables import expand
from portcall.documents.words import unquote
from portcall.errors import InvalidReferenceError
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.documents.dockerfile import Instruction
    from portcall.oci.provenance import Provenance
    from portcall.reference import Reference


def base_of(statement: Provenance) -> Reference | Literal["scratch"] | None:
    """Return the image at the bottom of the stage that was built; ``None`` where that cannot be told.

    A statement may carry several Dockerfiles, of images that were built one upon another: then none counts.
    """
    if len(statement.files) != 1:
        return None
    stages = _stages(statement.files[0].content.decode("utf-8", "replace"), statement.arguments)
    last = next(reversed(stages), "")
    base = stages.get((statement.target or last).lower())
    if not base or base.lower() == "scratch":
        return "scratch" if base else None
    try:
        return parse_reference(base)
    except InvalidReferenceError:
        return None


def _stages(text: str, given: Mapping[str, str]) -> dict[str, str | None]:
    """Return the image at the bottom of each stage, by the stage's name, or its number; ``None`` if unclear."""
    values: dict[str, str] = {}
    found: dict[str, str | None] = {}
    number = 0
    for instruction in read_instructions(text):
        if instruction.keyword == "ARG" and not number:
            _declare(instruction, given, values)
        elif instruction.keyword == "FROM":
            base = _base(instruction, values)
            bottom = found.get(base.lower(), base) if base else None
            words = instruction.words()
            names = [words[2].lower()] if len(words) == 3 and words[1].upper() == "AS" else []
            for name in (str(number), *names):
                found.pop(name, None)  # the later one of that name comes last, too
                found[name] = bottom
            number += 1
    return found


def _base(instruction: Instruction, values: Mapping[str, str]) -> str | None:
    words = instruction.words()
    if not words:
        return None
    filled = expand(unquote(words[0], instruction.escape), values, escape=instruction.escape)
    return filled.text if filled.problem is None and filled.text else None


def _declare(instruction: Instruction, given: Mapping[str, str], values: dict[str, str]) -> None:
    for word in instruction.words():
        name, equals, default = word.partition("=")
        filled = expand(unquote(default, instruction.escape), values, escape=instruction.escape)
        if name in given:
            values[name] = given[name]
        elif equals and filled.problem is None:
            values[name] = filled.text
