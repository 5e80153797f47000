"""One image that a Dockerfile uses, with what is known of it beyond the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.models import DockerfileBase
    from portcall.platform import Platform


@dataclass(frozen=True, slots=True)
class FoundBase:
    """One use of an image.

    Attributes:
        base: What is told of it.
        wanted: The platform that it is built for; ``None`` where none matters.
        is_available: Whether it is there for that platform; ``None`` where that is not known.
        moved_to: Of an image with tag and digest, what the tag stands for now, where that is another digest.
        is_artifact: Whether it is something else than an image, a Helm chart say.
        is_told_elsewhere: Whether its problem is one of the text, which has a rule of its own.
    """

    base: DockerfileBase
    wanted: Platform | None = None
    is_available: bool | None = None
    moved_to: str | None = None
    is_artifact: bool = False
    is_told_elsewhere: bool = False
