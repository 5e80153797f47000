"""Acme's liars: each tells one lie, and names the test of the discovery contract that has to notice it.

The module is the plugin, too, that offers all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.contract.acme import HOST, IMAGE, PATHS, Acme

from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError
from portcall.models import DockerfileInfo, DockerImage, Vulnerability
from portcall.plugin import BackendRegistration, DockerfilePage, RepositoryPage, ScanReport, UserPage, hookimpl


class Pages(Acme):
    """Lies in the pages of searches and lists alike."""

    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        return self.lie(await super().page(found, limit, cursor))

    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return page


class TheNextPageIsNowhere(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, next="boom")


class ThereIsOnePageAlone(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, next=None)


class EveryPageSkipsARow(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, next=str(int(page.next) + 1) if page.next == "1" else page.next)


class PagesGoRoundInACircle(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, next="1")


class PagesRepeatTheirFirstRow(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, repositories=(self.row(PATHS[0]), *page.repositories[1:]))


class CursorsAreKnownToOneProcess(Pages):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        kept = self.__dict__.setdefault("kept", {})
        page = await super().page(found, limit, None if cursor is None else kept[cursor])
        kept[f"of-{id(self)}"] = page.next
        return replace(page, next=f"of-{id(self)}" if page.next else None)


class RowsAreOfAnotherRegistry(Pages):
    def row(self, path: str) -> DockerImage:
        return DockerImage(name=path, registry=HOST, reference=f"{HOST}/{path}")


class ALimitIsNothing(Acme):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        return await super().page(found, 2, cursor)


class ThereIsOneInAll(Pages):
    def lie(self, page: RepositoryPage) -> RepositoryPage:
        return replace(page, total=1)


class CursorsAreBelieved(Acme):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        return await super().page(found, limit, None if cursor is None else str(int(cursor)))


class AForgedCursorLeadsElsewhere(Acme):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        if cursor is not None and not cursor.isdigit():
            return RepositoryPage((self.row("private/plans"),))
        return await super().page(found, limit, cursor)


class AnOutageIsTheEnd(Acme):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        try:
            return await super().page(found, limit, cursor)
        except InvalidArgumentError:
            raise
        except PortcallError:
            return RepositoryPage(())


class AnOutageIsAnAbsence(AnOutageIsTheEnd):
    """The same, told of the first page."""


class EverythingIsFound(Acme):
    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        return await self.page(list(PATHS), limit, cursor)


class SomethingIsAlwaysFound(Acme):
    async def search(self, query: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        return await super().search("api", limit=limit, cursor=cursor)


class TheDoubleHasOneMatch(Acme):
    async def page(self, found: list[str], limit: int, cursor: str | None) -> RepositoryPage:
        return await super().page(found[:1], limit, cursor)


class NamespacesAreLeft(Acme):
    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        if namespace == "../../admin":
            return RepositoryPage((self.row("admin/secrets"),))
        return await super().list_repositories(namespace, limit=limit, cursor=cursor)


class NamespacesAreSentAsTheyAre(Acme):
    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        if namespace == "../../admin":
            await self.look("admin/secrets")
        return await super().list_repositories(namespace, limit=limit, cursor=cursor)


class AnyNamespaceIsEmpty(Acme):
    async def list_repositories(self, namespace: str, *, limit: int, cursor: str | None = None) -> RepositoryPage:
        try:
            return await super().list_repositories(namespace, limit=limit, cursor=cursor)
        except NotFoundError:
            return RepositoryPage(())


class EverybodyIsSomebody(Acme):
    async def search_users(self, query: str, *, limit: int) -> UserPage:
        await self.look()
        return UserPage((self.user(query),))


class EverythingIsClean(Acme):
    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        return replace(await super().get_vulnerabilities(repository, digest), vulnerabilities=())


class NothingIsSevere(Acme):
    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        report = await super().get_vulnerabilities(repository, digest)
        return replace(report, vulnerabilities=(Vulnerability(id="CVE-2024-0001"),))


class FindingsHaveNoName(Acme):
    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        report = await super().get_vulnerabilities(repository, digest)
        return replace(report, vulnerabilities=(Vulnerability(id=" ", severity="high"),))


class WhatIsMissingWasScanned(Acme):
    async def get_vulnerabilities(self, repository: str, digest: str) -> ScanReport:
        return await super().get_vulnerabilities(repository, IMAGE.digest)


class NobodyLooks(Acme):
    async def look(self, path: str = PATHS[0]) -> None:
        """Look at nothing."""


class AnyWordFindsADockerfile(Acme):
    async def search_dockerfiles(self, query: str, *, limit: int) -> DockerfilePage:
        return await super().search_dockerfiles("curl", limit=limit)


class DockerfilesLeadNowhere(Acme):
    def dockerfile(self) -> DockerfileInfo:
        return DockerfileInfo(repo="acme/x", path="Dockerfile", content="", origin="source", exact=True)


#: Each lie, and the test that has to notice it.
LIARS = {
    TheNextPageIsNowhere: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    ThereIsOnePageAlone: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    EveryPageSkipsARow: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    PagesGoRoundInACircle: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    PagesRepeatTheirFirstRow: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    CursorsAreKnownToOneProcess: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    RowsAreOfAnotherRegistry: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    ALimitIsNothing: "test_a_page_is_no_longer_than_wanted",
    ThereIsOneInAll: "test_a_total_counts_at_least_what_is_told",
    CursorsAreBelieved: "test_a_forged_cursor_is_refused_or_harmless",
    AForgedCursorLeadsElsewhere: "test_a_forged_cursor_is_refused_or_harmless",
    AnOutageIsTheEnd: "test_an_outage_between_two_pages_is_not_the_end",
    AnOutageIsAnAbsence: "test_an_outage_is_never_an_absence",
    EverythingIsFound: "test_a_search_finds_it_and_what_else_the_words_are_in",
    SomethingIsAlwaysFound: "test_a_search_that_finds_nothing_is_an_answer",
    TheDoubleHasOneMatch: "test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice",
    NamespacesAreLeft: "test_a_hostile_namespace_never_leaves_its_path",
    NamespacesAreSentAsTheyAre: "test_a_hostile_namespace_never_leaves_its_path",
    AnyNamespaceIsEmpty: "test_a_missing_namespace_is_not_found",
    EverybodyIsSomebody: "test_a_name_that_nobody_has_finds_nobody",
    EverythingIsClean: "test_what_the_scanner_found_is_told_by_the_backend",
    NothingIsSevere: "test_what_the_scanner_found_is_told_by_the_backend",
    FindingsHaveNoName: "test_what_the_scanner_found_is_told_by_the_backend",
    WhatIsMissingWasScanned: "test_a_manifest_that_is_missing_was_not_scanned",
    NobodyLooks: "test_an_outage_of_the_scanner_is_no_clean_bill_of_health",
    AnyWordFindsADockerfile: "test_a_search_for_no_dockerfile_finds_none",
    DockerfilesLeadNowhere: "test_a_dockerfile_is_found",
}


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    for backend in (Acme, *LIARS):
        yield BackendRegistration(backend.__name__.lower(), backend)
