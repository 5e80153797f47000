"""A Dockerfile's instructions as what they do: words filled in, scripts read, each in its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.documents.dockerfile_from import mount_options
from portcall.documents.lint.shell import SHELLS, Command, commands_of, commands_of_words
from portcall.documents.variables import expand
from portcall.documents.words import iter_words, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.documents.dockerfile import Instruction
    from portcall.documents.dockerfile_stages import Dockerfile, Stage

#: Instructions in whose arguments the builder itself fills variables in.
_EXPANDED = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
_EXEC_FORMS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
#: Settings that a rule asks for.
_SETTINGS = frozenset({"PIP_NO_CACHE_DIR"})
#: As Linux bounds it; each relative ``WORKDIR`` makes it longer.
_LONGEST_PATH = 4096
_HEREDOC_ALONE = re.compile(r"[0-9]*<<-?[^<\s]+\s*\Z")
_SHELL_SHEBANG = re.compile(r"#!\s*\S*?(?:/|env )(?:sh|bash|ash|dash|ksh|zsh)\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a stage.

    Attributes:
        instruction: As it was read; what ``ONBUILD`` triggers is not looked at.
        words: Its arguments without quotes, with variables where the builder fills them in.
        is_exec: Whether the arguments are a JSON array.
        workdir: The working directory before it, as far as the stages tell; ``None`` where the base decides.
        shell: The shell in force, with its options; ``()`` where the base decides.
        commands: What a ``RUN`` runs; nothing where its shell is none that is known.
        mounts: A ``RUN``'s mounts, as their options.
        settings: The few environment variables that rules ask for.
    """

    instruction: Instruction
    words: tuple[str, ...]
    is_exec: bool
    workdir: str | None
    shell: tuple[str, ...]
    commands: tuple[Command, ...] = ()
    mounts: tuple[Mapping[str, str], ...] = ()
    settings: frozenset[str] = frozenset()

    @property
    def keyword(self) -> str:
        """Which instruction, in upper case."""
        return self.instruction.keyword

    @property
    def line(self) -> int:
        """Its first line."""
        return self.instruction.line

    def path(self, word: str) -> str:
        """Return a path as seen from the working directory; of an unknown one, from the root."""
        return joined(self.workdir or "/", word)

    def is_mounted(self, path: str) -> bool:
        """Return whether what is written below a path does not stay in the layer: a cache's mount, say."""
        targets = (mount.get("target") or mount.get("dst") or mount.get("destination") for mount in self.mounts)
        return any(target and is_below(joined("/", target), path) for target in targets)


@dataclass(frozen=True, slots=True)
class Build:
    """A Dockerfile with the steps of each of its stages."""

    dockerfile: Dockerfile
    steps: tuple[tuple[Step, ...], ...]

    @property
    def all_steps(self) -> Iterator[Step]:
        """The steps of all stages, in order."""
        return (step for steps in self.steps for step in steps)

    def runs(self) -> Iterator[Step]:
        """Return all ``RUN`` steps, in order."""
        return (step for step in self.all_steps if step.keyword == "RUN")

    def lineage(self, stage: Stage) -> list[Step]:
        """Return the steps that make a stage, those of the stages that it is built on included."""
        return [step for each in self.dockerfile.lineage(stage) for step in self.steps[each.number]]


@dataclass(slots=True)
class _State:
    """What a stage has set so far."""

    values: dict[str, str] = field(default_factory=dict)
    workdir: str | None = None
    shell: tuple[str, ...] = ()
    settings: frozenset[str] = frozenset()

    def copy(self) -> _State:
        return _State(dict(self.values), self.workdir, self.shell, self.settings)


def steps_of(dockerfile: Dockerfile) -> Build:
    """Return a Dockerfile's steps, in time linear in its length."""
    ends: list[_State] = []
    steps: list[tuple[Step, ...]] = []
    for stage in dockerfile.stages:
        state = _State() if stage.parent is None else ends[stage.parent].copy()
        steps.append(tuple(_step(each, state, dockerfile.arguments) for each in stage.instructions))
        ends.append(state)
    return Build(dockerfile, tuple(steps))


def _step(instruction: Instruction, state: _State, given: Mapping[str, str]) -> Step:
    words, is_exec = _words(instruction, state.values)
    flags = instruction.flags if instruction.keyword == "RUN" else ()
    step = Step(
        instruction,
        words,
        is_exec,
        state.workdir,
        state.shell,
        commands=_commands(instruction, words if is_exec else None, state.shell),
        mounts=tuple(mount_options(flag.value or "") for flag in flags if flag.name == "mount"),
        settings=state.settings,
    )
    _follow(step, state, given)
    return step


