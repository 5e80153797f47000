"""What else is in the namespace of a repository that is not there: one of it may have been meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from portcall.errors import NotFoundError, PortcallError
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.backend import RegistryBackend
    from portcall.models import DockerImage
    from portcall.reference import Reference

_MOST = 3
#: From this ratio on, words do not only happen to share letters: ``apo`` and ``api`` have 0.67.
_ALIKE = 0.6
#: Repositories that are looked through: one page, for one request.
_ROWS = 100


class Neighbours(NamedTuple):
    """What the namespace that was typed has.

    Attributes:
        near: Paths that were probably meant, the likeliest first.
        next_step: Where there is none, what shows what there is; whole sentences, empty where nothing is known.
    """

    near: tuple[str, ...] = ()
    next_step: str = ""


async def neighbours(backend: RegistryBackend, missing: Reference) -> Neighbours:
    """Return repositories of the very namespace that was typed, as far as a page of the registry's list tells.

    Whoever typed the namespace chose its owner, and is shown no other's; nor anything that the registry would not
    list for this caller. A failure to look tells nothing.
    """
    namespace = _typed_namespace(missing)
    if not _lists(backend, namespace):
        return Neighbours()
    try:
        page = await backend.list_repositories(namespace, limit=_ROWS)
    except NotFoundError:
        return Neighbours(next_step=_without_namespace(backend))
    except PortcallError:
        return Neighbours()
    paths = {_name(path): path for path in _within(namespace, page.repositories, missing)}
    near = get_close_matches(_name(missing.repository), paths, _MOST, _ALIKE)
    if near:
        return Neighbours(tuple(paths[name] for name in near))
    whose = "that namespace" if namespace else "the registry"
    return Neighbours(next_step=f"list_repositories tells what {whose} has.")


def _typed_namespace(missing: Reference) -> str:
    """Return what was typed before the last slash, if anything: Docker Hub's own is implied."""
    return missing.familiar_name.removeprefix(f"{missing.registry}/").rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _lists(backend: RegistryBackend, namespace: str) -> bool:
    """Tell whether one request shows what is there: at a host of sources it takes one for each of its images."""
    if "repositories" not in backend.capabilities or backend.source_hosts:
        return False
    return bool(namespace) or backend.lists_everything


def _within(namespace: str, rows: Iterable[DockerImage], missing: Reference) -> list[str]:
    """Return the paths of the rows that are the registry's, and directly within the namespace."""
    found = []
    for row in rows:
        try:
            reference = parse_reference(row.reference)
        except PortcallError:
            continue
        is_there = reference.registry == missing.registry and reference.repository != missing.repository
        if is_there and reference.repository.rpartition("/")[0] == namespace:
            found.append(reference.repository)
    return found


def _without_namespace(backend: RegistryBackend) -> str:
    """Return the next step where the namespace has nothing, or is none."""
    told = "Its namespace has no repositories, or shows none to this caller"
    if "users" in backend.capabilities:
        return f"{told}: search_users finds those that there are."
    if backend.lists_everything:
        return f"{told}: list_repositories without namespace tells what the registry has."
    return f"{told}: check that, too."
