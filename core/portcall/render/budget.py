"""The budget of an answer: what goes to a model is bounded, cut at whole rows, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from portcall.errors import TooLargeError
from portcall.models import Answer, ImageDetail, ManifestDetail, Page
from portcall.render.markdown import render
from portcall.render.untrusted import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of an answer's text, and of its JSON, each.
BUDGET = 20_000
#: How much of an image's lists and texts is kept, tried in turn: rows, characters of one text.
_STEPS = ((200, 2000), (100, 500), (60, 240), (30, 160), (15, 100), (8, 60))

Item = TypeVar("Item")


class Fitted(NamedTuple):
    """An answer in both of its forms."""

    text: str
    structured: dict[str, Any]


def fitted(answer: Answer, budget: int = BUDGET) -> Fitted:
    """Return an answer's text and JSON, both within ``budget`` characters.

    Raises:
        TooLargeError: A manifest that is larger; the error names its digest and its children.
    """
    forms = _forms(answer)
    if _size(forms) <= budget:
        return forms
    if isinstance(answer, Page):
        return _forms(_cut_page(answer, budget))
    if isinstance(answer, ManifestDetail):
        raise _manifest_too_large(answer, budget)
    for smaller in _smaller(answer):
        forms = _forms(smaller)
        if _size(forms) <= budget:
            break
    return forms


def _forms(answer: Answer) -> Fitted:
    return Fitted(render(answer), answer.model_dump(mode="json"))


def _size(forms: Fitted) -> int:
    import json

    return max(len(forms.text), len(json.dumps(forms.structured, ensure_ascii=False, separators=(",", ":"))))


def _cut_page(page: Page, budget: int) -> Page:
    """Return as many whole rows as fit, one at least."""
    fits, too_many = 1, len(page.rows)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _size(_forms(_said(page, middle))) <= budget:
            fits = middle
        else:
            too_many = middle
    return _said(page, fits)


def _said(page: Page, rows: int) -> Page:
    note = f"cut to {rows} rows to stay readable; next_cursor goes on with the next"
    if page.first(rows).next_cursor is None:
        note = f"cut to {rows} of {len(page.rows)} rows to stay readable; ask for fewer at a time"
    return page.first(rows).with_warnings(note)


def _smaller(answer: Answer) -> Iterator[Answer]:
    if not isinstance(answer, ImageDetail):
        return
    for rows, characters in _STEPS:
        yield _trimmed(answer, rows, characters)


def _trimmed(detail: ImageDetail, rows: int, characters: int) -> ImageDetail:
    """Return the detail with shorter lists and texts, and a note of what was cut."""
    cut: list[str] = []

    def some(name: str, items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len(items) > rows:
            cut.append(f"{rows} of {len(items):,} {name}")
        return items[:rows]

    def pairs(name: str, items: dict[str, str]) -> dict[str, str]:
        kept = some(name, tuple(items.items()))
        return {shortened(key, characters): shortened(value, characters) for key, value in kept}

    def text(value: str | None) -> str | None:
        return shortened(value, characters) if value else value

    smaller = detail.model_copy(
        update={
            "layers": tuple(
                layer.model_copy(update={"command": text(layer.command)})
                for layer in some("layers", detail.layers)
            ),
            "history": tuple(
                step.model_copy(update={"command": text(step.command), "comment": text(step.comment)})
                for step in some("history steps", detail.history)
            ),
            "labels": pairs("labels", detail.labels),
            "annotations": pairs("annotations", detail.annotations),
            "env": tuple(shortened(variable, characters) for variable in some("env variables", detail.env)),
            "platforms": some("platforms", detail.platforms),
            "exposed_ports": some("ports", detail.exposed_ports),
            "volumes": tuple(shortened(volume, characters) for volume in some("volumes", detail.volumes)),
            "entrypoint": _texts(detail.entrypoint, rows, characters),
            "cmd": _texts(detail.cmd, rows, characters),
            "author": text(detail.author),
        }
    )
    told = f" ({', '.join(cut)})" if cut else ""
    return smaller.with_warnings(f"cut to stay readable: texts over {characters} characters{told}")


def _texts(values: tuple[str, ...] | None, rows: int, characters: int) -> tuple[str, ...] | None:
    return None if values is None else tuple(shortened(value, characters) for value in values[:rows])


def _manifest_too_large(detail: ManifestDetail, budget: int) -> TooLargeError:
    children = [
        f"{child.digest} {child.platform or child.artifact_type or ''}".strip() for child in detail.children
    ]
    next_step = (
        "Ask for one of its entries by digest or platform." if children else "get_image_details sums it up."
    )
    return TooLargeError(
        f"the manifest {detail.digest} ({detail.media_type}) is over {budget:,} characters",
        hint=next_step,
        registry=detail.registry,
        reference=detail.reference,
        candidates=children[:50],
    )
