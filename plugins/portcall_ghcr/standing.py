"""How the registry stands to a package, as far as it lets on, and what was learnt of that lately."""

from __future__ import annotations

import enum
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for which an answer counts: as long as what else is named by no digest.
_LIFETIME = 60.0
#: Packages of which an answer is kept: a few searches' worth.
_MOST = 2000


class Standing(enum.Enum):
    """What the token endpoint lets on of a package, by the status of its answer."""

    PUBLIC = 200
    PRIVATE = 401
    MISSING = 403


class Standings:
    """What was learnt of packages lately: that alone, for the answers themselves hold tokens.

    Args:
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[Standing, float]] = OrderedDict()

    def get(self, repository: str) -> Standing | None:
        """Return what was learnt of a package, if that was in the last minute."""
        standing, until = self._known.get(repository, (None, 0.0))
        return standing if self._clock() < until else None

    def put(self, repository: str, standing: Standing) -> None:
        """Remember what was learnt of a package."""
        self._known[repository] = (standing, self._clock() + _LIFETIME)
        self._known.move_to_end(repository)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
