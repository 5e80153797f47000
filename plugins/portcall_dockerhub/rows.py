"""What the API writes of repositories and tags, as the models have it. A row that makes no sense is ``None``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.models import DockerImage, Tag
from portcall.plugin import count, is_digest, is_tag, listing, mapping, text, to_rfc3339
from portcall_dockerhub.names import HubName

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = re.compile(r"[a-z0-9_.-]{1,32}\Z")
#: By badge of v4 search: whether Docker vouches for the publisher. There are others ("dhi").
_VERIFIED = {"official": True, "verified_publisher": True, "open_source": False, "none": False}


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads rows for one registry.

    Args:
        registry: Its name in references; ``docker.io``, but for those that ask another host alike.
        page: Returns a repository's page on the web.
    """

    registry: str
    page: Callable[[str], str | None]

    def found_v4(self, row: object) -> DockerImage | None:
        """Read a row of ``/api/search/v4``.

        ``pull_count`` is a text that is rounded down ("1B+"): pulls are told where they are exact, alone.
        """
        told = mapping(row)
        badge = text(told.get("badge"))
        return self._image(
            HubName.parse(told.get("name")),
            description=told.get("short_description"),
            stars=told.get("star_count"),
            pulls=told.get("raw_pull_count"),
            updated=told.get("updated_at"),
            is_official=badge == "official" if badge in _VERIFIED else None,
            publisher=text(mapping(told.get("publisher")).get("name")),
            is_verified=_VERIFIED.get(badge) if badge else None,
        )

    def found_v2(self, row: object) -> DockerImage | None:
        """Read a row of ``/v2/search/repositories/``, which knows nothing of verified publishers."""
        told = mapping(row)
        return self._image(
            HubName.parse(told.get("repo_name")),
            description=told.get("short_description"),
            stars=told.get("star_count"),
            pulls=told.get("pull_count"),
            is_official=True if told.get("is_official") is True else None,
        )

    def found_v1(self, row: object) -> DockerImage | None:
        """Read a row of ``/v1/search``, which knows no more of publishers, and tells neither pulls nor dates."""
        told = mapping(row)
        return self._image(
            HubName.parse(told.get("name")),
            description=told.get("description"),
            stars=told.get("star_count"),
            is_official=True if told.get("is_official") is True else None,
        )

    def listed(self, row: object) -> DockerImage | None:
        """Read a row of a namespace's repositories."""
        told = mapping(row)
        parts = (told.get("namespace"), told.get("name"))
        named = all(isinstance(part, str) for part in parts)
        return self.described(HubName.parse("/".join(map(str, parts))) if named else None, told)

    def described(self, name: HubName | None, told: dict[str, Any], *, readme: bool = False) -> DockerImage | None:
        """Read a repository as ``/v2/namespaces/…`` tells of it."""
        private = told.get("is_private")
        return self._image(
            name,
            description=told.get("description"),
            stars=told.get("star_count"),
            pulls=told.get("pull_count"),
            updated=told.get("last_updated"),
            size=count(told.get("storage_size")),
            is_official=True if name is not None and name.is_official else None,
            is_private=private if isinstance(private, bool) else None,
            readme=text(told.get("full_description")) or "" if readme else None,
        )

    def _image(
        self,
        name: HubName | None,
        *,
        description: object,
        stars: object,
        pulls: object = None,
        updated: object = None,
        **rest: Any,
    ) -> DockerImage | None:
        if name is None:
            return None
        full = f"{self.registry}/{name.path}"
        return DockerImage(
            name=name.familiar if self.registry == "docker.io" else full,
            description=text(description),
            stars=count(stars),
            pulls=count(pulls),
            last_updated=to_rfc3339(updated),
            registry=self.registry,
            reference=full,
            web_url=self.page(name.path),
            **rest,
        )


def tag_in(row: object) -> Tag | None:
    """Read a row of a repository's tags."""
    told = mapping(row)
    name, digest = text(told.get("name")), text(told.get("digest"))
    if name is None or not is_tag(name):
        return None
    return Tag(
        name=name,
        digest=digest if digest and is_digest(digest) else None,
        last_updated=to_rfc3339(told.get("tag_last_pushed")) or to_rfc3339(told.get("last_updated")),
        size=count(told.get("full_size")),
        platforms=_platforms(told.get("images")),
    )


def _platforms(images: object) -> tuple[str, ...]:
    """Return the platforms, each once; attestations are there too, as ``unknown/unknown``."""
    found: dict[str, None] = {}
    for image in map(mapping, listing(images)):
        parts = [image.get("os"), image.get("architecture"), image.get("variant")]
        words = [part for part in parts if isinstance(part, str) and part]
        if len(words) >= 2 and "unknown" not in words and all(map(_WORD.match, words)):
            found["/".join(words)] = None
    return tuple(found)
