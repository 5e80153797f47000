"""The addresses of images' web pages, as people paste them from a browser.

Read by hand rather than by `urllib.parse`, which drops control characters, raises errors of its own, and
forgets where in the text each part stood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.reference.host import DOCKER_HUB
from portcall.reference.name import Name, take_apart
from portcall.reference.reference import Reference, reference_of
from portcall.reference.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GHCR = "ghcr.io"
_QUAY = "quay.io"

_WRITE_IT = "Write it as host/name:tag, without https://."
_HUB_PAGES = "Give an image's page, e.g. https://hub.docker.com/r/owner/name, or just owner/name:tag."
_QUAY_PAGES = "Give a repository's page, e.g. https://quay.io/repository/owner/name, or quay.io/owner/name:tag."
_GHCR_PAGES = "Give ghcr.io/owner/name:tag, or the page of the package on GitHub."
_GITHUB_PAGES = (
    "Give a container package's page, e.g. https://github.com/owner/repository/pkgs/container/name, "
    "or ghcr.io/owner/name:tag."
)

#: First components that are pages or APIs of the site itself, never a namespace.
_GHCR_OWN = frozenset({"v2"})
_QUAY_OWN = frozenset({"api", "organization", "repository", "user", "v1", "v2"})

_NO_IMAGE = "the address is no image's page at Docker Hub"
_NO_PACKAGE = "the address is no container package's page at GitHub"

#: Pages at sites that are no registries: without their scheme, as browsers show them, they mean the same.
_BARE_PAGE = re.compile(
    r"hub\.docker\.com/(?:r|_|repository|layers)/|github\.com/[^?#]*/(?:pkgs|packages)/container/", re.IGNORECASE
)
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    """A web address without scheme and fragment: its host in lower case, its path, its query."""

    host: str
    path: Span
    query: Span | None

    @property
    def segments(self) -> tuple[Span, ...]:
        return self.path.split("/")

    @property
    def tag(self) -> Span | None:
        """The query's ``tag=``, unless it is empty."""
        pairs = () if self.query is None else self.query.split("&")
        for pair in pairs:
            key, value = pair.partition("=")
            if key.text == "tag" and value is not None and value.text:
                return value
        return None


def is_image_page(text: str) -> bool:
    """Tell whether ``text`` is an image's page, without ``https://``, at a site that is no registry."""
    return _BARE_PAGE.match(text) is not None


def read_web_address(address: Span) -> Reference:
    """Return the image whose page stands at ``address``.

    Args:
        address: What follows ``https://``: host, path, query, fragment.

    Raises:
        InvalidReferenceError: no site that is known, or no image's page of it, or a name that breaks
            the grammar; user names and passwords are refused whatever the site.
    """
    page = _page_at(address)
    read = _SITES.get(page.host)
    if read is None:
        raise address.fault(0, "a web address of a site that is not known here", _WRITE_IT)
    return read(page)


def _page_at(address: Span) -> _Page:
    address, _ = address.partition("#")
    address, query = address.partition("?")
    host, path = address.partition("/")
    at = host.text.find("@")
    if at >= 0:
        raise host.unexpected(at, "the host of the web address", "Leave user names and passwords out.")
    path = path or host.cut(len(host.text))
    return _Page(host.text.lower(), path.cut(0, len(path.text.rstrip("/"))), query)


def _docker_hub(page: _Page) -> Reference:
    match page.segments:
        case (Span("_"), name, *rest) | (Span("r"), Span("_"), name, *rest):
            path: tuple[Span, ...] = (name,)
        case (Span("r"), owner, name, *rest):
            path = (owner, name)
        case (Span("repository"), Span("docker" | "registry-1.docker.io"), owner, name, *rest):
            path = (owner, name)
        case (Span("layers"), *layers):
            return reference_of(DOCKER_HUB, _docker_hub_layers(page, layers))
        case _:
            raise page.path.fault(0, _NO_IMAGE, _HUB_PAGES)
    # Hub's names have two parts, so whatever follows is a page about that image.
    match rest:
        case (Span("tags"), tag, *_):
            return reference_of(DOCKER_HUB, Name(path, tag))
    return reference_of(DOCKER_HUB, Name(path))


def _docker_hub_layers(page: _Page, segments: list[Span]) -> Name:
    # The digest that follows (/images/sha256-…) is one platform's, not what the tag resolves to.
    match segments:
        case (old, Span("library"), name, tag, *_) if old.text == name.text and tag.text != "images":
            return Name((name,), tag)
        case (owner, name, tag, *_):
            return Name((owner, name), tag)
    raise page.path.fault(0, _NO_IMAGE, _HUB_PAGES)


def _quay(page: _Page) -> Reference:
    match page.segments:
        case (Span("repository"), _, _, *_):
            return reference_of(_QUAY, _quay_repository(page))
    return _plain(page, _QUAY, _QUAY_OWN, _QUAY_PAGES)


def _quay_repository(page: _Page) -> Name:
    # Names nest on Quay, so a page about a repository is told by the end of its address.
    match page.segments[1:]:
        case (*path, Span("manifest"), digest) if path and ":" in digest.text:
            return Name(tuple(path), digest=digest)
        case (*path, Span("tag"), tag) if len(path) > 1:
            return Name(tuple(path), tag)
        case (*path, Span("status")) if len(path) > 1:
            return Name(tuple(path))
    name = take_apart(page.path.cut(len("repository/")))
    return Name(name.path, name.tag or page.tag, name.digest)


def _ghcr(page: _Page) -> Reference:
    return _plain(page, _GHCR, _GHCR_OWN, _GHCR_PAGES)


def _plain(page: _Page, registry: str, own: frozenset[str], hint: str) -> Reference:
    name = take_apart(page.path)
    if len(name.path) < 2 or name.path[0].text in own:
        raise page.path.fault(0, f"the address is no repository's at {registry}", hint)
    return reference_of(registry, name)


def _github(page: _Page) -> Reference:
    match page.segments:
        case (Span("orgs" | "users"), owner, Span("packages"), Span("container"), *rest):
            package = rest[1:] if len(rest) > 1 and rest[0].text == "package" else rest
        case (owner, _, Span("pkgs"), Span("container"), *package) if owner.text not in {"orgs", "users"}:
            pass
        case _:
            raise page.path.fault(0, _NO_PACKAGE, _GITHUB_PAGES)
    if not package:
        raise page.path.fault(len(page.path.text), _NO_PACKAGE, _GITHUB_PAGES)
    if len(package) > 1 and not _is_page_of_package(package[1].text):
        raise package[1].fault(0, _NO_PACKAGE, _GITHUB_PAGES)
    return reference_of(_GHCR, Name((_lower(owner), *_decoded(package[0])), page.tag))


def _is_page_of_package(segment: str) -> bool:
    return segment in {"versions", "settings"} or (segment.isascii() and segment.isdigit())


def _lower(owner: Span) -> Span:
    # GitHub shows owners in their own case; its registry knows them in lower case alone.
    return Span(owner.text.lower(), owner.start) if owner.text.isascii() else owner


def _decoded(name: Span) -> tuple[Span, ...]:
    parts = []
    begin = 0
    for slash in _ENCODED_SLASH.finditer(name.text):
        parts.append(name.cut(begin, slash.start()))
        begin = slash.end()
    return (*parts, name.cut(begin))


_SITES: Mapping[str, Callable[[_Page], Reference]] = {
    "hub.docker.com": _docker_hub,
    "registry.hub.docker.com": _docker_hub,
    "ghcr.io": _ghcr,
    "github.com": _github,
    "quay.io": _quay,
}
