"""What is asked of registries as a whole: words or a name, and how much of the answer is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.cursor import MAX_LIMIT, check_limit
from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest words that are looked for.
_LONGEST = 256


def goes_on(rows: Sequence[object], limit: int) -> tuple[str, ...]:
    """Return the warning of a list that has no cursor, where it may have stopped at ``limit``."""
    if len(rows) < limit:
        return ()
    step = "ask with a higher limit, or other words" if limit < MAX_LIMIT else "ask with other words"
    return (f"stopped at limit {limit:,}, there may be more: {step}",)


@dataclass(frozen=True, slots=True)
class RepositoryQuestion:
    """What is asked of repositories.

    Args:
        words: A query, or a namespace.
        limit: Most rows of a page, 1-1000.
        cursor: Where an earlier page ended.

    Raises:
        InvalidArgumentError: The limit is out of range, or the words are too long, or no text.
    """

    words: str
    limit: int
    cursor: str = ""

    def __post_init__(self) -> None:
        if len(self.words) > _LONGEST:
            raise InvalidArgumentError(
                f"the words to look for have over {_LONGEST} characters", hint="A few of them will do."
            )
        try:
            self.words.encode()
        except UnicodeEncodeError:
            raise InvalidArgumentError(
                "the words to look for are no text", hint="A word or two will do."
            ) from None
        check_limit(self.limit)

    @classmethod
    def of_query(cls, query: str, limit: int, cursor: str = "") -> RepositoryQuestion:
        """Return what a search is for.

        Raises:
            InvalidArgumentError: There are no words in it; or as the class.
        """
        words = query.strip()
        if not words:
            raise InvalidArgumentError(
                "the argument `query` is empty", hint="Name what is looked for, in a few words."
            )
        return cls(words, limit, cursor)
