"""What an image's layers weigh, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.build_step import build_step
from portcall.render.grouping import grouped
from portcall.render.name import image_name
from portcall.render.quantity import counted, percent, short_digest, size
from portcall.render.untrusted import code, fenced, plain_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import LayerAnalysis, LayerShare

_LONGEST_PATH = 200
#: What is less than this part of the image is not worth a step of its own.
_WORTH_SAYING = 50
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
        yield from _next_step(answer)
    if answer.efficiency is not None and answer.wasted_bytes is not None:
        wasted = f"wasted {size(answer.wasted_bytes)} of files that are in several layers"
        yield f"as dive counts: efficiency {100 * answer.efficiency:.2f} %, {wasted}, the needed copies included"
    yield f"fetched: {size(answer.bytes_fetched or 0)}{'' if answer.verified else ', not verified'}"


def _next_step(answer: LayerAnalysis) -> Iterator[str]:
    """Yield what to change, where one layer is to blame for much."""
    worst = max(answer.layers, key=lambda layer: layer.wasted or 0, default=None)
    if worst is None or not worst.wasted or not answer.uncompressed_size:
        return
    if worst.wasted * _WORTH_SAYING >= answer.uncompressed_size:
        yield (
            f"next: {size(worst.wasted)} of it is in layer {worst.number}, and deleted or overwritten later: "
            f"{_remedy(worst)}"
        )


def _remedy(layer: LayerShare) -> str:
    """Return how the step that made a layer can do without what is lost in it."""
    keyword = build_step(layer.command).partition(" ")[0]
    if keyword == "RUN":
        return "delete it in that same RUN, or do not write it"
    if keyword == "COPY" or (keyword == "ADD" and layer.number > 1):
        return "copy less there, or exclude it by .dockerignore"
    # What is unpacked first is a distribution, which is somebody else's image as a rule.
    return "a newer or smaller base may not have it" if layer.number == 1 else "leave it out of that step"


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
    note = f"({plain_line(layer.problem, 200)}) " if layer.problem else ""
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
        f"{size(sum(sizes)):>9} {path_text(path)}{f' ({len(sizes)} files)' if len(sizes) > 1 else ''}"
        for path, sizes in grouped((file.path, file.reclaimable) for file in answer.wasted_files)
    ]
    total, shown = answer.wasted_files_total or len(rows), len(answer.wasted_files)
    of_all = f" (the worst {shown} of {total:,} files)" if shown < total else ""
    return f"## Overwritten or deleted{of_all}\n\n" + fenced("\n".join(rows[:_MOST_ROWS]))


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
