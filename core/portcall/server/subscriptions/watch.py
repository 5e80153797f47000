"""One tag that somebody here waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.caller import Caller
    from portcall.server.subscriptions.address import TagAddress
    from portcall.server.subscriptions.stream import Stream

#: The state of a tag that there is not; any other state is a digest.
ABSENT = "absent"


@dataclass(eq=False, slots=True)
class Watch:
    """A tag as one partition sees it; what changes is up to :class:`TagWatcher` and the tag's poller.

    Args:
        partition: Whose it is.
        caller: As whom the registry is asked.
        address: The tag.
        known: Its state, as far as the listeners here know: a digest, or :data:`ABSENT`.
        streams: Those that listen.
    """

    partition: str
    caller: Caller
    address: TagAddress
    known: str
    streams: set[Stream] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others here."""
        return self.partition, self.address.uri
