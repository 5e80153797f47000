"""Tag lists: a repository's tags, as every registry tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.oci.name_pages import NameList, NamePage
from portcall.oci.paths import resource_url
from portcall.reference import is_tag

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

# Nulls stand among them (Nexus), and digests (Artifactory).
_TAGS = NameList("tag list", "tags", frozenset({"tags", "name"}), is_tag)


def page_url(upstream: Upstream, repository: str, page_size: int | None, cursor: str | None) -> str:
    """Return the URL of a page: the first, or the one that ``cursor`` (a :attr:`NamePage.next`) names.

    Raises:
        InvalidArgumentError: The cursor leads to another host.
        InvalidReferenceError: The repository would leave its path.
    """
    return _TAGS.page_url(upstream, resource_url(upstream, repository, "tags", "list"), page_size, cursor)


def read_page(reply: Reply, url: str, upstream: Upstream, page_size: int | None, cursor: str | None) -> NamePage:
    """Read one page, as :meth:`portcall.oci.name_pages.NameList.read_page`.

    Raises:
        UpstreamError: It is no tag list.
    """
    return _TAGS.read_page(reply, url, upstream, page_size, cursor)
