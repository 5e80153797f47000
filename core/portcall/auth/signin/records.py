"""Records of one kind in the shared store: JSON of a known shape, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from portcall.logs import get_logger
from portcall.state.newest import Newest

if TYPE_CHECKING:
    from portcall.seal import Seal
    from portcall.state.store import StateStore

_log = get_logger(__name__)


class Kept(BaseModel):
    """A record: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Record = TypeVar("Record", bound=BaseModel)


class Records(Generic[Record]):
    """All records of one kind.

    Each is sealed under its kind and key: whoever can write to the store can neither make one, nor put one in
    another's place.

    Args:
        store: Where they are kept.
        seal: What closes them.
        kind: What they are called in the store, e.g. ``"grant"``.
        model: Their shape.
        at_most: How many there may be, where strangers make them: for each more the oldest goes, and no key is
            put twice. ``None`` for those that only people make who have signed in.
    """

    def __init__(
        self, store: StateStore, seal: Seal, kind: str, model: type[Record], *, at_most: int | None = None
    ) -> None:
        self._store = store
        self._place: Newest | StateStore = store if at_most is None else Newest(store, kind, at_most)
        self._seal = seal
        self._kind = kind
        self._model = model

    async def put(self, key: str, record: Record, seconds: float) -> None:
        """Keep a record for so many seconds, instead of what was there."""
        closed = self._closed(key, record)
        if isinstance(self._place, Newest):
            await self._place.put(key, closed, seconds)
        else:
            await self._place.put(self._kind, key, closed, seconds)

    async def add(self, key: str, record: Record, seconds: float) -> bool:
        """Keep a record where none is; tell whether it was so. Of many who try at once, one succeeds."""
        return await self._store.add(self._kind, key, self._closed(key, record), seconds)

    async def get(self, key: str) -> Record | None:
        """Return a record, if it is there and this key sealed it."""
        return self._opened(key, await self._store.get(self._kind, key))

    async def take(self, key: str) -> Record | None:
        """Return a record and drop it: of many who try at once, one gets it."""
        return self._opened(key, await self._store.take(self._kind, key))

    async def drop(self, key: str) -> None:
        """Drop a record, if it is there."""
        await self._store.drop(self._kind, key)

    def _closed(self, key: str, record: Record) -> bytes:
        return self._seal.close(f"{self._kind}:{key}", record.model_dump_json().encode())

    def _opened(self, key: str, sealed: bytes | None) -> Record | None:
        if sealed is None:
            return None
        data = self._seal.open(f"{self._kind}:{key}", sealed)
        try:
            record = None if data is None else self._model.model_validate_json(data)
        except ValidationError:
            # `from` would log what the record holds.
            record = None
        if record is None:
            # Another key sealed it, or another version wrote it: its owner signs in again.
            _log.warning("record_unreadable", kind=self._kind)
        return record
