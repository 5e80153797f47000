"""What an image was built on, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from portcall.cli.drawings.table import bare_table, headline, told
from portcall.cli.mirrored import for_the_shell
from portcall.render.base_image import FOUND_BY, SURENESS, next_step
from portcall.render.quantity import to_the_second

if TYPE_CHECKING:
    from portcall.models import BaseImageCheck

_STATES = {None: ("whether it moved is not known", "yellow"), True: ("has moved on", "bold red")}


def base_image_drawing(answer: BaseImageCheck) -> RenderableType:
    """Return the base and whether it moved on, then how that is known."""
    head = headline(answer).append(f"  {SURENESS.get(answer.confidence, 'based on')} ")
    head.append(told(answer.base or ("scratch" if answer.found_by == "scratch" else "?"), "bold"))
    if answer.base:
        state, style = _STATES.get(answer.outdated, ("up to date", "bold green"))
        head.append(f"  {state}", style)
    rows = {
        "found by": f"{FOUND_BY[answer.found_by]} ({answer.confidence})",
        "base then": answer.base_digest,
        "base now": answer.current_digest,
        "created": to_the_second(answer.created) if answer.created else None,
        "base created": to_the_second(answer.base_created) if answer.base_created else None,
        "newer": answer.newer,
        "next": for_the_shell(next_step(answer)) if answer.outdated else None,
    }
    table = bare_table()
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, told(value))
    return Group(head, "", table)
