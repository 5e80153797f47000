"""What an image was built on, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.name import image_name
from portcall.render.quantity import counted, to_the_second
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import BaseImageCheck

FOUND_BY = {
    "annotations": "the image's annotations say so",
    "labels": "the image's labels say so",
    "provenance": "its build provenance lists it",
    "layers": "its layers are the base's, compared by digest",
    "history": "its history reads like it",
    "scratch": "it is built from scratch",
    "none": "nothing tells",
}


def base_image_text(answer: BaseImageCheck) -> str:
    """Return whether the base has moved on first, then how that is known."""
    facts = "\n".join([f"- {fact}" for fact in _facts(answer)])
    return f"# {image_name(answer)}: {_verdict(answer)}\n\n{facts}"


def _verdict(answer: BaseImageCheck) -> str:
    if answer.base is None:
        return "built from scratch, on no base image" if answer.found_by == "scratch" else "its base is not known"
    base = code(answer.base)
    if answer.outdated is None:
        return f"based on {base}; whether that has moved on is not known"
    return f"based on {base}, **which has moved on since**" if answer.outdated else f"based on {base}, up to date"


def _facts(answer: BaseImageCheck) -> Iterator[str]:
    yield f"pinned: {code(answer.reference, 600)}"
    if answer.found_by != "none":
        claimed = ", unsigned" if answer.claimed and answer.base else ""
        yield f"found by: {FOUND_BY[answer.found_by]} (confidence: {answer.confidence}{claimed})"
    if answer.base_digest:
        yield f"base when it was built: {code(answer.base_digest)}"
    if answer.current_digest and answer.current_digest != answer.base_digest:
        yield f"base now: {code(answer.current_digest)}"
    if answer.shared_layers is not None:
        yield f"{counted(answer.shared_layers, 'layer')} in common with the base as it is now"
    if answer.created:
        yield f"image created: {to_the_second(answer.created)}"
    if answer.base_created:
        yield f"base, as it is now, created: {to_the_second(answer.base_created)}"
    if answer.newer:
        yield f"newer version of the base: {code(answer.newer)}"
    if answer.outdated:
        yield "next: build the image anew on the base as it is now"
