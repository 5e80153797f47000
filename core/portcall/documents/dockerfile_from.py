"""``FROM`` and ``--from``: what a stage is built on and called, and where else it takes files from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.variables import Expansion, expand

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from portcall.documents.dockerfile import Instruction

_VARIABLE = re.compile(r"\\\$\\?\{?\w+(?:\\?\})?", re.ASCII)
#: What stands in names of images, and in none of stages but the dot; or is filled in.
_OF_IMAGES = frozenset("/.:@$")
#: More are nobody's Dockerfile, and would be compared in vain with each ``FROM``.
_MOST_STAGES = 100


def base_of(instruction: Instruction) -> tuple[str, str] | None:
    """Return image and stage name, in lower case, of a ``FROM``; ``None`` if it is malformed."""
    words = instruction.words()
    if len(words) == 1:
        return words[0], ""
    if len(words) == 3 and words[1].upper() == "AS":
        return words[0], words[2].lower()
    return None


def stages_meant(image: str, problem: str | None, names: Collection[str]) -> list[str]:
    """Return those of ``names`` that a base stands for; several where a variable chooses among them.

    Args:
        image: The base, its variables filled in as far as they could be.
        problem: What could not be filled in, if anything.
        names: The earlier stages' names, in lower case.
    """
    lowered = image.lower()
    if lowered in names:
        return [lowered]
    if problem is None or len(names) > _MOST_STAGES:
        return []
    # `FROM base-${TARGETARCH}`, where there is a stage `base-amd64`, chooses among the stages.
    pattern, variables = _VARIABLE.subn("[^/]+", re.escape(lowered))
    if variables != 1 or pattern == "[^/]+":
        return []
    return [name for name in names if re.fullmatch(pattern, name)]


def declare(values: dict[str, str], instruction: Instruction) -> None:
    """Add what an ``ARG`` declares to ``values``; what has no default stays what it was."""
    for word in instruction.words():
        name, equals, default = word.partition("=")
        if not equals:
            continue
        value, problem = filled_in(default, values, instruction.escape)
        if problem is None:
            values[name] = value
        else:
            values.pop(name, None)


def filled_in(word: str, values: Mapping[str, str], escape: str) -> Expansion:
    """Return a word without its quotes, its variables filled in; between single quotes there are none."""
    if len(word) >= 2 and word[0] == word[-1] == "'":
        return Expansion(word[1:-1])
    return expand(word.replace('"', ""), values, escape=escape)


def sources_of(instruction: Instruction) -> list[str]:
    """Return the images and stages that an instruction takes files from, as written; behind ``ONBUILD``, too."""
    instruction = instruction.triggered() or instruction
    if instruction.keyword == "COPY":
        return [flag.value for flag in instruction.flags if flag.name == "from" and flag.value]
    if instruction.keyword != "RUN":
        return []
    mounts = (mount_options(flag.value or "") for flag in instruction.flags if flag.name == "mount")
    return [mount["from"] for mount in mounts if mount.get("from")]


def may_be_stage(source: str) -> bool:
    """Return whether a ``--from`` is a bare word: a stage's name rather than an image's."""
    return bool(source) and not _OF_IMAGES.intersection(source)


def mount_options(mount: str) -> dict[str, str]:
    """Return the options of a ``--mount``, names in lower case; of a repeated one the first counts."""
    options: dict[str, str] = {}
    for option in mount.split(","):
        name, _, value = option.partition("=")
        options.setdefault(name.strip().lower(), value.strip())
    return options
