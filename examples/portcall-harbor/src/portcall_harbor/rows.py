"""One row of Harbor's answers as one of portcall's models; ``None`` for a row that makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from portcall.errors import InvalidArgumentError, NotFoundError
from portcall.models import DockerImage, DockerUser, Tag
from portcall.plugin import Platform, count, is_digest, is_tag, listing, mapping, parse_reference, text, to_rfc3339

from portcall_harbor.names import repository_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Characters of a description that are looked at for its first words.
_BEGINNING = 20_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads the rows of one Harbor.

    Args:
        registry: Its name in references.
        site: Where its pages are: ``"https://harbor.corp.example"``.
    """

    registry: str
    site: str

    def repository(self, row: object) -> DockerImage | None:
        """Return a repository; whether it is private, its project alone tells."""
        told = mapping(row)
        name, written = text(told.get("name")) or "", text(told.get("description"))
        try:
            repository_path(name)
        except NotFoundError:
            return None
        reference = parse_reference(f"{self.registry}/{name}")
        return DockerImage(
            name=reference.familiar_name,
            description=summary(written),
            pulls=count(told.get("pull_count")),
            last_updated=to_rfc3339(told.get("update_time")),
            registry=self.registry,
            reference=reference.name,
            web_url=self._page(told.get("project_id"), name.partition("/")[2]),
            readme=written,
        )

    def project_page(self, project_id: object) -> str | None:
        """Return a project's page: Harbor knows it by a number there."""
        number = count(project_id)
        return f"{self.site}/harbor/projects/{number}" if number else None

    def user(self, row: object) -> DockerUser | None:
        """Return a user; Harbor tells a name and nothing more, and has no organisations."""
        name = text(mapping(row).get("username"))
        return DockerUser(username=name, is_organization=False, registry=self.registry) if name else None

    def _page(self, project_id: object, name: str) -> str | None:
        project = self.project_page(project_id)
        return f"{project}/repositories/{quote(name, safe='')}" if project else None


def is_public(project: object) -> bool | None:
    """Return whether a project is public; Harbor writes it as text, ``"true"``."""
    told = mapping(mapping(project).get("metadata")).get("public")
    return {"true": True, "false": False}.get(told) if isinstance(told, str) else None


def tags_in(row: object) -> tuple[Tag, ...] | None:
    """Return the tags of an artifact, all of the same image."""
    artifact = mapping(row)
    digest = text(artifact.get("digest")) or ""
    if not is_digest(digest):
        return None
    children = listing(artifact.get("references"))
    # What an index weighs is all its platforms' sum, which nobody pulls.
    size = None if children else count(artifact.get("size"))
    platforms = _platforms(children or [{"platform": artifact.get("extra_attrs")}])
    tags = (mapping(tag) for tag in listing(artifact.get("tags")))
    return tuple(
        Tag(
            name=tag["name"],
            digest=digest,
            last_updated=to_rfc3339(tag.get("push_time")),
            size=size,
            platforms=platforms,
        )
        for tag in tags
        if isinstance(tag.get("name"), str) and is_tag(tag["name"])
    )


def summary(description: str | None) -> str | None:
    """Return the first line of a description that says something, without a heading's marks."""
    lines = (line.strip(" #\t\r") for line in (description or "")[:_BEGINNING].splitlines())
    return next((line for line in lines if line), None)


def _platforms(children: list[Any]) -> tuple[str, ...]:
    """Return the platforms, each once; attestations are there, too, as ``unknown/unknown``."""
    known = (_platform(mapping(mapping(child).get("platform"))) for child in children)
    return tuple(dict.fromkeys(str(platform) for platform in known if platform and platform.is_known))


def _platform(told: Mapping[str, Any]) -> Platform | None:
    parts = list(_texts(told.get("os"), told.get("architecture"), told.get("variant")))
    try:
        return Platform.parse("/".join(parts)) if len(parts) > 1 else None
    except InvalidArgumentError:
        return None


def _texts(*values: object) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)
