"""The budget of an answer: what goes to a model is bounded, cut at whole rows, and says so."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

from portcall.errors import TooLargeError
from portcall.models import Answer, ErrorInfo, FileContent, LongText, ManifestDetail, Page
from portcall.render.error import bounded, error_text
from portcall.render.manifest import is_nested_too_deeply
from portcall.render.markdown import render
from portcall.render.quantity import counted
from portcall.render.structured import as_json
from portcall.render.trim import MEASURES, trimmed
from portcall.render.untrusted import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.errors import PortcallError
    from portcall.render.trim import Measure

#: Characters of an answer's text, and of its JSON, each.
BUDGET = 20_000


class Fitted(NamedTuple):
    """An answer in both of its forms."""

    text: str
    structured: dict[str, Any]


def fitted(answer: Answer, budget: int = BUDGET) -> Fitted:
    """Return an answer's text and JSON, both within ``budget`` characters.

    Where they are not, a page that can go on is cut at a whole row. Everything else gets shorter texts and
    lists, so little as will do.

    Raises:
        TooLargeError: A manifest that is larger; the error names its digest and its children.
    """
    if isinstance(answer, ManifestDetail) and is_nested_too_deeply(answer.manifest):
        raise _manifest_too_large(answer, "is nested too deeply to be shown")
    if isinstance(answer, FileContent) and visible(answer.content, len(answer.content)) != answer.content:
        answer = answer.model_copy(update={"escaped": True})
    forms = _forms(answer, budget)
    if forms is not None:
        return forms
    if isinstance(answer, ManifestDetail):
        raise _manifest_too_large(answer, f"is over {budget:,} characters")
    if isinstance(answer, Page) and answer.goes_on:
        return _cut_page(answer, budget)
    if isinstance(answer, LongText) and getattr(answer, answer.text_field):
        return _cut_text(answer, budget)
    return _shortened(answer, budget)


def fitted_error(error: PortcallError) -> Fitted:
    """Return an error's text and JSON, which are within any budget."""
    info = ErrorInfo.of(error)
    return Fitted(error_text(info), {"error": bounded(info).model_dump(mode="json")})


def _forms(answer: Answer, budget: int) -> Fitted | None:
    """Return both forms, or ``None`` where one of them is over the budget."""
    structured = as_json(answer, budget)
    if structured is None:
        return None
    text = render(answer)
    return Fitted(text, structured) if len(text) <= budget else None


def _shortened(answer: Answer, budget: int) -> Fitted:
    for measure in _from_the_least_that_fits(answer, budget):
        forms = _forms(trimmed(answer, measure), budget)
        if forms is not None:
            return forms
    if isinstance(answer, Page) and len(answer.rows) > 1:
        return _cut_page(trimmed(answer, MEASURES[-1]), budget)
    raise _too_large_however_shortened()


def _from_the_least_that_fits(answer: Answer, budget: int) -> Sequence[Measure]:
    least = bisect_left(MEASURES, True, key=lambda measure: _fits(trimmed(answer, measure), budget))
    return MEASURES[least:]


def _fits(answer: Answer, budget: int) -> bool:
    return _forms(answer, budget) is not None


def _cut_page(page: Page, budget: int) -> Fitted:
    """Return as many whole rows as fit; where not even one does, its texts and lists are shortened, too."""
    counts = range(1, len(page.rows))
    too_many = bisect_left(counts, True, key=lambda count: not _fits(_first(page, count), budget))
    forms = _forms(_first(page, too_many), budget) if too_many else None
    return forms or _shortened(page.first(1), budget)


def _cut_text(answer: LongText, budget: int) -> Fitted:
    """Return as much of the text as fits; where nothing of it does, all else is shortened, too."""
    smaller = (trimmed(answer, measure) for measure in MEASURES)
    for each in (answer, *smaller):
        forms = _cut_to_fit(each, budget)
        if forms is not None:
            return forms
    raise _too_large_however_shortened()


def _cut_to_fit(answer: LongText, budget: int) -> Fitted | None:
    length = min(len(getattr(answer, answer.text_field) or ""), budget)
    left_out = bisect_left(range(length), True, key=lambda count: _fits(answer.cut_to(length - count), budget))
    return _forms(answer.cut_to(length - left_out), budget) if left_out < length else None


def _first(page: Page, count: int) -> Page:
    note = f"cut to {counted(count, 'row')} to stay readable; next_cursor goes on with the next"
    if not page.goes_on:
        note = f"cut to {count} of {counted(len(page.rows), 'row')} to stay readable; ask for fewer at a time"
    return page.first(count).with_warnings(note)


def _too_large_however_shortened() -> TooLargeError:
    return TooLargeError("the answer is too large, however shortened", hint="Ask for something smaller.")


def _manifest_too_large(detail: ManifestDetail, why: str) -> TooLargeError:
    entries = len(detail.children)
    children = [
        f"{child.digest} {child.platform or child.artifact_type or ''}".strip() for child in detail.children
    ]
    return TooLargeError(
        f"the manifest {detail.digest} {why}" + (f"; it lists {entries:,} others" if entries else ""),
        hint="Ask for one of its entries by platform, or by digest as tag."
        if entries
        else "get_image_details sums it up.",
        registry=detail.registry,
        reference=detail.reference,
        candidates=children,
    )
