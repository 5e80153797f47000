"""What becomes of a host's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from portcall.errors import InvalidArgumentError
from portcall.hosts.entry import difference

if TYPE_CHECKING:
    from portcall.hosts.host import Entry

#: The entry was there to the letter; it is there now; it is there instead of another one.
State = Literal["present", "added", "replaced"]


@dataclass(frozen=True, slots=True)
class Merge:
    """A host's file with the server in it.

    Args:
        text: All of it.
        state: What was done to it.
    """

    text: str
    state: State


def check_replaceable(name: str, old: object, new: Entry, *, force: bool) -> None:
    """Let nobody lose an entry that they made themselves.

    Raises:
        InvalidArgumentError: There is another entry, and nobody said to replace it; names the keys that differ,
            never what they hold.
    """
    if force:
        return
    told = difference(old, new)
    raise InvalidArgumentError(
        f"there is another {name} already" + (f"; it {told}" if told else ""),
        hint="--force replaces it, and keeps a copy of the file; --name adds this one beside it.",
    )
