"""Instructions as builders print them into a history, written as a Dockerfile has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.images.dockerfile.go_values import as_json, read_strings, read_words
from portcall.images.dockerfile.health import write_health
from portcall.images.dockerfile.layout import comment, instruction, one_line, quoted, run
from portcall.images.history.pairs import split_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.images.history.command import Command
    from portcall.oci.config import ImageConfig

_COPIED = re.compile(
    r"(?P<flags>(?:--\S+\s+)*)(?P<kind>file|dir|multi):\s*(?P<hash>[0-9a-f]{8,128})\s+in\s*(?P<target>[\s\S]*)\Z"
)
_PLACEHOLDERS = {"file": "<file>", "dir": "<directory>", "multi": "<files>"}
_PORT = re.compile(r"[0-9]{1,5}(?:-[0-9]{1,5})?(?:/[a-z]{2,8})?")
_WRITTEN_QUOTED = re.compile(r"""(?:"[^"]*"|'[^']*')\Z""")


@dataclass(slots=True)
class Writer:
    """Writes the instructions of one image.

    Args:
        config: Tells what a line of the history leaves open: where one value ends and the next begins.
        escape: The Dockerfile's escape character.
        declared: Build arguments so far, with their values.
    """

    config: ImageConfig
    escape: str = "\\"
    declared: dict[str, str | None] = field(default_factory=dict)
    _environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._environment = dict(pair.split("=", 1) for pair in self.config.env if "=" in pair)

    def write(self, command: Command) -> list[str]:
        """Return the lines of an instruction: comments, ``ARG`` for what it needs, and itself, each whole."""
        keyword, arguments = command.keyword or "", command.arguments
        if keyword == "RUN":
            return self._run(command)
        if keyword in {"COPY", "ADD"} and (copied := _COPIED.match(arguments)):
            return self._copied(keyword, copied)
        if keyword in {"ENV", "LABEL"}:
            return [self._line(keyword, self._settings(keyword, arguments))]
        if keyword == "ARG":
            return [self._line(keyword, self._arguments(arguments))]
        if keyword == "HEALTHCHECK":
            return [self._line(keyword, write_health(arguments, self.config.health))]
        rewrite = _FORMS.get(keyword)
        return [self._line(keyword, rewrite(arguments) if rewrite else arguments)]

    def _line(self, keyword: str, arguments: str) -> str:
        return instruction(keyword, arguments, self.escape)

    def _run(self, command: Command) -> list[str]:
        needed = {name: value for name, value in command.values if self.declared.get(name) != value}
        self.declared |= needed
        lines = [self._line("ARG", f"{name}={self._literal(value)}") for name, value in needed.items()]
        if not command.shell or "\n" in command.arguments:
            return [*lines, run(command.arguments, self.escape)]
        return [*lines, self._line("RUN", as_json([*command.shell, command.arguments]))]

    def _copied(self, keyword: str, copied: re.Match[str]) -> list[str]:
        kind, target = copied["kind"], one_line(copied["target"]) or "."
        placeholder = _PLACEHOLDERS[kind]
        note = comment(f"{placeholder} has no name in the history; its checksum is {copied['hash']}")
        places = as_json([placeholder, target]) if " " in target else f"{placeholder} {target}"
        return [note, self._line(keyword, f"{copied['flags']}{places}")]

    def _settings(self, keyword: str, arguments: str) -> str:
        """Return names and values of ``ENV`` or ``LABEL``, quoted where they have to be."""
        known = self.config.labels if keyword == "LABEL" else self._environment
        pairs = split_pairs(arguments, known)
        written = (f"{name}={self._value(value, known.get(name))}" for name, value in pairs)
        return " ".join(written) or arguments

    def _arguments(self, arguments: str) -> str:
        pairs = split_pairs(arguments)
        self.declared |= dict(pairs) or dict.fromkeys(arguments.split())
        return " ".join(f"{name}={self._literal(value)}" for name, value in pairs) or arguments

    def _value(self, value: str, settled: str | None) -> str:
        """Return a value; the one in force in the end is what it is, another may have variables and quotes."""
        if value == settled:
            return self._literal(value)
        is_written = _WRITTEN_QUOTED.match(value) is not None
        return one_line(value) if is_written else quoted(one_line(value), self.escape, is_literal=False)

    def _literal(self, value: str) -> str:
        return quoted(one_line(value), self.escape, is_literal=True)


def shell_words(arguments: str) -> list[str]:
    """Return the words of ``SHELL [/bin/bash -o pipefail -c]``; what follows PowerShell's ``-Command`` is one."""
    words = read_strings(arguments)
    if words is not None:
        return words
    text = arguments.strip().removeprefix("[").removesuffix("]")
    before, found, script = text.partition(" -Command ")
    return [*before.split(), "-Command", script.strip()] if found and script.strip() else text.split()


def _words(arguments: str) -> str:
    """``["a" "b c"]`` and ``[a b]``, in the JSON form."""
    text = arguments.removeprefix("&{").removesuffix("}") if arguments.startswith("&{[") else arguments
    words = read_strings(text)
    if words is None:
        words = read_words(text)
    return arguments if words is None else as_json(words)


def _single(arguments: str) -> str:
    """``[SIGTERM]``, as the classic builder once had it."""
    words = read_words(arguments)
    return words[0] if words and len(words) == 1 else arguments


def _ports(arguments: str) -> str:
    """``map[80/tcp:{} 443/tcp:{}]`` and ``[80/tcp]``, as a plain list."""
    is_printed = arguments.startswith(("map[", "["))
    return (" ".join(_PORT.findall(arguments)) if is_printed else "") or arguments


def _shell(arguments: str) -> str:
    return as_json(shell_words(arguments)) if arguments.startswith("[") else arguments


_FORMS: Mapping[str, Callable[[str], str]] = {
    "CMD": _words,
    "ENTRYPOINT": _words,
    "VOLUME": _words,
    "SHELL": _shell,
    "STOPSIGNAL": _single,
    "USER": _single,
    "EXPOSE": _ports,
}
