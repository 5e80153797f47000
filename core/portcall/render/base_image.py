"""What an image was built on, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.name import image_name
from portcall.render.quantity import to_the_second
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
#: How sure it is that an image is based on what is named.
SURENESS = {"certain": "based on", "likely": "probably based on", "guess": "perhaps based on"}
_MOVED = {True: "whose tag has moved on since", False: "whose tag has not moved since"}
_UNKNOWN = "whether that has moved on is not known"
#: Next steps, where the base has moved on; and where that may be another base altogether.
ANEW = "build the image anew on the base as it is now"
LOOK_FIRST = (
    "make sure of the base first (get_dockerfile, where it is no reconstruction), then build the image anew on it"
)


def base_image_text(answer: BaseImageCheck) -> str:
    """Return whether the base has moved on first, then how that is known."""
    facts = "\n".join([f"- {fact}" for fact in _facts(answer)])
    return f"# {image_name(answer)}: {_verdict(answer)}\n\n{facts}"


def _verdict(answer: BaseImageCheck) -> str:
    if answer.base is None:
        return "built from scratch, on no base image" if answer.found_by == "scratch" else "its base is not known"
    based = f"{SURENESS.get(answer.confidence, 'perhaps based on')} {code(answer.base)}"
    if answer.confidence == "guess":
        based = f"{based} ({_doubt(answer)})"
    if answer.outdated is None:
        return f"{based}; {_UNKNOWN}"
    if answer.confidence == "guess":
        return f"{based}, {_MOVED[answer.outdated]}"
    return f"{based}, **which has moved on since**" if answer.outdated else f"{based}, up to date"


def _doubt(answer: BaseImageCheck) -> str:
    """Return what speaks for a base that is a guess, and what against it."""
    found = FOUND_BY[answer.found_by]
    # History alone is all that there is for what nobody names; what is named was compared, and is not below.
    return found if answer.found_by == "history" else f"{found}, its layers do not match"


def _facts(answer: BaseImageCheck) -> Iterator[str]:
    yield f"pinned: {code(answer.reference, 600)}"
    if answer.found_by != "none":
        claimed = ", unsigned" if answer.claimed and answer.base else ""
        # Of a guess, the headline tells how it was found.
        told = f"found by: {FOUND_BY[answer.found_by]} (confidence: {answer.confidence}{claimed})"
        yield f"confidence: guess{claimed}" if answer.confidence == "guess" else told
    if answer.base_digest:
        when = "that is named" if answer.confidence == "guess" else "when it was built"
        yield f"base {when}: {code(answer.base_digest)}"
    shared = f"{_lowest(answer.shared_layers)} in common" if answer.shared_layers is not None else ""
    if answer.current_digest and answer.current_digest != answer.base_digest:
        yield f"base now: {code(answer.current_digest)}{', ' if shared else ''}{shared}"
    elif shared:
        yield f"{shared} with the base as it is now"
    if answer.created:
        yield f"image created: {to_the_second(answer.created)}"
    if answer.base_created:
        yield f"base, as it is now, created: {to_the_second(answer.base_created)}"
    if answer.newer:
        yield f"newer version of the base: {code(answer.newer)}"
    if answer.outdated:
        yield f"next: {next_step(answer)}"


def next_step(answer: BaseImageCheck) -> str:
    """Return what to do about a base that has moved on."""
    return LOOK_FIRST if answer.confidence == "guess" else ANEW


def _lowest(layers: int) -> str:
    if not layers:
        return "no layer"
    return "the lowest layer" if layers == 1 else f"the lowest {layers:,} layers"
