"""What an image's layers weigh, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.build_step import build_step
from portcall.render.name import image_name
from portcall.render.quantity import counted, percent, short_digest, size
from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import LayerAnalysis, LayerShare

_LONGEST_PATH = 200
#: Rows of a list that are shown: the structured answer has some more.
_MOST_ROWS = 10


def layers_text(answer: LayerAnalysis) -> str:
    """Return the sum first, then what could be saved, then a row for each layer."""
    title = f"# {image_name(answer)}: {size(answer.total_size)} in {counted(len(answer.layers), 'layer')}"
    facts = "\n".join([f"- {fact}" for fact in _facts(answer)])
    parts = (title, facts, _layers(answer), _left_behind(answer), _wasted(answer), _biggest(answer))
    return "\n\n".join([part for part in parts if part])


def _facts(answer: LayerAnalysis) -> Iterator[str]:
    yield f"pinned: {code(answer.reference, 600)}"
    if not answer.deep:
        yield "sizes are as stored; with deep=true: what is wasted, left behind, largest"
        return
    if answer.reclaimable is not None and answer.uncompressed_size is not None:
        share = percent(answer.reclaimable, answer.uncompressed_size)
        yield (
            f"reclaimable: **{size(answer.reclaimable)}** of {size(answer.uncompressed_size)} unpacked{share}: "
            "in layers, but seen by no container"
        )
    if answer.efficiency is not None and answer.wasted_bytes is not None:
        above = answer.wasted_percent
        told = "" if above is None else f", {100 * above:.1f} % of what is above layer 1"
        yield (
            f"as dive counts: efficiency {answer.efficiency:.4f}, wasted {size(answer.wasted_bytes)}{told} "
            "(needed copies included)"
        )
    yield f"fetched: {size(answer.bytes_fetched or 0)}{'' if answer.verified else ', not verified'}"


def _layers(answer: LayerAnalysis) -> str:
    if not answer.layers:
        return ""
    heads = f"{'#':>3} {'stored':>9}" + (f" {'unpacked':>9} {'wasted':>9}" if answer.deep else "")
    rows = [f"{heads} {'digest':<12} step", *(_row(layer, deep=answer.deep) for layer in answer.layers)]
    return "## Layers\n\n" + fenced("\n".join(rows))


def _row(layer: LayerShare, *, deep: bool) -> str:
    row = f"{layer.number:>3} {size(layer.size):>9}"
    if deep:
        row += f" {size(layer.uncompressed_size):>9} {size(layer.wasted) if layer.wasted else '':>9}"
    note = f"({layer.problem}) " if layer.problem else ""
    return f"{row} {short_digest(layer.digest).partition(':')[2]} {note}{build_step(layer.command)}".rstrip()


def _left_behind(answer: LayerAnalysis) -> str:
    if not answer.leftovers:
        return ""
    rows = [
        f"- {left.kind}: {code(left.path, _LONGEST_PATH)} {size(left.size)} in {counted(left.files, 'file')}, "
        f"{_layers_named(left.layers)}: {left.advice}"
        for left in answer.leftovers
    ]
    return "## Left behind\n\n" + "\n".join(rows)


def _layers_named(numbers: tuple[int, ...]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"layer {listed}" if len(numbers) == 1 else f"layers {listed}"


def _wasted(answer: LayerAnalysis) -> str:
    if not answer.wasted_files:
        return ""
    rows = [
        f"{size(file.reclaimable):>9} of {size(file.size):>9} in {counted(file.count, 'layer')} "
        f"{path_text(file.path)}"
        for file in answer.wasted_files[:_MOST_ROWS]
    ]
    total = answer.wasted_files_total or len(rows)
    shown = f" (the worst {len(rows)} of {total:,})" if len(rows) < total else ""
    return f"## Overwritten or deleted{shown}\n\n" + fenced("\n".join(rows))


def _biggest(answer: LayerAnalysis) -> str:
    if not answer.biggest_files:
        return ""
    rows = [
        f"{size(file.size):>9} {file.layer:>3} {path_text(file.path)}"
        for file in answer.biggest_files[:_MOST_ROWS]
    ]
    return "## Largest files (size, layer, path)\n\n" + fenced("\n".join(rows))


def path_text(path: str) -> str:
    """Return a path on one line, whatever is in it."""
    return visible(path, _LONGEST_PATH).replace("\n", "\\n").replace("\t", "\\t")
