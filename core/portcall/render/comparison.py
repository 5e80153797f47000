"""What is different between two images, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.build_step import build_step
from portcall.render.layers import path_text
from portcall.render.quantity import counted, short_digest, size, to_the_second
from portcall.render.untrusted import code, fenced, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.models import ComparedImage, FileDifference, ImageComparison, LayerDifference, ValueDifference


def comparison_text(answer: ImageComparison) -> str:
    """Return whether they differ first, then what does: the way from a to b."""
    sides = f"- a: {_side(answer.a)}\n- b: {_side(answer.b)}"
    parts = [f"# {verdict(answer)}", sides]
    for title, rows in sections(answer):
        parts.append(f"## {title}" + (f"\n\n{fenced(chr(10).join(rows), 'diff')}" if rows else ""))
    return "\n\n".join(parts)


def verdict(answer: ImageComparison) -> str:
    """Return whether the images differ, and by how many bytes."""
    if answer.same:
        return "The same image: both stand for one digest"
    if answer.same_content:
        return "Other digests, but the same files and configuration"
    change = answer.size_change
    if change is None:
        return "Different images"
    by = "as large as a" if not change else f"{size(abs(change))} {'larger' if change > 0 else 'smaller'} than a"
    return f"Different: b is {by}"


def sections(answer: ImageComparison) -> Iterator[tuple[str, list[str]]]:
    """Yield a title and rows for every kind of difference: ``-`` is in a alone, ``+`` in b, ``!`` differs."""
    # When it was created stands beside each side; and builders write most annotations as labels, too.
    config = [value for value in answer.config if value.name != "created"]
    annotations = [value for value in answer.annotations if value not in answer.labels]
    for title, rows in (
        ("Platforms", list(_platforms(answer))),
        ("Configuration", list(_value_rows(config))),
        ("Environment", list(_value_rows(answer.env))),
        ("Labels", list(_value_rows(answer.labels))),
        ("Annotations", list(_value_rows(annotations))),
        ("Steps without a layer", list(_history(answer))),
    ):
        if title == "Configuration" and answer.layers_shared is not None:
            shared = f"{counted(answer.layers_shared, 'layer')} shared ({size(answer.shared_size or 0)})"
            removed, added = _layer_rows("-", answer.layers_removed), _layer_rows("+", answer.layers_added)
            yield f"Layers: {shared}", [*removed, *added]
        if rows:
            yield title, rows
    if answer.files_added is not None:
        yield _files_title(answer), [_file_row(file) for file in answer.files]


def _side(image: ComparedImage) -> str:
    name = f"{image.name}{':' + image.tag if image.tag else ''}"
    facts = [code(name, 400), code(image.reference, 600)]
    if image.platform:
        facts.append(code(image.platform))
    if image.size is not None and image.layers is not None:
        facts.append(f"{size(image.size)} in {counted(image.layers, 'layer')}")
    if image.created:
        facts.append(f"created {to_the_second(image.created)}")
    return " · ".join(facts)


def _platforms(answer: ImageComparison) -> Iterator[str]:
    # That the one platform which is compared differs is what all the rest says.
    changed = answer.platforms_changed if len(answer.platforms_changed) > 1 else ()
    told = (("-", answer.platforms_removed), ("+", answer.platforms_added), ("!", changed))
    for sign, names in told:
        for name in names:
            yield f"{sign} {plain_line(name, 80)}"


def _layer_rows(sign: str, layers: Sequence[LayerDifference]) -> Iterator[str]:
    for layer in layers:
        digest = short_digest(layer.digest).partition(":")[2]
        yield f"{sign} {size(layer.size):>9} {digest} {build_step(layer.command)}".rstrip()


def _value_rows(values: Sequence[ValueDifference]) -> Iterator[str]:
    for value in values:
        name = plain_line(value.name, 120)
        if value.a is not None:
            yield f"- {name}: {plain_line(value.a, 300)}".rstrip()
        if value.b is not None:
            yield f"+ {name}: {plain_line(value.b, 300)}".rstrip()


def _history(answer: ImageComparison) -> Iterator[str]:
    """Yield the steps that differ, but for those that stand beside their layers."""
    told = {layer.command for layer in (*answer.layers_removed, *answer.layers_added)}
    for sign, steps in (("-", answer.history_removed), ("+", answer.history_added)):
        for step in steps:
            if step not in told:
                yield f"{sign} {build_step(step)}"


def _files_title(answer: ImageComparison) -> str:
    added, removed, changed = answer.files_added or 0, answer.files_removed or 0, answer.files_changed or 0
    shown = len(answer.files)
    largest = f"; the {shown:,} largest changes" if shown < added + removed + changed else ""
    fetched = f"fetched {size(answer.bytes_fetched or 0)}{'' if answer.verified else ', not verified'}"
    return f"Files: {added:,} added, {removed:,} removed, {changed:,} changed ({fetched}{largest})"


def _file_row(file: FileDifference) -> str:
    if file.change == "added":
        return f"+ {size(file.size_b or 0):>9} {path_text(file.path)}"
    if file.change == "removed":
        return f"- {size(file.size_a or 0):>9} {path_text(file.path)}"
    sizes = size(file.size_b or 0)
    if file.size_a != file.size_b:
        sizes = f"{size(file.size_a or 0)} to {sizes}"
    return f"! {sizes:>9} {path_text(file.path)} ({', '.join(file.what)})"
