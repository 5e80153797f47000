"""What rows of verdicts have in common: the mark before them, and what went wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import told
from portcall.cli.mirrored import for_the_shell
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from portcall.models import ErrorInfo


def mark(good: bool | None) -> Text:
    """Return the mark of what is good, is not, or is not known (``None``)."""
    if good is None:
        return Text("?", "bold yellow")
    return Text("✓", "bold green") if good else Text("✗", "bold red")


def trouble(error: ErrorInfo) -> Text:
    """Return an error with its next step, and the names that may have been meant."""
    text = told(f"{plain_line(error.message)}. {for_the_shell(plain_line(error.hint))}", limit=600)
    if error.candidates:
        names = ", ".join(plain_line(name, 128) for name in error.candidates)
        text.append(f"  {names}", "yellow")
    return text
