"""What a shell script runs: its simple commands, in their order, near enough to judge a ``RUN`` by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portcall.documents.words import unquote

#: Programs that read a script as a POSIX shell does.
SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
#: How deep `sh -c "sh -c …"` is followed.
_DEPTH = 2

# No two alternatives begin alike, but for the last resort, and none can fail half way: linear in time.
_TOKEN = re.compile(
    r"""
    (?P<blank>(?:[ \t\r]|\\\n)+)
    | (?P<comment>(?<![^\s;&|()])\#[^\n]*)
    | (?P<redirect>(?:(?<![^\s;&|()])[0-9]+)?(?:<<<|<<-?|>>|<>|<(?![(])|>(?![(])\|?)(?:&[0-9-]*)?|&>>?)
    | (?P<operator>\|\||\|&?|&&|&|;;?|\n|[<>]?[(]|[)]|`|\$[(])
    | (?P<word>(?:\\[\s\S]|\\\Z|"(?:\\[\s\S]|[^"\\])*(?:"|\\?\Z)|'[^']*(?:'|\Z)|\$\{[^}\n]{0,256}\}|\$(?![({])|\$\{
        |[^\s"'\\|&;()<>`$])+)
    | (?P<odd>[\s\S])
    """,
    re.VERBOSE,
)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
#: Words before a command that change nothing of what it is.
_BEFORE = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec", "command", "builtin", "nohup"}
)
_AS_ANOTHER = frozenset({"sudo", "doas"})
_TAKES_VALUE = frozenset({"-u", "-g", "-U", "-C", "-S"})


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    Attributes:
        words: Program and arguments, without quotes; variables as written.
        operator: What follows: ``|``, ``&&``, ``||``, ``;``, …; empty at the end.
        is_sudo: Whether it is run by ``sudo`` or its like.
        assigned: The names of the variables that are set for it alone.
        opener: What opens the part that it begins: ``<(``, ``$(``, ``(``, a backtick; empty elsewhere.
    """

    words: tuple[str, ...]
    operator: str = ""
    is_sudo: bool = False
    assigned: frozenset[str] = field(default_factory=frozenset)
    opener: str = ""

    @property
    def program(self) -> str:
        """The program's name, without its folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the program is given."""
        return self.words[1:]

    @property
    def options(self) -> tuple[str, ...]:
        """The arguments that begin with a dash."""
        return tuple(word for word in self.arguments if word.startswith("-"))

    def has_flag(self, letter: str, *names: str) -> bool:
        """Return whether a flag is set, as a letter, possibly among others, or by a long name."""
        return any(
            option in names or (not option.startswith("--") and letter in option[1:]) for option in self.options
        )

    @property
    def operands(self) -> tuple[str, ...]:
        """The arguments that are no options."""
        return tuple(word for word in self.arguments if not word.startswith("-"))


def commands_of(script: str) -> tuple[Command, ...]:
    """Return the commands of a POSIX shell's script, those of nested shells and substitutions included.

    Never raises; what is no command of a known form is left out, or stays one odd command.
    """
    return tuple(_commands(script, 0))


def commands_of_words(words: tuple[str, ...]) -> tuple[Command, ...]:
    """Return the commands of an exec form: one, and those of a shell that it starts."""
    return tuple(_with_nested(_command(list(words), "", ""), 0))


def _commands(script: str, depth: int) -> list[Command]:
    found: list[Command] = []
    words: list[str] = []
    opener, skips = "", False
    for match in _TOKEN.finditer(script):
        kind = match.lastgroup
        if kind == "redirect":
            # `2>&1` names its target itself.
            skips = not match[0].rstrip("0123456789-").endswith("&")
        elif kind == "word" and skips:
            skips = False
        elif kind == "word":
            words.append(unquote(match[0]))
        elif kind == "operator":
            found.extend(_with_nested(_command(words, match[0], opener), depth))
            words, skips = [], False
            opener = match[0] if match[0].endswith("(") or match[0] == "`" else ""
    found.extend(_with_nested(_command(words, "", opener), depth))
    return found


def _command(words: list[str], operator: str, opener: str) -> Command:
    assigned: set[str] = set()
    is_sudo, at = False, 0
    while at < len(words):
        word = words[at]
        if match := _ASSIGNMENT.match(word):
            assigned.add(match[0].rstrip("+="))
        elif word in _AS_ANOTHER or word == "env":
            is_sudo = is_sudo or word in _AS_ANOTHER
            at = _behind_options(words, at)
        elif word not in _BEFORE:
            break
        at += 1
    return Command(tuple(words[at:]), operator, is_sudo, frozenset(assigned), opener)


def _behind_options(words: list[str], at: int) -> int:
    """Return the place of the last option of ``sudo`` or ``env``, its value included."""
    while at + 1 < len(words) and words[at + 1].startswith("-"):
        at += 2 if words[at + 1] in _TAKES_VALUE else 1
    return at


def _with_nested(command: Command, depth: int) -> list[Command]:
    if not (command.words or command.is_sudo):
        return []
    script = script_of(command)
    return [command, *(_commands(script, depth + 1) if script and depth < _DEPTH else ())]


def script_of(command: Command) -> str | None:
    """Return the script that a command hands to a shell by ``-c``, if it does."""
    if command.program not in SHELLS | {"su"}:
        return None
    for option, value in zip(command.arguments, command.arguments[1:], strict=False):
        if option.startswith("-") and not option.startswith("--") and option.endswith("c"):
            return value
    return None
