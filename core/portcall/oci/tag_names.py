"""Tag lists: the pages in which registries tell them, and where the next one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from portcall.errors import InvalidArgumentError
from portcall.http.origin import Origin
from portcall.oci.document import broken, parse_object
from portcall.oci.link import next_link
from portcall.oci.paths import resource_url
from portcall.reference import is_tag

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: Marks a cursor that the registry did not give.
_OWN = "#own"


@dataclass(frozen=True, slots=True)
class TagNames:
    """One page of a tag list: names in the registry's own order.

    Args:
        names: Real tags; ``null`` and digests, which some registries mix in, are left out.
        next: Path and query of the next page, as the registry wrote them, or ``None``; opaque to others.
        problem: Why there is no next page though the registry names one.
    """

    names: tuple[str, ...]
    next: str | None = None
    problem: str | None = None


def page_url(upstream: Upstream, repository: str, page_size: int | None, cursor: str | None) -> str:
    """Return the URL of a page: the first, or the one that ``cursor`` (a :attr:`TagNames.next`) names.

    Raises:
        InvalidArgumentError: The cursor leads to another host.
    """
    if cursor is None:
        query = f"?{urlencode({'n': page_size})}" if page_size else ""
        return resource_url(upstream, repository, "tags", "list") + query
    # Not joined but appended: joined, "//evil.example/" would be another host.
    url = f"{upstream.origin}{cursor.removesuffix(_OWN)}"
    if not cursor.startswith("/") or Origin.of(url) != upstream.origin:
        raise InvalidArgumentError("a cursor of a tag list leads to another host")
    return url


def read_page(reply: Reply, url: str, upstream: Upstream, page_size: int | None, cursor: str | None) -> TagNames:
    """Read one page.

    Args:
        reply: The registry's answer.
        url: What was asked.
        upstream: The registry.
        page_size: How many tags were wanted.
        cursor: Where the page before said that this one is.

    Raises:
        UpstreamError: It is no tag list.
    """
    what = f"the tag list of {upstream.registry}"
    document = parse_object(reply.body, what)
    told = document.get("tags")
    # `null` for none (GHCR, docker-registry); nothing at all is an error document, or not a registry.
    if not isinstance(told, list | None) or not {"tags", "name"} & document.keys():
        raise broken(what, "it holds no tags")
    # Nulls among them (Nexus), digests as tags (Artifactory).
    names = tuple(name for name in told or () if isinstance(name, str) and is_tag(name))
    target = next_link(reply.headers.get("link", ""), reply.url or url)
    if target is None and cursor is not None and cursor.endswith(_OWN) and _is_known(names, url):
        return TagNames(())
    if target is None:
        return TagNames(names, next=_own_cursor(names, told or [], url, page_size))
    if reply.url and Origin.of(reply.url) != upstream.origin:
        # A stranger's page says where to go on: not even at home, where the credentials would be shown.
        return TagNames(names, problem="the list was told by another host, whose next page was not followed")
    if Origin.of(target) != upstream.origin:
        return TagNames(names, problem="the registry's next page is on another host, which was not followed")
    return TagNames(names, next=_after_origin(target))


def _own_cursor(names: tuple[str, ...], told: list[Any], url: str, page_size: int | None) -> str | None:
    """Return where to look on after a page without a Link that is exactly as long as was asked for.

    The specification lets a registry cut a list so; go-containerregistry's does.
    """
    if not names or len(told) != page_size:
        return None
    return f"{urlsplit(url).path}?{urlencode({'n': page_size, 'last': names[-1]})}{_OWN}"


def _is_known(names: tuple[str, ...], url: str) -> bool:
    """Tell whether a page that no Link led to is an old one: some begin anew, others ignore ``last``."""
    last = parse_qs(urlsplit(url).query).get("last", [""])[-1]
    return bool(names) and (names[0] <= last or names[-1] == last)


def _after_origin(url: str) -> str:
    """Return path and query of ``url`` to the letter: paging tokens are opaque."""
    rest = url.partition("://")[2].partition("#")[0]
    path = rest[len(urlsplit(url).netloc) :]
    return path if path.startswith("/") else f"/{path}"
