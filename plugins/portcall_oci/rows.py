"""One row of a registry's answer as a repository; ``None`` for a row that makes no sense."""

from __future__ import annotations

from dataclasses import dataclass

from portcall.errors import InvalidReferenceError
from portcall.models import DockerImage
from portcall.plugin import count, mapping, parse_reference, text


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads the rows of one registry.

    Args:
        registry: Its name in references.
    """

    registry: str

    def named(self, name: str) -> DockerImage | None:
        """Return a repository of which nothing but its path is told."""
        try:
            reference = parse_reference(f"{self.registry}/{name}")
        except InvalidReferenceError:
            return None
        if reference.repository not in {name, f"library/{name}"}:
            return None  # there was a tag in it, or a digest
        return DockerImage(name=reference.familiar_name, registry=self.registry, reference=reference.name)

    def found(self, row: object) -> DockerImage | None:
        """Return a repository that the registry's search found, vouched for only where the registry says so."""
        told = mapping(row)
        image = self.named(text(told.get("name")) or "")
        if image is None:
            return None
        public = told.get("is_public")
        return image.model_copy(
            update={
                "description": text(told.get("description")),
                "stars": count(told.get("star_count")),
                "is_official": True if told.get("is_official") is True else None,
                "is_private": not public if isinstance(public, bool) else None,
            }
        )
