"""An image, drawn: what it is, how it runs, and its layers with bars for their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import bare_table, headline, told
from portcall.render.image import base_of, health_of, step_of
from portcall.render.quantity import counted, short_digest, size
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from portcall.models import ImageDetail

_BAR = 12
#: Most environment variables that are shown, and most characters of one fact.
_VARIABLES = 20
_LONGEST = 400


def image_drawing(detail: ImageDetail) -> RenderableType:
    """Return all that the Markdown tells, but for steps without a layer."""
    parts: list[RenderableType] = [headline(detail, detail.artifact_type), "", _facts(detail)]
    if detail.layers:
        parts += ["", Text(f"{counted(len(detail.layers), 'layer')}, {size(detail.total_size)} compressed", "dim")]
        parts.append(_layers(detail))
    for name, pairs in (("labels", detail.labels), ("annotations", _own_annotations(detail))):
        if pairs:
            parts += ["", Text(name, "dim"), _pairs(pairs)]
    return Group(*parts)


def _facts(detail: ImageDetail) -> Table:
    rows = {
        "pinned": detail.reference,
        "manifest": detail.platform_digest if detail.platform_digest != detail.digest else "",
        "created": detail.created,
        "platforms": ", ".join(detail.platforms),
        **_running(detail),
        "author": detail.author,
        "base": base_of(detail),
        "page": detail.web_url,
    }
    table = bare_table()
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, told(value, limit=_LONGEST))
    if detail.env:
        table.add_row("env", _variables(detail.env))
    return table


def _running(detail: ImageDetail) -> dict[str, str | None]:
    return {
        "entrypoint": " ".join(detail.entrypoint or ()),
        "cmd": " ".join(detail.cmd or ()),
        "user": detail.user or ("root (none set)" if detail.architecture and detail.os != "windows" else ""),
        "workdir": detail.workdir,
        "ports": ", ".join(detail.exposed_ports),
        "volumes": ", ".join(detail.volumes),
        "health": health_of(detail),
        "stop signal": detail.stop_signal,
    }


def _variables(variables: tuple[str, ...]) -> Text:
    lines = [plain_line(variable, _LONGEST) for variable in variables[:_VARIABLES]]
    if len(variables) > _VARIABLES:
        lines.append(f"… {counted(len(variables), 'variable')} in all")
    return Text("\n".join(lines))


def _layers(detail: ImageDetail) -> Table:
    table = bare_table()
    table.add_column(justify="right", no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, style="cyan", min_width=_BAR)
    table.add_column(no_wrap=True, style="dim", min_width=12)
    table.add_column(no_wrap=True, overflow="ellipsis")
    largest = max((layer.size for layer in detail.layers), default=0) or 1
    for layer in detail.layers:
        bar = "█" * max(1 if layer.size else 0, round(_BAR * layer.size / largest))
        digest, step = told(short_digest(layer.digest)[7:]), told(step_of(layer, detail))
        table.add_row(size(layer.size), f"{bar:<{_BAR}}", digest, step)
    return table


def _own_annotations(detail: ImageDetail) -> dict[str, str]:
    """Return the annotations that no label repeats, as builders write most of them twice."""
    return {key: value for key, value in detail.annotations.items() if detail.labels.get(key) != value}


def _pairs(pairs: Mapping[str, str]) -> Table:
    table = bare_table()
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(told(name, limit=120), told(value))
    return table
