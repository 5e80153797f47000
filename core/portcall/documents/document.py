"""What was found in a document that somebody pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DocumentKind = Literal["dockerfile", "compose", "kubernetes", "helm", "workflow", "yaml", "list", "unknown"]


@dataclass(frozen=True, slots=True)
class FoundReference:
    """One mention of an image.

    Attributes:
        text: The reference as it would be used, defaults of variables filled in; as written where that
            cannot be done. Not yet checked against the grammar of references.
        line: Where it is mentioned, from 1; 0 for one that was given as such, in no document.
        via: How: ``FROM``, ``COPY --from``, ``RUN --mount`` (the last two also behind ``ONBUILD``),
            ``syntax``, ``image``, ``container``, ``services``, ``uses``, ``repository``, ``list``.
        problem: Why ``text`` cannot be asked for, as a short clause, e.g. ``"variable TAG has no default"``.
        skipped: Why it need not exist in any registry, as a short clause: a compose service that is built
            here gives the result this name.
        used_by: The name of what uses it, where that is told: a compose service, a container; at most 100
            characters.
    """

    text: str
    line: int
    via: str
    problem: str | None = None
    skipped: str | None = None
    used_by: str = ""

    @property
    def is_checkable(self) -> bool:
        """Whether a registry can be asked for it, and should know it."""
        return self.problem is None and self.skipped is None


@dataclass(frozen=True, slots=True)
class Document:
    """The images that a document mentions, in the order of its lines, repeated ones included."""

    kind: DocumentKind
    references: tuple[FoundReference, ...] = ()
