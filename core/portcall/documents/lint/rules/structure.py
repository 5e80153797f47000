"""Rules about the whole: stages, and what stands where."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from portcall.documents.dockerfile import KEYWORDS
from portcall.documents.dockerfile_from import base_of, may_be_stage, sources_of
from portcall.documents.dockerfile_stages import stage_number
from portcall.documents.lint.finding import Check, Place, Rule
from portcall.documents.lint.naming import named
from portcall.documents.lint.steps import environment_of, exec_form
from portcall.documents.platform_variables import PLATFORM_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.dockerfile import Instruction
    from portcall.documents.lint.steps import Build

#: Longer words are no slip of the finger, and would be compared in vain.
_LONGEST_WORD = 40
#: Comparing a word with others takes its time: so many are.
_MOST_COMPARED = 50
_MOST_NAMED = 8
#: Below this ratio, two words only happen to share letters.
_ALIKE = 0.75
_SET = re.compile(
    r"(?<![A-Za-z0-9_${])([A-Za-z_][A-Za-z0-9_]*)=|\b(?:for|read)[ \t]+([A-Za-z_][A-Za-z0-9_]*)", re.ASCII
)
_USE = re.compile(r"(?<!\\)\$\{?([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)


def _missing_from(build: Build) -> Iterator[Place]:
    first = next((each for each in build.dockerfile.declared if each.keyword != "ARG"), None)
    if first is not None and first.keyword in KEYWORDS:
        yield Place(first.line, f"no FROM stands before this {first.keyword}")
    elif first is None and not any(each.keyword == "FROM" for each in build.dockerfile.instructions):
        yield Place(0, "there is no FROM, and so no stage")


def _unknown_instruction(build: Build) -> Iterator[Place]:
    unknown = (each for each in build.dockerfile.instructions if each.keyword not in KEYWORDS)
    for count, instruction in enumerate(unknown):
        keyword = instruction.keyword
        is_compared = count < _MOST_COMPARED and len(keyword) < _LONGEST_WORD
        near = get_close_matches(keyword, sorted(KEYWORDS), 1) if is_compared else ()
        meant = f"; {near[0]} is near" if near else ""
        yield Place(instruction.line, f"there is no instruction {named(keyword, 'of this name')}{meant}")


def _malformed_from(build: Build) -> Iterator[Place]:
    for stage in build.dockerfile.stages:
        if base_of(stage.begin) is None:
            yield Place(stage.begin.line, "FROM takes one image, and AS with one name")


def _duplicate_stage(build: Build) -> Iterator[Place]:
    lines: dict[str, int] = {}
    for stage in build.dockerfile.stages:
        name = stage.name.lower()
        if name in lines:
            yield Place(
                stage.begin.line, f"the stage at line {lines[name]} is called {named(name, 'the same')}, too"
            )
        elif name:
            lines[name] = stage.begin.line


def _unused_stage(build: Build) -> Iterator[Place]:
    stages, used = build.dockerfile.stages, build.dockerfile.used
    if any(stages[number].is_chosen for number in used):
        return
    for stage in stages:
        if stage.number not in used:
            what = f"the stage {named(stage.name, str(stage.number))}" if stage.name else f"stage {stage.number}"
            yield Place(stage.begin.line, f"the last stage needs nothing of {what}")


def _sources(build: Build) -> Iterator[tuple[int, Instruction, str, int | None]]:
    """Yield the stage's number, the instruction, its source, and the number of the stage which that means."""
    stages = build.dockerfile.stages
    names = {stage.name.lower(): stage.number for stage in stages if stage.name}
    for stage in stages:
        for instruction in stage.instructions:
            for source in sources_of(instruction):
                yield stage.number, instruction, source, stage_number(source, names, len(stages))


def _unknown_number(build: Build) -> Iterator[Place]:
    for _, instruction, source, meant in _sources(build):
        if meant is None and source.isdecimal() and len(source) < _LONGEST_WORD:
            yield Place(instruction.line, f"there is no stage {source}")


def _unknown_name(build: Build) -> Iterator[Place]:
    names = list(dict.fromkeys(stage.name.lower() for stage in build.dockerfile.stages if stage.name))
    known: dict[str, str] = {}
    for _, instruction, source, meant in _sources(build):
        is_none = source.isdecimal() or source.lower() == "scratch" or instruction.keyword == "ONBUILD"
        if meant is not None or is_none:
            continue  # what ONBUILD names may be a stage of whoever builds on this
        if source not in known and len(known) < _MOST_COMPARED:
            known[source] = _instead(source, names)
        if known.get(source):
            found = f"no stage is called {named(source, 'so')}, and so it is taken for an image"
            yield Place(instruction.line, f"{found}; {known[source]}")


