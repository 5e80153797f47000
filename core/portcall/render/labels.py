"""Labels and annotations as text: each once, and what their names share said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.untrusted import fenced, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.models import ImageDetail

_COMMON = "org.opencontainers.image."


def pairs_text(detail: ImageDetail) -> Iterator[str]:
    """Yield the section of labels and that of annotations, without what the facts above tell."""
    told = {f"{_COMMON}created": detail.created}
    if detail.base:
        told |= {f"{_COMMON}base.name": detail.base.name, f"{_COMMON}base.digest": detail.base.digest}
    labels = {key: value for key, value in detail.labels.items() if told.get(key) != value}
    # Builders write most annotations as labels, too: once is enough to read.
    told |= detail.labels
    own = {key: value for key, value in detail.annotations.items() if told.get(key) != value}
    for title, pairs in (("Labels", labels), ("Annotations", own)):
        if pairs:
            yield f"## {title}\n\n{fenced(_rows(pairs))}"


def _rows(pairs: Mapping[str, str]) -> str:
    rows = [f"{plain_line(key, 120)}: {plain_line(value, 240)}".rstrip() for key, value in pairs.items()]
    shared = [row.removeprefix(_COMMON) for row in rows if row.startswith(_COMMON)]
    if len(shared) < 2:
        return "\n".join(rows)
    others = [row for row in rows if not row.startswith(_COMMON)]
    return "\n".join([f"{_COMMON}*:", *(f"  {row}" for row in shared), *others])
