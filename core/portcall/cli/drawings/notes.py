"""What stands below every drawing: how old its answer is, and what its reader should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from portcall.cli.drawings.table import told
from portcall.cli.mirrored import for_the_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import Answer


def notes(answer: Answer) -> Iterator[Text]:
    """Yield the notes of an answer, if it has any."""
    if answer.stale:
        when = f"true as of {answer.as_of}" if answer.as_of else "true some time ago"
        yield _note("stale:", "bold yellow", f"{when}; the registry could not be asked")
    for warning in answer.warnings:
        yield _note("note:", "yellow", for_the_shell(warning))


def _note(kind: str, style: str, said: str) -> Text:
    return Text.assemble((kind, style), " ", told(said), ".")
