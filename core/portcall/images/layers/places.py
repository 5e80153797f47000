"""How many layers are read at the same time."""

from __future__ import annotations

from portcall.images.fair_places import Ceilings, FairPlaces

#: By all calls together 12, for each takes a thread and some megabytes. From one registry 4, so that one that
#: hangs keeps none but its own callers waiting, and connections are left for other questions. And one caller of
#: several never has all of them, neither in sum nor of one registry.
_CEILINGS = Ceilings(in_all=12, there=4, by_one=4, by_one_there=3)


class Places(FairPlaces):
    """Places for those who read layers from their beginning, by registry and caller."""

    def __init__(self) -> None:
        super().__init__(_CEILINGS)
