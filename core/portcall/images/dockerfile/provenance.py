"""The Dockerfile that an image's provenance carries."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from portcall.documents.dockerfile_images import is_dockerfile
from portcall.images.dockerfile.source import repository_at, source_places
from portcall.models import DockerfileInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.images.opened import OpenedImage
    from portcall.oci.provenance import Provenance, SourceFile


def attested_dockerfile(image: OpenedImage, provenance: Sequence[Provenance]) -> DockerfileInfo | None:
    """Return the Dockerfile that provenance carries in whole; ``None`` where none does (``mode=min``)."""
    for statement in provenance:
        files = [file for file in statement.files if _is_dockerfile(file)]
        if files:
            return _told(image, statement, min(files, key=lambda file: _distance(file, statement)), len(files))
    return None


def _is_dockerfile(file: SourceFile) -> bool:
    return file.language.lower() == "dockerfile" or is_dockerfile(file.content.decode("utf-8", "replace"))


def _distance(file: SourceFile, statement: Provenance) -> int:
    """Return how far a file is from the one that began the build: 0 for its name."""
    return 0 if file.name == posixpath.basename(statement.filename or "Dockerfile") else 1


def _told(image: OpenedImage, statement: Provenance, file: SourceFile, count: int) -> DockerfileInfo:
    warnings = (f"its provenance carries {count} Dockerfiles; this is the likeliest",) if count > 1 else ()
    try:
        content, exact = file.content.decode(), True
    except UnicodeDecodeError:
        content, exact = file.content.decode("utf-8", "replace"), False
        warnings = (*warnings, "it is not in UTF-8: what could not be read is replaced")
    place = next(iter(source_places(image, [statement])), None) if statement.places else None
    return DockerfileInfo(
        repo=repository_at(place) if place else image.reference.familiar_name,
        path=(place.path if place else None) or statement.filename or file.name or None,
        content=content,
        size=len(file.content),
        origin="provenance",
        exact=exact,
        claimed=True,
        revision=place.revision if place else None,
        warnings=warnings,
    )
