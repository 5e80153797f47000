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
    from portcall.cli.drawings import drawn, is_copied, notes  # late: into a pipe nothing is drawn

    terminal().print(drawn(answer), *notes(answer), sep="\n", soft_wrap=is_copied(answer))


def terminal() -> Console:
    """Return the terminal to draw on, to which every text is text: brackets in it are no markup."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)
