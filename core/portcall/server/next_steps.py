"""Next steps that can be taken: of those that name a tool, the ones whose tool is offered here."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, TypeVar

from portcall.models import Answer, ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydantic import BaseModel

    from portcall.errors import PortcallError

ErrorType = TypeVar("ErrorType", bound="PortcallError")
ModelType = TypeVar("ModelType", bound="BaseModel")

#: Where a sentence ends, and a clause of one. Those that begin with a tool's name begin in lower case.
_SENTENCES = re.compile(r"(?<=[.?!…])(?<!e\.g\.)(?<!i\.e\.)\s+")
_CLAUSES = re.compile(r"(?<=[;:])\s+")
_ELSEWHERE = "What would tell more is switched off here: ask the operator for its toolset."
_OF_CANDIDATES = "The candidates are what was probably meant."


class NextSteps:
    """Leaves out what names a tool that is not offered.

    Args:
        known: The names of all tools that there are.
        offered: Those that are offered.
    """

    def __init__(self, known: Collection[str], offered: Collection[str]) -> None:
        absent = sorted(set(known) - set(offered))
        self._absent = re.compile(rf"\b(?:{'|'.join(map(re.escape, absent))})\b") if absent else None

    def of_error(self, error: ErrorType) -> ErrorType:
        """Return the error with a next step that can be taken; never with none, where it had one."""
        if not self._is_amiss(error.hint):
            return error
        told = copy.copy(error)  # others may be told of the same one elsewhere
        told.hint = self._of_hint(error.hint, error.usual_hint, error.candidates)
        return told

    def of_answer(self, answer: Answer) -> Answer:
        """Return the answer with such next steps in its rows' errors; the very same one where nothing is amiss."""
        return self._of_model(answer) if self._absent else answer

    def _of_model(self, model: ModelType) -> ModelType:
        changes: dict[str, object] = {}
        for name in type(model).model_fields:
            value = getattr(model, name)
            if isinstance(value, ErrorInfo) and self._is_amiss(value.hint):
                hint = self._of_hint(value.hint, "", value.candidates)
                changes[name] = value.model_copy(update={"hint": hint})
            elif name == "hint" and isinstance(value, str) and self._is_amiss(value):
                changes[name] = self._of_hint(value, "", ())
            elif isinstance(value, tuple) and value and hasattr(type(value[0]), "model_fields"):
                rows = tuple(map(self._of_model, value))
                if any(new is not old for new, old in zip(rows, value, strict=True)):
                    changes[name] = rows
        return model.model_copy(update=changes) if changes else model

    def _of_hint(self, hint: str, usual: str, candidates: Collection[str]) -> str:
        kept = self._without_absent(hint) or self._without_absent(usual)
        return kept or (_OF_CANDIDATES if candidates else _ELSEWHERE)

    def _is_amiss(self, text: str) -> bool:
        return self._absent is not None and self._absent.search(text) is not None

    def _without_absent(self, text: str) -> str:
        return " ".join(kept for sentence in _SENTENCES.split(text) if (kept := self._rest_of(sentence)))

    def _rest_of(self, sentence: str) -> str:
        """Return a sentence without the clauses that name what is not offered."""
        if not self._is_amiss(sentence):
            return sentence
        clauses = [clause for clause in _CLAUSES.split(sentence) if not self._is_amiss(clause)]
        rest = " ".join(clauses).rstrip(";:. ")
        return f"{rest[:1].upper()}{rest[1:]}." if rest else ""
