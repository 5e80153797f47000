"""The catalog: all repositories of a registry, where it tells them.

``GET /v2/_catalog`` was never made part of the OCI specification. Docker's registry has it, and so have
Artifactory, Nexus and Zot; most hosted registries refuse it, or tell an empty list.

Source: distribution/distribution registry/handlers/catalog.go; docs/content/spec/api.md, "Catalog".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.errors import PortcallError, UnauthorizedError, UnsupportedError
from portcall.oci.name_pages import NameList, NamePage
from portcall.oci.problem import Problem, not_a_registry, refusal

if TYPE_CHECKING:
    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: The token scope that registries want to see for it.
CATALOG_SCOPE = "registry:catalog:*"

_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z")
_MAX_REPOSITORY = 255
#: How registries say that they have no such list, or not for this caller.
_NO_LIST = frozenset({401, 403, 404, 405})
_WITHOUT = "Where the name is known, search_tags and get_image_details work all the same."


def catalog_url(upstream: Upstream, page_size: int | None, cursor: str | None) -> str:
    """Return the URL of a page: the first, or the one that ``cursor`` (a :attr:`NamePage.next`) names.

    Raises:
        InvalidArgumentError: The cursor leads to another host.
    """
    return _CATALOG.page_url(upstream, f"{upstream.endpoint}/v2/_catalog", page_size, cursor)


def read_catalog(
    reply: Reply, url: str, upstream: Upstream, page_size: int | None, cursor: str | None
) -> NamePage:
    """Read one page, as :meth:`portcall.oci.name_pages.NameList.read_page`.

    Raises:
        UpstreamError: It is no list of repositories.
    """
    return _CATALOG.read_page(reply, url, upstream, page_size, cursor)


def refuses_size(reply: Reply) -> bool:
    """Tell whether a registry refuses pages that large: its ``catalog.maxentries`` is a matter of taste."""
    return reply.status == 400 and Problem.of(reply).code == "PAGINATION_NUMBER_INVALID"


def catalog_refusal(reply: Reply, upstream: Upstream) -> PortcallError:
    """Return what a refusal of the list means: an outage is none, and neither is a page for people."""
    registry, status = upstream.registry, reply.status
    if status in _NO_LIST - {404} and reply.body.lstrip()[:1] == b"<":
        return not_a_registry(upstream)
    if status == 401 and upstream.credentials_source:
        return UnauthorizedError(
            f"{registry} does not show its list of repositories to the credentials from "
            f"{upstream.credentials_source}",
            hint=f"It may take an administrator's. {_WITHOUT}",
            registry=registry,
        )
    if status in _NO_LIST or (Problem.of(reply).code == "UNSUPPORTED" and status < 500):
        withheld = f"; {upstream.withheld}" if upstream.withheld else ""
        return UnsupportedError(
            f"{registry} keeps no list of its repositories for this caller{withheld}",
            hint=_WITHOUT,
            registry=registry,
        )
    return refusal(reply, upstream, "list of repositories")


def _is_repository(name: str) -> bool:
    return len(name) <= _MAX_REPOSITORY and _REPOSITORY.match(name) is not None


_CATALOG = NameList("list of repositories", "repositories", frozenset({"repositories"}), _is_repository)
