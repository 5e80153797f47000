"""What to say where a path leads nowhere: which layer deleted it, what stands in its way, what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError, UnsupportedError
from portcall.images.files.near import near
from portcall.images.files.shown import from_root
from portcall.images.files.unread import unreadable_layers
from portcall.render.build_step import build_step
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.images.files.resolve import Resolution, View
    from portcall.images.files.tree import Deletion
    from portcall.images.opened import OpenedImage

_LONGEST_SHOWN = 120
_LONGEST_STEP = 100


def missing(image: OpenedImage, view: View, asked: str, found: Resolution) -> PortcallError:
    """Return the error for a path that led nowhere. To tell what was meant takes a while: beside the event loop.

    Args:
        image: The image.
        view: Its tree.
        asked: The path as it was given.
        found: Where it led.
    """
    if view.unreadable:
        return _unknown(image, view.unreadable, asked)
    deletion = view.deletion(found.sought)
    if deletion or found.fault == "absent":
        names = near(found.path, view) if found.fault == "absent" else ()
        what = _deleted(image, found.sought, deletion) if deletion else _absent(image, view, found.path)
        return NotFoundError(f"{_subject(asked, found.sought)} {what}", hint=_hint(names), candidates=names)
    here = named(found.path)
    what = {
        "loop": f"leads into a loop of links at {here}",
        "broken": f"needs {here}, a hard link to a file that was not there when its layer was made",
    }.get(found.fault or "", f"has {here} on its way, which is no directory")
    return NotFoundError(f"{named(asked)} {what}", hint="list_files shows what is in a directory.")


def named(path: str) -> str:
    """Return a path from the root, as code, for a sentence."""
    return code(from_root(path.lstrip("/")), _LONGEST_SHOWN)


def _absent(image: OpenedImage, view: View, path: str) -> str:
    """Return that nothing is there, and what became of the directory that it should be in."""
    deletion = view.deletion(path)
    return f"is not in the image{f': {named(path)} {_deleted(image, path, deletion)}' if deletion else ''}"


def _deleted(image: OpenedImage, path: str, deletion: Deletion) -> str:
    layer = f"layer {deletion.layer} of {len(image.layers)}{_step(image, deletion.layer)}"
    is_whole = deletion.path == path
    if deletion.how == "replaced":
        told = f"is gone: {layer} replaced the directory {named(deletion.path)}"
    elif deletion.how == "opaque" and not is_whole:
        told = f"was deleted by {layer} with all that was in {named(deletion.path.rpartition('/')[0])}"
    else:
        told = f"was deleted by {layer}{'' if is_whole else f' with {named(deletion.path)}'}"
    return told if deletion.holder is None else f"{told}; layer {deletion.holder} still holds it"


def _step(image: OpenedImage, layer: int) -> str:
    step = image.layers[layer - 1].step
    command = build_step(step.command) if step else ""
    return f" (step: {code(command, _LONGEST_STEP)})" if command else ""


def _subject(asked: str, sought: str) -> str:
    given = "/".join(part for part in asked.split("/") if part not in {"", "."})
    return named(asked) if given == sought else f"{named(asked)}, which leads to {named(sought)},"


def _hint(names: Sequence[str]) -> str:
    if names:
        return "Did you mean one of the candidates?"
    return "list_files shows what is in a directory, and finds files anywhere by a pattern."


def _unknown(image: OpenedImage, reasons: Mapping[int, PortcallError], asked: str) -> UnsupportedError:
    return UnsupportedError(
        f"whether {named(asked)} is in the image is not known, as a part cannot be read: "
        f"{unreadable_layers(image, reasons)}",
        hint="The other layers do not have it.",
    )
