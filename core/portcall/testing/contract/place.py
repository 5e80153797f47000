"""Where a double of a registry is served, for as long as one test lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def _none() -> Sequence[object]:
    return ()


@dataclass(frozen=True, slots=True)
class Place:
    """A double of the registry, as it is served.

    Args:
        entry: What stands under ``[registries."host"]`` so that the double is asked, and nobody else.
        take_down: Makes everything that it is asked from now on an outage; with a ``Retry-After`` that is longer
            than a call may take (``Answer(503, retry_after=900)``) no test waits for another try.
        environ: More of the environment: a token of the API's, say.
        hostile: Returns what the double was asked that a name had led to another path, however it answered.
    """

    entry: Mapping[str, Any]
    take_down: Callable[[], None]
    environ: Mapping[str, str] = field(default_factory=dict)
    hostile: Callable[[], Sequence[object]] = _none
