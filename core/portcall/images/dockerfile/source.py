"""The source repository that an image names, and the Dockerfile that is read there."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portcall.deadline import deadline, leaving
from portcall.errors import PortcallError
from portcall.oci.manifest import Index
from portcall.oci.provenance import SourcePlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from portcall.backend import RegistryBackend
    from portcall.images.opened import OpenedImage
    from portcall.models import DockerfileInfo
    from portcall.oci.provenance import Provenance

#: Labels and annotations with a repository's address and its commit.
_KEYS = (
    ("org.opencontainers.image.source", "org.opencontainers.image.revision"),
    ("org.label-schema.vcs-url", "org.label-schema.vcs-ref"),
)
#: Where buildx notes which file of the repository it was (``BUILDX_GIT_LABELS=full``).
_ENTRYPOINT = "com.docker.image.source.entrypoint"
_SSH = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9.-]+):(?!//)(?P<path>\S+)\Z")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
_SCHEMES = frozenset({"http", "https", "git", "ssh"})
_LONGEST = 1024
_MOST_PLACES = 3
#: Seconds left to answer from the history, where a source keeps everybody waiting.
_RESERVE = 1.0


def source_places(image: OpenedImage, provenance: Iterable[Provenance]) -> tuple[SourcePlace, ...]:
    """Return where the sources are said to be: by provenance, then by annotations and labels; each once."""
    told = [place for statement in provenance for place in statement.places]
    found = dict.fromkeys(filter(None, map(_without_login, (*told, *_labelled(image)))))
    return tuple(found)[:_MOST_PLACES]


def repository_at(place: SourcePlace) -> str:
    """Return a source's repository as people name it: ``github.com/acme/app``."""
    url = urlsplit(_as_url(place.address))
    return f"{url.hostname or ''}/{url.path.strip('/').removesuffix('.git')}"


async def read_source(
    place: SourcePlace, reader_of_sources: Callable[[str], RegistryBackend | None]
) -> DockerfileInfo | str:
    """Return the Dockerfile of a source repository, or why it could not be had.

    Only what a plugin reads is ever asked for: an address in a label leads nowhere else.
    """
    host = (urlsplit(_as_url(place.address)).hostname or "").removeprefix("www.")
    reader = reader_of_sources(host)
    if reader is None:
        return f"its source is said to be at {host}, whose repositories are not read here"
    try:
        async with deadline(leaving(_RESERVE)):
            return await reader.get_source_dockerfile(place.address, revision=place.revision, path=place.path)
    except PortcallError as error:
        return f"its source at {host} could not be read: {_reason(error, host)}"


def _reason(error: PortcallError, host: str) -> str:
    """Return why a source could not be read, without the registry whose plugin reads it: nobody asked for that."""
    registry = error.registry or host
    reason = error.message.removeprefix(f"{registry} cannot be reached: ")
    return f"{host} {reason.removeprefix(f'{registry} ')}" if reason.startswith(f"{registry} ") else reason


def _labelled(image: OpenedImage) -> Iterator[SourcePlace]:
    top, labels = image.top.content, image.config.labels
    outer: Mapping[str, str] = top.annotations if isinstance(top, Index) else {}
    places = (image.manifest.annotations, outer, labels)
    path = _path(labels.get(_ENTRYPOINT, ""))
    for place in places:
        for source, revision in _KEYS:
            address = place.get(source, "").strip()
            if not address:
                continue
            # The revision may stand elsewhere, but only beside the very same source.
            told = (
                each.get(revision, "").strip() for each in (place, *places) if each.get(source) == place[source]
            )
            yield SourcePlace(address, next(filter(None, told), None), path)


def _path(entrypoint: str) -> str | None:
    path = posixpath.normpath(entrypoint.strip()) if 0 < len(entrypoint.strip()) <= _LONGEST else ""
    return None if path in {"", "."} or path.startswith(("/", "..")) else path


def _without_login(place: SourcePlace) -> SourcePlace | None:
    """Return a place whose address is one, and holds nobody's token."""
    if len(place.address) > _LONGEST or _BLANK.search(place.address.strip()):
        return None
    try:
        url = urlsplit(_as_url(place.address))
        host, port = url.hostname or "", url.port
    except ValueError:
        return None
    if url.scheme not in _SCHEMES or not _HOST.match(host):
        return None
    return replace(place, address=url._replace(netloc=f"{host}:{port}" if port else host).geturl())


def _as_url(address: str) -> str:
    text = address.strip().removeprefix("git+")
    ssh = _SSH.match(text) if "://" not in text else None
    if ssh is not None:
        return f"ssh://{ssh['host']}/{ssh['path']}"
    return text if "://" in text else f"https://{text}"
