"""What the shell shows: tables and colours on a terminal, Markdown into a pipe, JSON on demand."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from portcall.models import Answer


def print_json(value: Any) -> None:
    """Print JSON on stdout; the characters that hide are escaped, as JSON can."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer: as JSON, drawn for a terminal, or as the Markdown that an agent reads."""
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return
    if not sys.stdout.isatty():
        from portcall.render import render

        sys.stdout.write(render(answer) + "\n")
        return
    from portcall.cli.drawings import drawn  # late: into a pipe nothing is drawn

    console = terminal()
    console.print(drawn(answer))
    if answer.stale:
        when = f"true as of {_plain(answer.as_of)}" if answer.as_of else "true some time ago"
        console.print(f"[bold yellow]stale:[/] {when}; the registry could not be asked.")
    for warning in answer.warnings:
        console.print(f"[yellow]note:[/] {_plain(warning)}.")


def terminal() -> Console:
    """Return the terminal to draw on."""
    from rich.console import Console

    return Console(highlight=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    from portcall.render.untrusted import plain_line

    return escape(plain_line(text))