def _instead(source: str, names: list[str]) -> str:
    """Return which stages there are, the near one first; nothing where an image must be meant."""
    near = get_close_matches(source.lower(), names, 1, _ALIKE) if len(source) < _LONGEST_WORD else []
    if not (near or may_be_stage(source)):
        return ""
    if not names:
        return "no stage has a name"
    shown = list(dict.fromkeys([*near, *names]))[:_MOST_NAMED]
    more = ", …" if len(names) > len(shown) else ""
    nearness = ", the first of them near" if near else ""
    return f"the stages are {', '.join(named(name, '…') for name in shown)}{more}{nearness}"


def _own_stage(build: Build) -> Iterator[Place]:
    for number, instruction, _, meant in _sources(build):
        if number == meant and instruction.keyword != "ONBUILD":
            yield Place(instruction.line, "a stage takes files from itself")


def _lost_argument(build: Build) -> Iterator[Place]:
    outside = {
        word.partition("=")[0]
        for each in build.dockerfile.declared
        if each.keyword == "ARG"
        for word in each.words()
    } | PLATFORM_VARIABLES
    known: list[set[str]] = []
    for stage in build.dockerfile.stages:
        own = set() if stage.parent is None else set(known[stage.parent])
        for instruction in stage.instructions:
            own |= _declared(instruction)
            for name in sorted((_used(instruction) & outside) - own):
                yield Place(instruction.line, f"{named(name)} is empty here: no ARG in this stage declares it")
                own.add(name)
        known.append(own)


def _declared(instruction: Instruction) -> set[str]:
    if instruction.keyword == "ARG":
        return {word.partition("=")[0] for word in instruction.words()}
    return {name for name, _ in environment_of(instruction)} if instruction.keyword == "ENV" else set()


def _used(instruction: Instruction) -> set[str]:
    """Return the variables that an instruction uses, but for those that its own script may set."""
    if instruction.keyword in {"CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"}:
        return set()  # they are filled in when a container runs, or elsewhere
    text = "".join((instruction.arguments, *(each.content for each in instruction.heredocs if each.expands)))
    return set(_USE.findall(text)) - _set_by(text) if "$" in text else set()


def _set_by(text: str) -> set[str]:
    return {name for names in _SET.findall(text) for name in names}


def _deprecated(build: Build) -> Iterator[Place]:
    for instruction in build.dockerfile.instructions:
        if instruction.keyword == "MAINTAINER":
            yield Place(instruction.line, "MAINTAINER is deprecated")


def _broken_array(build: Build) -> Iterator[Place]:
    for step in build.all_steps:
        text = step.instruction.arguments
        is_meant = text.startswith("[") and text.endswith("]") and ("'" in text or '"' in text)
        if not is_meant or step.keyword not in {"CMD", "ENTRYPOINT", "SHELL", "VOLUME", "COPY", "ADD"}:
            continue
        if exec_form(step.instruction) is None:
            yield Place(step.line, f"this {step.keyword} is no JSON array, and so is taken for plain text")


CHECKS = (
    Check(
        Rule(
            "missing-from",
            "error",
            "Begin with the image that the first stage is built on.",
            frozenset({"DL3061"}),
        ),
        _missing_from,
    ),
    Check(
        Rule("unknown-instruction", "error", "Correct its name; no builder reads on.", frozenset({"DL1000"})),
        _unknown_instruction,
    ),
    Check(
        Rule("malformed-from", "error", "Write FROM image, or FROM image AS name.", frozenset({"DL1000"})),
        _malformed_from,
    ),
    Check(
        Rule("duplicate-stage", "error", "Give each stage a name of its own.", frozenset({"DL3024"})),
        _duplicate_stage,
    ),
    Check(
        Rule("unused-stage", "info", "Remove it, unless it is built with --target.", is_of_source=True),
        _unused_stage,
    ),
    Check(
        Rule("missing-stage", "error", "Name a stage of this file.", frozenset({"DL3022"}), is_of_source=True),
        _unknown_number,
    ),
    Check(
        Rule(
            "unknown-stage",
            "warning",
            "Name a stage of this file by its name or number, or an image with its tag.",
            frozenset({"DL3022"}),
            is_of_source=True,
        ),
        _unknown_name,
    ),
    Check(
        Rule("own-stage", "error", "Copy within a stage with RUN cp.", frozenset({"DL3023"}), is_of_source=True),
        _own_stage,
    ),
    Check(
        Rule(
            "lost-argument",
            "warning",
            "Repeat ARG with its name inside the stage: what is declared before FROM holds for FROM lines alone.",
            is_of_source=True,
        ),
        _lost_argument,
    ),
    Check(
        Rule(
            "deprecated-maintainer",
            "warning",
            "Use LABEL org.opencontainers.image.authors instead.",
            frozenset({"DL4000"}),
        ),
        _deprecated,
    ),
    Check(
        Rule(
            "broken-array", "warning", "Use double quotes, and commas between them.", frozenset({"DL3025"}), True
        ),
        _broken_array,
    ),
)
