"""What to say where a path leads nowhere: which layer deleted it, what stands in its way, what was meant."""

from __future__ import annotations

import heapq
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError, UnsupportedError
from portcall.images.files.shown import from_root
from portcall.render.build_step import build_step
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from portcall.images.files.resolve import Resolution, View
    from portcall.images.files.tree import Deletion
    from portcall.images.opened import OpenedImage

_LONGEST_SHOWN = 120
_LONGEST_STEP = 100
#: Only so many names are compared letter by letter; a directory may have 100,000.
_SHORTLIST = 200
_ALIKE = 0.6
_MOST_CANDIDATES = 5
_LONGEST_CANDIDATE = 200


def missing(image: OpenedImage, view: View, asked: str, found: Resolution) -> PortcallError:
    """Return the error for a path that led nowhere.

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


def unreadable_layers(image: OpenedImage, reasons: Mapping[int, PortcallError]) -> str:
    """Return which layers could not be read, and why, as a clause."""
    return ", ".join(
        f"layer {number} of {len(image.layers)} ({image.layers[number - 1].problem or reason.message})"
        for number, reason in sorted(reasons.items())
    )


def near(path: str, view: View) -> tuple[str, ...]:
    """Return paths that were probably meant: the same directory's, spelled alike.

    They are other people's words, so that only plain ones are told.
    """
    parent, _, wanted = path.rpartition("/")
    names = [name for name in view.names_in(parent) if name.isascii() and name.isprintable()]
    start = f"/{parent}/" if parent else "/"
    if not start.isascii() or not start.isprintable():
        return ()
    paths = (start + name for name in _alike(wanted, names))
    return tuple(path for path in paths if len(path) <= _LONGEST_CANDIDATE)


def _alike(wanted: str, names: Iterable[str]) -> list[str]:
    word = wanted.casefold()
    letters = set(word)

    def likeness(name: str) -> int:
        return len(letters.intersection(name.casefold())) - abs(len(name) - len(word))

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    alike = list[tuple[float, str]]()
    for name in heapq.nlargest(_SHORTLIST, names, key=likeness):
        matcher.set_seq1(name.casefold())
        ratio = matcher.ratio()
        if ratio >= _ALIKE:
            alike.append((-ratio, name))
    return [name for _, name in sorted(alike)[:_MOST_CANDIDATES]]


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