def _words(instruction: Instruction, values: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    """Return the arguments as words; only those that are paths and names, for scripts are read as such."""
    array = exec_form(instruction) if instruction.keyword in _EXEC_FORMS else None
    if array is None and instruction.keyword in {"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"}:
        return (), False
    expands = instruction.keyword in _EXPANDED
    written = instruction.words() if array is None else array
    return tuple(_word(each, values, instruction.escape, array is None, expands) for each in written), bool(array)


def _word(word: str, values: Mapping[str, str], escape: str, is_quoted: bool, expands: bool) -> str:
    literal = is_quoted and len(word) > 1 and word[0] == word[-1] == "'"
    if expands and "$" in word and not literal:
        text = word.replace('"', "") if is_quoted else word
        return expand(text, values, escape=escape).text
    return unquote(word, escape) if is_quoted else word


def exec_form(instruction: Instruction) -> list[str] | None:
    """Return an instruction's arguments where they are a JSON array of texts, ``None`` elsewhere."""
    if not instruction.arguments.startswith("["):
        return None
    try:
        array = json.loads(instruction.arguments)
    except (ValueError, RecursionError):
        return None
    return array if isinstance(array, list) and all(isinstance(each, str) for each in array) else None


def _commands(
    instruction: Instruction, array: tuple[str, ...] | None, shell: tuple[str, ...]
) -> tuple[Command, ...]:
    if instruction.keyword != "RUN":
        return ()
    if array is not None:
        return commands_of_words(array)
    if shell and shell[0].rpartition("/")[2] not in SHELLS:
        return ()
    return _scripted(instruction)


def _scripted(instruction: Instruction) -> tuple[Command, ...]:
    """Return the commands of a script, which may stand in heredocs."""
    commands = commands_of(instruction.arguments)
    bodies = "".join(heredoc.content for heredoc in instruction.heredocs)
    if not bodies:
        return commands
    if _HEREDOC_ALONE.match(instruction.arguments):
        return commands_of(bodies) if not bodies.startswith("#!") or _SHELL_SHEBANG.match(bodies) else ()
    is_fed = any(command.program in SHELLS and not command.operands for command in commands)
    return (*commands, *commands_of(bodies)) if is_fed else commands


def _follow(step: Step, state: _State, given: Mapping[str, str]) -> None:
    """Let what an instruction sets hold for those that follow."""
    match step.keyword:
        case "ENV":
            _set_environment(step.instruction, state)
        case "ARG":
            _set_arguments(step.instruction, state, given)
        case "WORKDIR" if step.words:
            state.workdir = joined(state.workdir or "", " ".join(step.words))[:_LONGEST_PATH] or None
        case "SHELL" if step.is_exec:
            state.shell = step.words


def _set_environment(instruction: Instruction, state: _State) -> None:
    for name, word in environment_of(instruction):
        value = expand(word.replace('"', ""), state.values, escape=instruction.escape)
        if value.problem is None:
            state.values[name] = value.text
        if name in _SETTINGS and value.text.lower() not in {"", "0", "false", "off", "no"}:
            state.settings |= {name}


def _set_arguments(instruction: Instruction, state: _State, given: Mapping[str, str]) -> None:
    for word in instruction.words():
        name, equals, default = word.partition("=")
        if name in given:
            state.values[name] = given[name]
        elif equals:
            value = expand(unquote(default, instruction.escape), state.values, escape=instruction.escape)
            state.values[name] = value.text


def environment_of(instruction: Instruction) -> list[tuple[str, str]]:
    """Return names and values, as written, of an ``ENV``; also of its old form ``ENV name value``."""
    words = list(iter_words(instruction.arguments, instruction.escape))
    if words and "=" not in words[0][0]:
        return [(words[0][0], instruction.arguments[words[0].end() :].strip())]
    return [(name, value) for name, equals, value in (word[0].partition("=") for word in words) if equals]


def joined(folder: str, path: str) -> str:
    """Return a path without its dots, as seen from a folder that has none; relative where both are."""
    root = "/" if path.startswith("/") or folder.startswith("/") else ""
    above = "" if path.startswith("/") else folder.strip("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and not parts:
            above = above.rpartition("/")[0]
        elif part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return root + "/".join([above, *parts] if above else parts)


def is_below(folder: str, path: str) -> bool:
    """Return whether a path is a folder, or below it."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
