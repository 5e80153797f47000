"""A namespace's repositories: what of the registry's list begins with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import HiddenError, InvalidArgumentError, InvalidReferenceError
from portcall.plugin import parse_reference
from portcall_oci.names import read_names
from portcall_oci.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.plugin import RegistryBackend, RepositoryPage
    from portcall_oci.rows import Rows


async def list_repositories(
    backend: RegistryBackend, rows: Rows, namespace: str, cursor: str | None
) -> RepositoryPage:
    """Return what one page of the registry's list holds below ``namespace``; all of it, where that is empty.

    Raises:
        HiddenError: The whole list was read, and held nothing below ``namespace``.
        InvalidArgumentError: ``namespace`` is none.
        UnsupportedError: The registry keeps no such list for this caller.
    """
    path = _path(namespace)

    def below(names: Sequence[str]) -> list[str]:
        return [name for name in names if name.startswith(path)]

    place = Place.parse(cursor, "names")
    part = await read_names(backend, rows, place, below)
    if path and part.is_last and not (place.told or part.page.repositories):
        raise HiddenError(
            f"{backend.upstream.registry} lists no repository below {path}, or shows none to this caller",
            hint="Check the name; an empty namespace lists all that the registry shows.",
            registry=backend.upstream.registry,
        )
    return part.page


def _path(namespace: str) -> str:
    """Return what the names of a namespace's repositories begin with: ``"team/"``.

    Raises:
        InvalidArgumentError: No repository could be below it.
    """
    path = namespace.strip().strip("/").lower()
    if not path:
        return ""
    try:
        reference = parse_reference(f"registry.invalid/{path}")
    except InvalidReferenceError:
        reference = None
    if reference is None or reference.repository != path or reference.tag or reference.digest:
        raise InvalidArgumentError(
            "the argument `namespace` is nothing that a repository could be below",
            hint="Give what stands before the last slash of a repository's name: team, or team/project.",
        )
    return f"{path}/"
