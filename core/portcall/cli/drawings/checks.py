"""Verdicts on images, drawn: a mark, the image, and its digest or what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.marks import mark, trouble
from portcall.cli.drawings.table import bare_table, told
from portcall.render.quantity import short_digest
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from portcall.models import ImageCheck, ImageChecks


def checks_drawing(answer: ImageChecks) -> RenderableType:
    """Return one row for each image, and how many are fine below them."""
    table = bare_table()
    table.add_column(no_wrap=True)
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for check in answer.checks:
        table.add_row(mark(_is_good(check)), str(check.line or ""), _image(check), _verdict(check))
    summary = Text(f"{answer.ok} fine, {answer.failed} failed", "green" if not answer.failed else "red")
    return Group(table, "", summary)


def _is_good(check: ImageCheck) -> bool | None:
    if check.exists is None:
        return None
    return check.exists and check.platform_available is not False and check.error is None


def _image(check: ImageCheck) -> Text:
    text = told(check.image)
    return text.append("  ").append(told(check.used_by, "dim", 100)) if check.used_by else text


def _verdict(check: ImageCheck) -> Text:
    if check.error is not None:
        return trouble(check.error)
    text = told(short_digest(check.digest or ""), "dim")
    if check.platforms:
        style = "red" if check.platform_available is False else ""
        text.append(f"  {', '.join(plain_line(platform, 60) for platform in check.platforms)}", style)
    if check.newer:
        in_major = f", in its major version {check.newer_in_major}" if check.newer_in_major else ""
        text.append("  ").append(told(f"newer: {check.newer}{in_major}", "yellow"))
    if check.none_newer:
        text.append("  none newer", "dim")
    return text
