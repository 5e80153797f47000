"""The registry's list of its repositories: a page at a time, and what of it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.plugin import RepositoryPage, left_out
from portcall_oci.place import imprint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.plugin import RegistryBackend
    from portcall_oci.place import Place
    from portcall_oci.rows import Rows

#: Names to ask for at once: more are refused by Docker's registry.
PAGE_SIZE = 1000
#: Most pages that are read of one list, however long it says that it is.
MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """What is wanted of one page of the list.

    Args:
        page: The repositories.
        is_last: Whether the list was read to its end, and nothing of it is missing.
    """

    page: RepositoryPage
    is_last: bool


async def read_names(
    backend: RegistryBackend, rows: Rows, place: Place, wanted: Callable[[Sequence[str]], list[str]]
) -> Part:
    """Return what ``wanted`` picks of the page at ``place``, in the order that it gives.

    Raises:
        UnsupportedError: The registry keeps no such list for this caller.
        PortcallError: It could not be asked.
    """
    told = await backend.distribution.catalog(PAGE_SIZE, place.cursor or None)
    imprint = imprint_of(told.names)
    if place.leads_back_to(imprint):
        return Part(RepositoryPage((), warnings=("the registry's list goes round in a circle",)), is_last=False)
    names = wanted(tuple(dict.fromkeys(told.names)))
    images = tuple(image for name in place.rows(names) if (image := rows.named(name)) is not None)
    problem, following = told.problem, told.next
    if following is not None and place.page + 1 >= MOST_PAGES:
        problem, following = f"only the first {MOST_PAGES:,} pages of the registry's list were read", None
    after = place.after(names, following, imprint)
    is_whole = problem is None and following is None
    warnings = left_out(told.malformed)
    if problem is not None:
        warnings += (problem,)
    if is_whole and not (place.cursor or told.names or told.malformed):
        # As Quay's to strangers, whatever it has (FEATURE_PUBLIC_CATALOG).
        warnings = (f"{backend.upstream.registry} tells an empty list: it may show this caller nothing",)
    total = len(names) if is_whole and not place.cursor else None
    page = RepositoryPage(images, str(after) if after else None, total, warnings)
    return Part(page, is_last=is_whole and after is None)
