"""Making answers smaller: shorter texts, shorter lists, and a note of what was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from portcall.models import Answer, ErrorInfo, LongText, Model, Page
from portcall.render.error import bounded
from portcall.render.untrusted import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

AnAnswer = TypeVar("AnAnswer", bound=Answer)

#: Fields that name a thing, which half a name does not; everything else may be shortened.
_NAMES = frozenset(
    {
        *("name", "tag", "image", "registry", "reference", "next_cursor", "warnings"),
        *("newest_stable", "moving", "newer", "newer_in_major"),
        *("digest", "platform_digest", "config_digest", "diff_id"),
        *("id", "username", "repo", "path"),
    }
)
#: No name is longer; what is, was written by somebody who wants to be read.
_LONGEST_NAME = 800
_WARNINGS, _LONGEST_WARNING = 10, 500
#: Below so many characters errors go without their hints.
_HINTS_FROM = 100


class Measure(NamedTuple):
    """How much of an answer is kept: entries of a list, characters of a text."""

    entries: int
    characters: int


#: From hardly anything cut to hardly anything left.
MEASURES = tuple(
    Measure(entries, characters)
    for entries, characters in (
        *((500, 2000), (200, 1000), (200, 400), (100, 240), (70, 240), (50, 240), (40, 160), (30, 160)),
        *((20, 120), (15, 100), (10, 80), (7, 60), (5, 60), (3, 60), (1, 60)),
    )
)


def trimmed(answer: AnAnswer, measure: Measure) -> AnAnswer:
    """Return the answer with no text and no list over ``measure``, and a warning that says so.

    The rows of a page are made smaller, and stay as many: cutting them is the page's own business, as its text is
    that of an answer which is mainly one.
    """
    rows = answer.rows_field if isinstance(answer, Page) else ""
    own = {rows, answer.text_field if isinstance(answer, LongText) else ""}
    changes = {name: _smaller(value, measure) for name, value in _values(answer) if name not in own}
    cuts = [
        f"{measure.entries} of {len(value):,} {name.replace('_', ' ')}"
        for name, value in _values(answer)
        if name in changes and isinstance(value, tuple | list | dict) and len(value) > measure.entries
    ]
    if isinstance(answer, Page):
        changes[rows] = tuple(_smaller(row, measure) for row in answer.rows)
        cuts.append(f"{measure.entries} of any list in a row")
    changes["warnings"] = tuple(shortened(warning, _LONGEST_WARNING) for warning in answer.warnings[:_WARNINGS])
    note = f"shortened to stay readable: texts to {measure.characters} characters"
    return answer.model_copy(update=changes).with_warnings(", ".join((note, *cuts)))


def _values(model: Model) -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name not in _NAMES or (isinstance(value, str) and len(value) > _LONGEST_NAME):
            yield name, value


def _smaller(value: Any, measure: Measure) -> Any:
    if isinstance(value, str):
        return shortened(value, measure.characters)
    if isinstance(value, tuple | list):
        # Lists are in plugins' answers; ours have none.
        return type(value)(_smaller(item, measure) for item in value[: measure.entries])
    if isinstance(value, dict):
        kept = list(value.items())[: measure.entries]
        return {shortened(key, measure.characters): _smaller(item, measure) for key, item in kept}
    if isinstance(value, ErrorInfo):
        # Whoever holds the error names the image, and what went wrong matters more than what to do.
        hint = {"hint": ""} if measure.characters < _HINTS_FROM else {}
        error = bounded(value, measure.entries)
        return error.model_copy(update={"registry": None, "reference": None, **hint})
    if isinstance(value, Model):
        return value.model_copy(update={name: _smaller(item, measure) for name, item in _values(value)})
    return value
