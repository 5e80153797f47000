"""Layers, drawn: bars for their sizes, with what is wasted in them in red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import bare_table, headline, titled_table, told
from portcall.render.build_step import build_step
from portcall.render.grouping import grouped
from portcall.render.layers import path_text
from portcall.render.quantity import counted, short_digest, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions
    from rich.table import Table

    from portcall.models import LayerAnalysis, LayerShare

#: Columns that a bar takes; of a terminal that has fewer than these many, its steps need most.
_BAR, _SHORT_BAR = 24, 12
_ROOMY = 100


@dataclass(frozen=True, slots=True)
class _Bars:
    """The layers with bars, as wide as there is room for them."""

    answer: LayerAnalysis

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        roomy = options.max_width >= _ROOMY
        # What three figures say already is the first that can be missed.
        yield _bars(self.answer, _BAR if roomy else 0 if self.answer.deep else _SHORT_BAR)


def layers_drawing(answer: LayerAnalysis) -> RenderableType:
    """Return the layers with bars; of a deep look, what could be saved and where."""
    title = headline(answer).append(f"  {size(answer.total_size)} in {counted(len(answer.layers), 'layer')}")
    parts: list[RenderableType] = [title, "", _Bars(answer)]
    if answer.deep:
        parts += ["", _figures(answer)]
    for head, table in (
        ("left behind", _left_behind(answer)),
        ("overwritten or deleted", _wasted(answer)),
        ("largest files", _biggest(answer)),
    ):
        if table.row_count:
            parts += ["", Text(head, "dim"), table]
    return Group(*parts)


def _bars(answer: LayerAnalysis, longest: int) -> Table:
    deep, bar = ("UNPACKED", "WASTED") if answer.deep else (), ("",) if longest else ()
    table = titled_table("", "STORED", *bar, *deep, "DIGEST", "STEP", right={"STORED", *deep})
    # Columns that may wrap give way first: of these there is one, whose cells do not wrap for all that.
    for column in table.columns[:-1]:
        column.no_wrap = True
    largest = max((layer.size for layer in answer.layers), default=0) or 1
    for layer in answer.layers:
        figures = (
            (size(layer.uncompressed_size), size(layer.wasted) if layer.wasted else "") if answer.deep else ()
        )
        step = Text(no_wrap=True, overflow="ellipsis")
        step.append(told(f"({layer.problem})", "yellow").append(" ") if layer.problem else "")
        table.add_row(
            Text(str(layer.number), "dim"),
            size(layer.size),
            *((_bar(layer, largest, longest),) if longest else ()),
            *figures,
            told(short_digest(layer.digest)[7:], "dim"),
            step.append(build_step(layer.command)),
        )
    return table


def _bar(layer: LayerShare, largest: int, longest: int) -> Text:
    width = max(1 if layer.size else 0, round(longest * layer.size / largest))
    share = (layer.wasted or 0) / layer.uncompressed_size if layer.uncompressed_size else 0
    wasted = round(width * share)
    return Text("█" * (width - wasted), "cyan").append("█" * wasted, "red").append(" " * (longest - width))


def _figures(answer: LayerAnalysis) -> Table:
    rows = {}
    if answer.reclaimable is not None:
        rows["reclaimable"] = Text(size(answer.reclaimable), "bold red" if answer.reclaimable else "green")
        rows["reclaimable"].append(f" of {size(answer.uncompressed_size)} unpacked: seen by no container", "dim")
    if answer.efficiency is not None:
        rows["as dive counts"] = Text(f"efficiency {100 * answer.efficiency:.2f} %, ")
        rows["as dive counts"].append(f"wasted {size(answer.wasted_bytes)}, needed copies included", "dim")
    rows["fetched"] = Text(size(answer.bytes_fetched or 0))
    table = bare_table()
    table.add_column(style="dim")
    table.add_column()
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _left_behind(answer: LayerAnalysis) -> Table:
    table = _sizes()
    table.add_column(style="yellow", overflow="fold")
    for left in answer.leftovers:
        table.add_row(size(left.size), Text(path_text(left.path)), told(left.advice))
    return table


def _wasted(answer: LayerAnalysis) -> Table:
    table = _sizes()
    table.add_column(style="dim")
    for path, sizes in grouped((file.path, file.reclaimable) for file in answer.wasted_files):
        table.add_row(size(sum(sizes)), Text(path_text(path)), f"{len(sizes)} files" if len(sizes) > 1 else "")
    return table


def _biggest(answer: LayerAnalysis) -> Table:
    table = _sizes()
    table.add_column(style="dim")
    for file in answer.biggest_files:
        table.add_row(size(file.size), Text(path_text(file.path)), f"layer {file.layer}")
    return table


def _sizes() -> Table:
    table = bare_table()
    table.add_column(justify="right", no_wrap=True, min_width=9)
    table.add_column(overflow="fold")
    return table
