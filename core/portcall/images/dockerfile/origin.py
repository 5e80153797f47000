"""Where an image's Dockerfile is to be had: in its provenance, in its source repository, or in its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import NotFoundError
from portcall.images.attestations import find_provenance
from portcall.images.base.claim import attested_bases, stated_base
from portcall.images.dockerfile.provenance import attested_dockerfile
from portcall.images.dockerfile.reconstruction import reconstruct
from portcall.images.dockerfile.source import read_source, source_places
from portcall.images.history.foundation import begins_from_scratch
from portcall.images.together import beside_the_loop
from portcall.models import DockerfileInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.attestations import FoundProvenance
    from portcall.images.opened import OpenedImage
    from portcall.oci.provenance import Provenance
    from portcall.reference import Reference

#: Characters of a history that take as long as one name of a list.
_CHARACTERS = 32
_CHANGED = "it was built with changes that nobody had committed: the file may have been another"
_HINT = "get_image_details tells what is known of the image."


async def image_dockerfile(
    image: OpenedImage, reader_of_sources: Callable[[str], RegistryBackend | None]
) -> DockerfileInfo:
    """Return the Dockerfile of an image: from provenance, else from its source, else from its history.

    What was promised and could not be had is told in a warning, and the next way is taken.

    Args:
        image: The image of one platform.
        reader_of_sources: Returns the backend that reads the source repositories of a host, if one does.

    Raises:
        NotFoundError: Nothing is told of how it was built.
    """
    provenance = await find_provenance(image)
    missed = list(provenance.problems)
    found = attested_dockerfile(image, provenance.statements)
    if found is None:
        missed += _without_source(provenance)
        found = await _from_source(image, provenance.statements, reader_of_sources, missed)
    if found is None:
        found = await _from_history(image, provenance.statements, missed)
    platform = image.identity["platform"]
    told = {"image": image.identity["reference"], "platform": platform, "warnings": (*missed, *found.warnings)}
    return found.model_copy(update=told)


def _without_source(provenance: FoundProvenance) -> list[str]:
    return ["its provenance carries no Dockerfile (mode=min)"] if provenance.statements else []


async def _from_source(
    image: OpenedImage,
    statements: Sequence[Provenance],
    reader_of_sources: Callable[[str], RegistryBackend | None],
    missed: list[str],
) -> DockerfileInfo | None:
    for place in source_places(image, statements):
        found = await read_source(place, reader_of_sources)
        if isinstance(found, DockerfileInfo):
            found = found.with_warnings(*([_CHANGED] if place.is_changed else []))
            return found.model_copy(update={"claimed": True, "revision": found.revision or place.revision})
        missed.append(found)
    return None


async def _from_history(
    image: OpenedImage, statements: Sequence[Provenance], missed: Sequence[str]
) -> DockerfileInfo:
    name, base = _name(image), _base(image, statements)
    weight = sum(len(step.command or "") for step in image.config.history) // _CHARACTERS
    made = await beside_the_loop(weight, lambda: reconstruct(image.config, name, base))
    if made is None:
        raise NotFoundError(
            f"{image.reference.familiar} has no history, and nothing else tells how it was built",
            hint=" ".join((*(f"Passed over: {reason}." for reason in missed), _HINT)),
            registry=image.reference.registry,
        )
    return DockerfileInfo(
        repo=image.reference.familiar_name,
        content=made.content,
        size=len(made.content.encode()),
        origin="history",
        exact=False,
        warnings=_doubts(image, made.unclear),
    )


def _name(image: OpenedImage) -> str:
    """Return the image as people write it: the answer tells its digest already."""
    tag = image.identity["tag"]
    return f"{image.reference.familiar_name}{f':{tag}' if tag else ''}"


def _base(image: OpenedImage, statements: Sequence[Provenance]) -> Reference | None:
    stated, _ = stated_base(image)
    if stated is not None:
        return stated.reference
    materials = attested_bases(statements, image.platform).materials
    # What was only there to build with is a material, too.
    is_clear = len(materials) == 1 and not begins_from_scratch(image.config.history)
    return materials[0].reference if is_clear else None


def _doubts(image: OpenedImage, unclear: int) -> tuple[str, ...]:
    doubts = []
    if image.layers and image.config.history and not any(layer.step for layer in image.layers):
        doubts.append(
            "history and layers do not match: steps may be missing, or no longer be what made the layers"
        )
    if unclear:
        doubts.append(f"steps that no instruction of a Dockerfile made, shown as comments: {unclear}")
    return tuple(doubts)
