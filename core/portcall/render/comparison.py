"""What is different between two images, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.build_step import build_step
from portcall.render.grouping import grouped
from portcall.render.layers import path_text
from portcall.render.quantity import counted, short_digest, size, to_the_second
from portcall.render.untrusted import code, fenced, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.models import ComparedImage, FileDifference, ImageComparison, LayerDifference, ValueDifference


def comparison_text(answer: ImageComparison) -> str:
    """Return whether they differ first, then what does: the way from a to b."""
    # What is one image is told once.
    platform = _common_platform(answer)
    a = _name(answer.a) if answer.same else _side(answer.a, platform)
    facts = [f"- a: {a}", f"- b: {_side(answer.b, platform)}"]
    if compared := ", ".join(_compared(answer, platform)):
        facts.append(f"- compared: {compared}")
    parts = [f"# {verdict(answer)}", "\n".join(facts)]
    for title, rows in () if answer.same else sections(answer):
        parts.append(f"## {title}" + (f"\n\n{fenced(chr(10).join(rows), 'diff')}" if rows else ""))
    return "\n\n".join(parts)


def _common_platform(answer: ImageComparison) -> str | None:
    """Return the platform whose images were compared, where it is one, and something differs."""
    is_one = answer.a.platform == answer.b.platform and not answer.same
    return answer.a.platform if is_one else None


def _compared(answer: ImageComparison, platform: str | None) -> Iterator[str]:
    """Yield what was looked at, and what was not."""
    others = len(answer.platforms_changed) > 1 or answer.platforms_added or answer.platforms_removed
    if platform:
        yield f"of all platforms {code(platform)} alone" if others else code(platform)
    # An artifact has neither platform nor files; and bytes are fetched for files alone.
    is_image = bool(answer.a.platform) and answer.bytes_fetched is None
    if is_image and (answer.layers_added or answer.layers_removed):
        yield "no files (files=true compares them)"


def verdict(answer: ImageComparison) -> str:
    """Return whether the images differ, and by how many bytes."""
    if answer.same:
        return "The same image: both stand for one digest"
    if answer.same_content:
        return "Other digests, but the same files and configuration"
    changes = [f"{len(answer.layers_added)} of {answer.b.layers} layers"] if answer.layers_added else []
    if answer.files_added is not None:
        told = (
            (answer.files_changed, "changed"),
            (answer.files_added, "added"),
            (answer.files_removed, "removed"),
        )
        files = ", ".join(f"{count:,} {what}" for count, what in told if count)
        changes.append(f"files: {files}" if files else "no file")
    if answer.layers_shared and not (answer.layers_added or answer.layers_removed):
        changes.append("the layers are the same, the configuration is not")
    elif answer.size_change is not None:
        changes.append(_larger(answer.size_change))
    return f"Different: {'; '.join(changes)}" if changes else "Different images"


def _larger(change: int) -> str:
    if not change:
        return "b is as large as a"
    return f"b is {size(abs(change))} {'larger' if change > 0 else 'smaller'} than a"


def sections(answer: ImageComparison) -> Iterator[tuple[str, list[str]]]:
    """Yield a title and rows for every kind of difference: ``-`` is in a alone, ``+`` in b, ``!`` differs."""
    # When it was created stands beside each side; and builders write most annotations as labels, too.
    config = [_with_default(answer, value) for value in answer.config if value.name != "created"]
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
        yield _files_title(answer), list(_file_rows(answer.files))


def _name(image: ComparedImage) -> str:
    return code(f"{image.name}{':' + image.tag if image.tag else ''}", 400)


def _side(image: ComparedImage, told: str | None = None) -> str:
    facts = [_name(image), code(image.digest)]
    if image.platform and not told:
        facts.append(code(image.platform))
    if image.size is not None and image.layers is not None:
        facts.append(f"{size(image.size)} in {counted(image.layers, 'layer')}")
    if image.created:
        facts.append(f"created {to_the_second(image.created)}")
    return " · ".join(facts)


def _platforms(answer: ImageComparison) -> Iterator[str]:
    for sign, names in (("-", answer.platforms_removed), ("+", answer.platforms_added)):
        for name in names:
            yield f"{sign} {plain_line(name, 80)}"
    # That the one platform which is compared differs is what all the rest says.
    if len(answer.platforms_changed) > 1:
        yield f"! {plain_line(', '.join(answer.platforms_changed), 600)}: in both, with other manifests"


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


def _with_default(answer: ImageComparison, value: ValueDifference) -> ValueDifference:
    """Return a value with what holds where none is set: of the user alone that matters to everybody."""
    if value.name != "user":
        return value
    none = "none is set" + ("" if (answer.a.platform or "").startswith("windows") else ", so root")
    return value.model_copy(update={"a": value.a or none, "b": value.b or none})


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
    verified = "verified" if answer.verified else "not verified"
    fetched = f"fetched {size(answer.bytes_fetched)}, {verified}" if answer.bytes_fetched else verified
    return f"Files: {changed:,} changed, {added:,} added, {removed:,} removed ({fetched}{largest})"


def _file_rows(files: Sequence[FileDifference]) -> Iterator[str]:
    """Yield what changed first, then what came and went; folders of which many files did so in one row."""
    for file in files:
        if file.change == "changed":
            yield _changed_row(file)
    for sign, change in (("+", "added"), ("-", "removed")):
        of_kind = ((file.path, file.size_b or file.size_a or 0) for file in files if file.change == change)
        for path, sizes in grouped(of_kind):
            many = f" ({len(sizes)} files)" if len(sizes) > 1 else ""
            yield f"{sign} {size(sum(sizes)):>9} {path_text(path)}{many}"


def _changed_row(file: FileDifference) -> str:
    sizes = size(file.size_b or 0)
    if file.size_a != file.size_b or "content" in file.what:
        sizes = f"{size(file.size_a or 0)} → {sizes}"
    return f"! {sizes:>9} {path_text(file.path)} ({', '.join(file.what)})"
