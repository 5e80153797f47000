"""Shell sessions, as pages show them: commands behind ``$``, each with what it printed."""

from __future__ import annotations

from dataclasses import dataclass

#: A line that stands for any others.
ELIDED = "…"


@dataclass(frozen=True)
class Command:
    """One command of a session, and the lines shown below it."""

    line: str
    shown: tuple[str, ...]


def commands_of(text: str) -> list[Command]:
    """Return a session's commands, in order; lines that end in a backslash go on."""
    found: list[Command] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            whole = line.removeprefix("$ ")
            while whole.endswith("\\"):
                whole = f"{whole[:-1].rstrip()} {next(lines).strip()}"
            found.append(Command(whole, ()))
        else:
            found[-1] = Command(found[-1].line, (*found[-1].shown, line))
    return [Command(command.line, _without_empty_end(command.shown)) for command in found]


def matches(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Tell whether what is shown is what was printed, but for the lines that are left out."""
    if ELIDED not in shown:
        return list(shown) == printed
    place = shown.index(ELIDED)
    head, tail = list(shown[:place]), shown[place + 1 :]
    if printed[:place] != head:
        return False
    return any(matches(tail, printed[start:]) for start in range(place, len(printed) + 1))


def _without_empty_end(lines: tuple[str, ...]) -> tuple[str, ...]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
