"""Files of one folder told together, where there are many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: So many files of one folder are told as the folder.
_MANY = 5


def grouped(files: Iterable[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    """Return files with their sizes, those of one folder in one row where there are many, the largest first.

    Args:
        files: Path and size of each.

    Returns:
        Path and sizes: of a file its own, of a folder (its path ends in ``/``) those of all its files.
    """
    folders: dict[str, list[tuple[str, int]]] = {}
    for path, size in files:
        folders.setdefault(path.rpartition("/")[0], []).append((path, size))
    rows: list[tuple[str, list[int]]] = []
    for folder, found in folders.items():
        if len(found) >= _MANY:
            rows.append((f"{folder}/", [size for _, size in found]))
        else:
            rows += [(path, [size]) for path, size in found]
    return sorted(rows, key=lambda row: (-sum(row[1]), row[0]))
