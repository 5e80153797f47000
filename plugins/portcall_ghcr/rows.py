"""One row of GitHub's answers as one of portcall's models; ``None`` for a row that makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from portcall.models import DockerImage, DockerUser, Tag
from portcall.plugin import count, is_digest, is_tag, listing, mapping, text, to_rfc3339
from portcall_ghcr.names import SourceName, is_login, is_package_path

if TYPE_CHECKING:
    from collections.abc import Callable

#: Beside these there may be others: what they mean is not known then.
_PRIVATE = {"public": False, "private": True, "internal": True}
_ORGANIZATION = {"User": False, "Organization": True}


@dataclass(frozen=True, slots=True)
class SourceRepository:
    """A repository of source code.

    Args:
        name: Its owner and name.
        description: What its owner wrote.
        stars: How many people like it.
        is_archived: Whether its owner closed it.
        is_private: Whether it is shown to some alone.
    """

    name: SourceName
    description: str | None
    stars: int | None
    is_archived: bool
    is_private: bool

    @classmethod
    def read(cls, row: object) -> SourceRepository | None:
        """Read a row of a search or a list, or a repository told in full."""
        told = mapping(row)
        name = SourceName.parse(told.get("full_name"))
        if name is None:
            return None
        return cls(
            name,
            description=text(told.get("description")),
            stars=count(told.get("stargazers_count")),
            is_archived=told.get("archived") is True,
            is_private=told.get("private") is not False,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads rows for one registry.

    Args:
        registry: Its name in references: ``ghcr.io``.
        site: Where GitHub's pages are: ``"https://github.com"``.
        page: Returns a package's page on the web.
    """

    registry: str
    site: str
    page: Callable[[str], str | None]

    @property
    def host(self) -> str:
        """The host of GitHub's pages: what addresses of source code begin with."""
        return urlsplit(self.site).hostname or ""

    def image(self, path: str, source: SourceRepository | None = None, **known: Any) -> DockerImage:
        """Return what is known of a package, with what its source repository tells.

        When that changed says nothing of the package, and is not told.
        """
        full = f"{self.registry}/{path}"
        return DockerImage(
            name=full,
            reference=full,
            registry=self.registry,
            description=source.description if source else None,
            stars=source.stars if source else None,
            **{"web_url": self.page(path), **known},
        )

    def package(self, row: object) -> DockerImage | None:
        """Read a package, from a list or told in full."""
        told = mapping(row)
        owner, name = text(mapping(told.get("owner")).get("login")), text(told.get("name"))
        path = f"{owner}/{name}".lower()
        if owner is None or name is None or not is_package_path(path):
            return None
        visibility = told.get("visibility")
        return self.image(
            path,
            SourceRepository.read(told.get("repository")),
            last_updated=to_rfc3339(told.get("updated_at")),
            is_private=_PRIVATE.get(visibility) if isinstance(visibility, str) else None,
            web_url=self.address(told.get("html_url")) or self.page(path),
        )

    def account(self, row: object) -> DockerUser | None:
        """Read a user or an organisation, from a search or told in full.

        GitHub counts an account's repositories, but not its images.
        """
        told = mapping(row)
        login, kind = told.get("login"), told.get("type")
        if not isinstance(login, str) or not is_login(login):
            return None
        return DockerUser(
            username=login,
            full_name=text(told.get("name")),
            location=text(told.get("location")),
            company=text(told.get("company")),
            is_organization=_ORGANIZATION.get(kind) if isinstance(kind, str) else None,
            registry=self.registry,
            web_url=f"{self.site}/{login}",
        )

    def address(self, written: object) -> str | None:
        """Return an address of GitHub's own site; any other is not passed on."""
        known = isinstance(written, str) and written.startswith(f"{self.site}/") and written.isprintable()
        return written if known and isinstance(written, str) and " " not in written else None


def tags_of(row: object) -> tuple[Tag, ...] | None:
    """Read a version of a package: its tags, with digest and date.

    That a container's version is named by its digest is seen in all answers, and in no description.
    """
    told = mapping(row)
    digest, container = told.get("name"), mapping(mapping(told.get("metadata")).get("container"))
    if not isinstance(digest, str) or not is_digest(digest):
        return None
    updated = to_rfc3339(told.get("updated_at")) or to_rfc3339(told.get("created_at"))
    names = (name for name in listing(container.get("tags")) if isinstance(name, str) and is_tag(name))
    return tuple(Tag(name=name, digest=digest, last_updated=updated) for name in names)
