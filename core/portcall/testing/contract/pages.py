"""What searches and lists have to do alike: pages that a backend tells, asked for one after the other."""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from portcall.errors import InvalidArgumentError, PortcallError
from portcall.testing.contract.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.gateway import Portcall
    from portcall.models import DockerImage
    from portcall.pages import RepositoryPage
    from portcall.testing.contract.asking import Asking
    from portcall.testing.contract.place import Place

#: More pages than any double has.
_MOST_PAGES = 300
#: What outages are called.
OUTAGES = {"upstream_error", "unreachable", "timeout"}
#: What nobody was given as a cursor: numbers too long to be read, and what no URL can hold, among them.
FORGED = {"word": "x", "empty": "", "long": "9" * 5000, "surrogate": "\ud800", "elsewhere": "../../x?page=2"}

both_lists = pytest.mark.parametrize("listing", ["search", "repositories"])


class PageContract(Subject):
    """Pages of searches and lists, asked of the backend itself: the gateway cuts them, and hides what is wrong."""

    @both_lists
    def test_each_page_leads_to_the_next_and_no_row_is_lost_or_told_twice(
        self, asking: Asking, listing: str
    ) -> None:
        self.needs(listing)
        one_by_one = self._read(asking, listing, limit=1)
        rows = _references(one_by_one)
        assert len(rows) >= 3, "the double needs three matches, and three repositories in the namespace"
        assert len(one_by_one) > 1, "the double needs more than one page holds where the limit is ignored"
        assert len(set(rows)) == len(rows)
        assert rows == _references(self._read(asking, listing, limit=100))

    @both_lists
    def test_a_page_is_no_longer_than_wanted(self, asking: Asking, listing: str) -> None:
        self.needs(listing)
        if listing in self.ignores_limit:
            pytest.skip(f"pages of {self.host} have a size of their own")
        for limit in (1, 2):
            assert all(len(page.repositories) <= limit for page in self._read(asking, listing, limit))

    @both_lists
    def test_a_total_counts_at_least_what_is_told(self, asking: Asking, listing: str) -> None:
        self.needs(listing)
        pages = self._read(asking, listing, limit=1)
        assert all(page.total is None or page.total >= len(_references(pages)) for page in pages)

    @both_lists
    def test_the_gateway_tells_the_same_rows_in_pages_of_any_size(self, asking: Asking, listing: str) -> None:
        self.needs(listing)
        rows = _references(self._read(asking, listing, limit=100))
        for limit in (1, 3):
            first = asking(partial(self._told, listing, limit, ""))
            second = asking(partial(self._told, listing, limit, first.next_cursor or ""))
            assert [each.reference for each in first.rows] == rows[:limit]
            assert not first.next_cursor or [each.reference for each in second.rows] == rows[limit : 2 * limit]

    @both_lists
    @pytest.mark.parametrize("cursor", FORGED.values(), ids=FORGED)
    def test_a_forged_cursor_is_refused_or_harmless(self, asking: Asking, listing: str, cursor: str) -> None:
        self.needs(listing)
        try:
            page = asking(partial(self._page, listing, 10, cursor))
        except InvalidArgumentError:
            return
        assert set(_references([page])) <= set(_references(self._read(asking, listing, limit=100)))

    @both_lists
    def test_an_outage_between_two_pages_is_not_the_end(self, place: Place, asking: Asking, listing: str) -> None:
        self.needs(listing)

        async def ask(pc: Portcall) -> RepositoryPage:
            following = (await self._page(listing, 1, None, pc)).next
            place.take_down()
            return await self._page(listing, 1, following, pc)

        page, code = None, ""
        try:
            page = asking(ask)
        except PortcallError as error:
            code = error.code
        assert code in OUTAGES if page is None else page.repositories or page.next or page.warnings

    def _read(self, asking: Asking, listing: str, limit: int) -> list[RepositoryPage]:
        """Return all pages; each is asked of a new gateway, for a cursor is all that another process knows."""
        pages: list[RepositoryPage] = []
        seen: set[str | None] = {None}
        cursor: str | None = None
        while not pages or cursor is not None:
            page = asking(partial(self._page, listing, limit, cursor))
            assert all(self.is_well_formed(each) for each in page.repositories)
            pages.append(page)
            cursor = page.next
            assert cursor is None or cursor not in seen, "the list goes round in a circle"
            assert len(pages) < _MOST_PAGES, "the list does not end"
            seen.add(cursor)
        return pages

    async def _page(self, listing: str, limit: int, cursor: str | None, pc: Portcall) -> RepositoryPage:
        """Return a page as the backend tells it."""
        backend = await pc.backend(self.host)
        if listing == "search":
            return await backend.search(self.query, limit=limit, cursor=cursor)
        return await backend.list_repositories(self.namespace, limit=limit, cursor=cursor)

    async def _told(self, listing: str, limit: int, cursor: str, pc: Portcall) -> Any:
        """Return a page as the gateway tells it."""
        if listing == "search":
            return await pc.search_images(self.query, self.host, limit, cursor)
        return await pc.list_repositories(self.namespace, self.host, limit, cursor)


def _references(pages: Iterable[RepositoryPage]) -> list[str]:
    rows: list[DockerImage] = [each for page in pages for each in page.repositories]
    return [each.reference for each in rows]
