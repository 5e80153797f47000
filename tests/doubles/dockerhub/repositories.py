"""Repositories and tags: ``/v2/namespaces/…`` and the deprecated ``/v2/repositories/…``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tests.doubles.dockerhub import answers, errors

from portcall.testing.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.dockerhub.accounts import Caller
    from tests.doubles.dockerhub.catalogue import Catalogue, HubTag, Repository
    from tests.doubles.dockerhub.errors import MissingStyle
    from tests.doubles.dockerhub.paging import Paging

#: Which way ``ordering=last_updated`` goes; sources contradict each other, see :class:`Repositories`.
OrderingSense = Literal["hub-spec", "hub-mcp"]

_KEYS: dict[str, Callable[[Repository], Any]] = {
    "name": lambda one: one.name,
    "last_updated": lambda one: one.updated,
    "pull_count": lambda one: one.pulls,
}


class Repositories:
    """The endpoints, over one catalogue.

    Attributes:
        missing_style: How a 404 is told.
        ordering_sense: hub-spec has ``-`` for descending; Docker's own hub-mcp tells its model that
            ``last_updated`` descends and ``-last_updated`` ascends. A client has to look at what it got.
    """

    def __init__(self, catalogue: Catalogue, paging: Paging, missing_style: MissingStyle) -> None:
        self.missing_style = missing_style
        self.ordering_sense: OrderingSense = "hub-spec"
        self._catalogue, self._paging = catalogue, paging

    def of_namespace(self, request: Request, caller: Caller | None, namespace: str) -> Reply:
        """Answer ``GET /v2/namespaces/{namespace}/repositories``: hub-spec, listNamespaceRepositories."""
        ordering = request.parameter("ordering")
        if ordering is not None and ordering.removeprefix("-") not in _KEYS:
            return errors.invalid_ordering()
        wanted = (request.parameter("name") or "").lower()
        found = [one for one in self._catalogue.of(namespace, _namespaces(caller)) if wanted in one.name]
        self._sort(found, ordering)
        cap = self._paging.lists_cap if caller is None else None
        return self._paging.reply(request, found, answers.repository_entry, cap=cap)

    def _sort(self, found: list[Repository], ordering: str | None) -> None:
        # The order that nobody asked for is the newest first, as in hub-spec's example [inference].
        key = _KEYS[(ordering or "last_updated").removeprefix("-")]
        descending = (ordering or "-").startswith("-")
        turned = ordering is not None and self.ordering_sense == "hub-mcp"
        found.sort(key=key, reverse=descending != turned)

    def get(self, request: Request, caller: Caller | None, namespace: str, repository: str) -> Reply:
        """Answer ``GET /v2/namespaces/{namespace}/repositories/{repository}``: hub-spec, GetRepository."""
        found = self._find(caller, namespace, repository)
        if isinstance(found, Reply):
            return found
        return json_reply(answers.repository_info(found, owned=namespace in _namespaces(caller)))

    def tags(self, request: Request, caller: Caller | None, namespace: str, repository: str) -> Reply:
        """Answer ``…/tags``: hub-spec, ListRepositoryTags; anonymous works all the same (hub-feedback#689)."""
        found = self._find(caller, namespace, repository)
        if isinstance(found, Reply):
            return found
        # name and ordering: used on the old path (reno, #fs-59425165837), undocumented.
        wanted = request.parameter("name") or ""
        rows = [tag for tag in _ordered(found, request.parameter("ordering") or "") if wanted in tag.name]
        cap = self._paging.tags_cap if caller is None else None
        return self._paging.reply(request, rows, lambda tag: answers.tag_row(found, tag), cap=cap)

    def tag(self, request: Request, caller: Caller | None, namespace: str, repository: str, tag: str) -> Reply:
        """Answer ``…/tags/{tag}``: hub-spec, GetRepositoryTag."""
        found = self._find_tag(caller, namespace, repository, tag)
        return found if isinstance(found, Reply) else json_reply(answers.tag_row(*found))

    def images(self, request: Request, caller: Caller | None, namespace: str, repository: str, tag: str) -> Reply:
        """Answer the old path's ``…/tags/{tag}/images``: #fs-52210787647."""
        found = self._find_tag(caller, namespace, repository, tag)
        return found if isinstance(found, Reply) else json_reply(answers.image_rows(found[1]))

    def dockerfile(self, request: Request, caller: Caller | None, namespace: str, repository: str) -> Reply:
        """Answer the old path's ``…/dockerfile/``, of automated builds: #fs-45390935062, old."""
        found = self._find(caller, namespace, repository)
        if isinstance(found, Reply):
            return found
        return json_reply({"contents": found.dockerfile}) if found.dockerfile else self._missing(found.path)

    def _find(self, caller: Caller | None, namespace: str, repository: str) -> Repository | Reply:
        found = self._catalogue.find(namespace, repository, _namespaces(caller))
        return found if found is not None else self._missing(f"{namespace}/{repository}")

    def _find_tag(
        self, caller: Caller | None, namespace: str, repository: str, tag: str
    ) -> tuple[Repository, HubTag] | Reply:
        found = self._find(caller, namespace, repository)
        if isinstance(found, Reply):
            return found
        if tag not in found.tags:
            return errors.missing_tag(self.missing_style, namespace, repository, tag)
        return found, found.tags[tag]

    def _missing(self, path: str) -> Reply:
        namespace, _, repository = path.partition("/")
        return errors.missing(self.missing_style, namespace=namespace, repository=repository)


def _ordered(repository: Repository, ordering: str) -> list[HubTag]:
    """Order tags: ``last_updated`` is newest first (reno, #fs-59425165837), and what nobody asked for is, too.

    The others are an [inference] from there: a ``-`` turns it round, and names go up.
    """
    if ordering.removeprefix("-") == "name":
        return sorted(repository.tags.values(), key=lambda tag: tag.name, reverse=ordering.startswith("-"))
    newest = repository.newest_first
    return newest[::-1] if ordering == "-last_updated" else newest


def _namespaces(caller: Caller | None) -> frozenset[str]:
    return frozenset() if caller is None else caller.namespaces
