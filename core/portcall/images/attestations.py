"""What BuildKit attests of an image: manifests beside it in its index, found and read.

Source: moby/buildkit, ``docs/attestations/attestation-storage.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.deadline import deadline, leaving
from portcall.errors import PortcallError
from portcall.images.nested import MAX_DEPTH, MAX_OPENED
from portcall.oci import media_types
from portcall.oci.document import broken
from portcall.oci.manifest import Index, Manifest
from portcall.oci.provenance import PREDICATE, Provenance

if TYPE_CHECKING:
    from portcall.images.opened import OpenedImage
    from portcall.oci.descriptor import Descriptor

_ARTIFACT = "application/vnd.docker.attestation.manifest.v1+json"
_SUBJECT = "vnd.docker.reference.digest"
_PREDICATE_TYPE = "in-toto.io/predicate-type"
_STATEMENTS = frozenset({"application/vnd.in-toto+json", "application/vnd.dsse.envelope.v1+json"})
#: More manifests, and more statements in one, than any builder writes for one platform.
_MOST_MANIFESTS = 4
_MOST_STATEMENTS = 4
#: Seconds left for other ways to answer, where attestations keep everybody waiting.
_RESERVE = 2.0


@dataclass(frozen=True, slots=True)
class FoundProvenance:
    """The provenance of one platform's image.

    Args:
        statements: Those about this very image.
        problems: Why there may be more, as clauses; without any, what was found is all there is.
    """

    statements: tuple[Provenance, ...] = ()
    problems: tuple[str, ...] = ()


async def find_provenance(image: OpenedImage) -> FoundProvenance:
    """Return what the image's own index attests of how it was built.

    Never raises: what cannot be read is a problem, so that an outage is not taken for "there is none".
    """
    statements: list[Provenance] = []
    problems: dict[str, None] = {}
    try:
        async with deadline(leaving(_RESERVE)):
            for entry in await _entries(image):
                for descriptor in await _layers(image, entry):
                    try:
                        statements += await _statement(image, descriptor)
                    except PortcallError as error:
                        problems[f"its provenance could not be used: {error.message}"] = None
    except PortcallError as error:
        problems[f"its attestations could not be read: {error.message}"] = None
    return FoundProvenance(tuple(statements), tuple(problems))


async def _entries(image: OpenedImage) -> tuple[Descriptor, ...]:
    """Return the entries of the index, or of one within it, that attest something of the chosen manifest."""
    level, seen = [image.top], {image.top.digest}
    for _ in range(MAX_DEPTH):
        indexes = [manifest.content for manifest in level if isinstance(manifest.content, Index)]
        found = [entry for index in indexes for entry in index.manifests if _attests(entry, image)]
        if found:
            return tuple(found[:_MOST_MANIFESTS])
        inner = [
            entry.digest
            for index in indexes
            for entry in index.manifests
            if entry.media_type in media_types.INDEXES and entry.digest not in seen
        ]
        fresh = list(dict.fromkeys(inner))[: max(MAX_OPENED - len(seen), 0)]
        seen.update(fresh)
        level = [await image.backend.get_manifest(image.repository, digest) for digest in fresh]
    return ()


def _attests(entry: Descriptor, image: OpenedImage) -> bool:
    if not entry.is_attestation and entry.artifact_type != _ARTIFACT:
        return False
    # Without the annotation the manifest's own subject tells, once it is fetched.
    return entry.annotations.get(_SUBJECT, image.choice.manifest.digest) == image.choice.manifest.digest


async def _layers(image: OpenedImage, entry: Descriptor) -> list[Descriptor]:
    """Return the layers with provenance: told by their annotations before any of them is fetched."""
    manifest = (await image.backend.get_manifest(image.repository, entry.digest)).content
    if not isinstance(manifest, Manifest):
        return []
    if manifest.subject is not None and manifest.subject.digest != image.choice.manifest.digest:
        return []
    # Builders may leave the annotation out; then only the statement itself tells.
    return [
        layer
        for layer in manifest.layers
        if layer.media_type in _STATEMENTS
        and layer.annotations.get(_PREDICATE_TYPE, PREDICATE).startswith(PREDICATE)
    ][:_MOST_STATEMENTS]


async def _statement(image: OpenedImage, descriptor: Descriptor) -> list[Provenance]:
    statement = Provenance.parse(await image.backend.get_blob(image.repository, descriptor))
    if statement is not None and image.choice.manifest.digest in statement.subjects:
        return [statement]
    if statement is None and _PREDICATE_TYPE not in descriptor.annotations:
        return []
    what = "something else" if statement is None else "another image"
    raise broken("the statement", f"it is about {what}, and was not believed")
