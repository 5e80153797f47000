"""What an image says of its own base: annotations, labels, provenance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from portcall.digest import is_digest
from portcall.errors import InvalidReferenceError
from portcall.images.base.purl import image_of
from portcall.images.base.stages import base_of
from portcall.oci.manifest import Index
from portcall.reference import Reference, parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portcall.images.opened import OpenedImage
    from portcall.oci.provenance import Provenance
    from portcall.platform import Platform

NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"

FoundBy = Literal["annotations", "labels", "provenance", "history"]

#: What BuildKit fetches for its own use, beside the images that a Dockerfile names.
_TOOLS = frozenset({"docker/dockerfile", "docker/dockerfile-upstream", "docker/buildkit-syft-scanner"})


@dataclass(frozen=True, slots=True)
class BaseClaim:
    """A base that somebody names.

    Args:
        reference: The base, with its tag where one is told, and never a digest beside it.
        digest: What it was then: of its index, or of one platform's manifest.
        found_by: Who says so.
        is_sure: Whether the words themselves leave no doubt which image is meant: a label may be the base's own.
    """

    reference: Reference
    digest: str | None
    found_by: FoundBy
    is_sure: bool = True

    @property
    def name(self) -> str:
        """The base as people write it, with its tag; with its digest where that is all there is."""
        is_whole = self.reference.tag or self.reference.digest
        return (self.reference if is_whole else self.reference.with_tag("latest")).familiar

    @property
    def is_pinned(self) -> bool:
        """Whether it is named by its digest alone, which never moves."""
        return self.digest is not None and self.reference.digest is not None


def stated_base(image: OpenedImage) -> tuple[BaseClaim | None, tuple[str, ...]]:
    """Return the base that annotations name, else labels; and why a name was passed over."""
    warnings = []
    for found_by, place in _places(image):
        name = place.get(NAME, "").strip()
        if not name or name == "scratch":
            continue
        try:
            reference = parse_reference(name)
        except InvalidReferenceError as error:
            warnings.append(f"the base that its {found_by} name is no reference to an image: {error.message}")
            continue
        digest = place.get(DIGEST, "").strip()
        told = digest if is_digest(digest) else None
        return _claim(reference, told, found_by, is_sure=found_by == "annotations"), tuple(warnings)
    return None, tuple(warnings)


def nameless_digest(image: OpenedImage) -> tuple[FoundBy, str] | None:
    """Return a base's digest that is told without the name of an image, and who tells it: Buildah does so."""
    for found_by, place in _places(image):
        digest = place.get(DIGEST, "").strip()
        if is_digest(digest) and place.get(NAME, "").strip() != "scratch":
            return found_by, digest
    return None


@dataclass(frozen=True, slots=True)
class AttestedBases:
    """What provenance tells of a base.

    Args:
        named: What the Dockerfile in it is built on.
        is_scratch: Whether that Dockerfile is built on nothing.
        materials: Without a Dockerfile, the images that went into the build: one of them, unless it is built on
            nothing, and in no order that means anything.
    """

    named: BaseClaim | None = None
    is_scratch: bool = False
    materials: tuple[BaseClaim, ...] = ()


def attested_bases(provenance: Iterable[Provenance], platform: Platform | None) -> AttestedBases:
    """Return what provenance tells of the base of an image for ``platform``."""
    for statement in provenance:
        materials = tuple(_materials(statement, platform))
        named = base_of(statement)
        if named == "scratch":
            return AttestedBases(is_scratch=True)
        if named is not None:
            return AttestedBases(named=_with_digest(named, materials))
        if materials:
            return AttestedBases(materials=materials)
    return AttestedBases()


def _places(image: OpenedImage) -> tuple[tuple[FoundBy, Mapping[str, str]], ...]:
    top = image.top.content
    outer = top.annotations if isinstance(top, Index) else {}
    return (
        ("annotations", image.manifest.annotations),
        ("annotations", outer),
        ("labels", image.config.labels),
    )


def _claim(reference: Reference, digest: str | None, found_by: FoundBy, *, is_sure: bool = True) -> BaseClaim:
    if reference.digest is None:
        return BaseClaim(reference, digest, found_by, is_sure)
    plain = replace(reference, digest=None) if reference.tag else reference
    return BaseClaim(plain, reference.digest, found_by, is_sure)


def _materials(statement: Provenance, platform: Platform | None) -> Iterable[BaseClaim]:
    for material in statement.materials:
        found = image_of(material)
        if found is None or found.reference.repository in _TOOLS or _is_frontend(found.reference, statement):
            continue
        if platform is not None and found.platform is not None and found.platform.serves(platform) is None:
            continue
        yield _claim(found.reference, material.digest or found.reference.digest, "provenance")


def _is_frontend(reference: Reference, statement: Provenance) -> bool:
    try:
        return parse_reference(statement.frontend or "").name == reference.name
    except InvalidReferenceError:
        return False


def _with_digest(named: Reference, materials: Iterable[BaseClaim]) -> BaseClaim:
    for claim in materials:
        same = claim.reference.name == named.name
        if same and claim.reference.identifier in {named.identifier, named.tag or "latest"}:
            return _claim(named, claim.digest, "provenance")
    return _claim(named, None, "provenance")
