"""What a tag list that tells digests says beyond single tags: which of them are the same image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.tags import is_referrer_tag, moving_tags, version_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.models import Tag

#: Most other tags that are told in a row: a digest may have thousands, and each of them a row of its own.
MOST_ALIASES = 20


class KnownDigests:
    """The digests of all of a repository's tags, as far as its list tells them.

    Args:
        tags: All of them, also those that nobody asked for: ``latest`` is worth telling of whatever it is now.
    """

    def __init__(self, tags: Iterable[Tag]) -> None:
        self._digests = {tag.name: tag.digest for tag in tags if tag.digest and not is_referrer_tag(tag.name)}

    def with_aliases(self, rows: Sequence[Tag]) -> tuple[tuple[Tag, ...], tuple[str, ...]]:
        """Return the rows with the other tags of the same digest, and what the reader has to know of them."""
        names: dict[str, list[str]] = {row.digest: [] for row in rows if row.digest}
        for name, digest in self._digests.items():
            if digest in names:
                names[digest].append(name)
        for same in names.values():
            same.sort(key=version_key, reverse=True)
        many = max((len(same) for same in names.values()), default=0) - 1 > MOST_ALIASES
        note = f"rows name {MOST_ALIASES} other tags of the same image at most; image_name with a tag asks for all"
        told = tuple(_with_others(row, names[row.digest]) if row.digest else row for row in rows)
        return told, (note,) if many else ()

    @property
    def moving(self) -> dict[str, str]:
        """The version that ``latest``, ``stable`` and their like are now."""
        return moving_tags(self._digests)


def _with_others(row: Tag, same: Sequence[str]) -> Tag:
    others = [name for name in same[: MOST_ALIASES + 1] if name != row.name][:MOST_ALIASES]
    aliases = tuple(dict.fromkeys((*others, *row.aliases)))
    return row.model_copy(update={"aliases": aliases}) if aliases != row.aliases else row
