"""What replicas tell each other: that something may have changed. Sealed, for it names private images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from portcall.seal import Seal

#: What a sealed message is bound to, and where Redis carries it; the number is that of the format.
CHANNEL = "portcall:events:1"
#: Bytes of a sealed message; larger ones are nobody's.
MAX_BYTES = 8192

Kind = Literal["moved", "updated", "tools", "prompts", "resources"]


class Message(BaseModel):
    """One event.

    Args:
        origin: The process that tells it.
        kind: ``moved``: a tag points elsewhere; ``updated``: a resource changed; the others: a list changed.
        partition: Who may hear of it; empty for everybody.
        uri: Which resource, as its client named it.
        state: Where a tag points now.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    origin: str = Field(max_length=64)
    kind: Kind
    partition: str = Field(default="", max_length=256)
    uri: str = Field(default="", max_length=1024)
    state: str = Field(default="", max_length=256)


class Envelope:
    """Seals messages, and opens those of whoever has the same key.

    Args:
        seal: The same on all replicas.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def close(self, message: Message) -> bytes:
        """Return a message as it travels."""
        return self._seal.close(CHANNEL, message.model_dump_json().encode())

    def open(self, data: bytes) -> Message | None:
        """Return the message; ``None`` for what is none, or from somebody else."""
        content = self._seal.open(CHANNEL, data) if len(data) <= MAX_BYTES else None
        if content is None:
            return None
        try:
            return Message.model_validate_json(content)
        except ValidationError:
            return None
