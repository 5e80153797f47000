"""Answers in which every text is somebody else's, built from the models: a field that is new is one of them."""

from __future__ import annotations

import types
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import portcall.models
from portcall.models import Answer, Model

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

#: What stands in a text that only portcall, its operator or its caller writes.
PLAIN = "plain"


@dataclass(frozen=True)
class Carrier:
    """Builds answers full of somebody's words.

    Args:
        words: What texts say: in a list of an answer's own all of them, an entry each; elsewhere one.
        plain: Fields, ``Model.field``, that hold what is given here instead.
        true: Whether whatever may be so is, and each choice the first; else the other way round.
        known: Whether numbers and what may be so are known.
        only: Where given, the fields that carry words; all others are as plain as can be.
    """

    words: Sequence[str]
    plain: Mapping[str, Any] = field(default_factory=dict)
    true: bool = True
    known: bool = True
    only: Collection[str] | None = None

    def answer(self, kind: type[Answer], number: int = 0) -> Answer:
        """Return an answer of that kind, whose own texts say the words of that number; lists say all."""
        made = self._model(kind, number, range(len(self.words)) if number == 0 else (number,))
        assert isinstance(made, Answer)
        return made

    def _model(self, kind: type[Model], number: int, entries: Sequence[int]) -> Model:
        fields = {
            name: self._field(f"{declared_in(kind, name).__name__}.{name}", about.annotation, number, entries)
            for name, about in kind.model_fields.items()
        }
        return kind.model_construct(**fields)

    def _field(self, path: str, kind: Any, number: int, entries: Sequence[int]) -> Any:
        if path in self.plain:
            return self.plain[path]
        if self.only is not None and path not in self.only and not models_in(kind):
            return _Filled(replace(self, words=[PLAIN]), entries).value(kind, number)
        return _Filled(self, entries).value(kind, number)


class _Filled:
    """Values full of a carrier's words; lists have the entries of these numbers."""

    def __init__(self, carrier: Carrier, entries: Sequence[int]) -> None:
        self._carrier, self._entries = carrier, entries

    def value(self, kind: Any, number: int) -> Any:
        kind = _known(kind, whole=self._carrier.known)
        origin, inner = get_origin(kind), get_args(kind)
        if origin is tuple:
            return tuple(self.value(inner[0], each) for each in self._entries)
        if origin is dict:
            return {self.value(inner[0], each): self.value(inner[1], each) for each in self._entries}
        if isinstance(kind, type) and issubclass(kind, Model):
            return self._carrier._model(kind, number, (number,))
        return self._simple(kind, number)

    def _simple(self, kind: Any, number: int) -> Any:
        if kind is str or kind is Any:
            return self._carrier.words[number % len(self._carrier.words)]
        if get_origin(kind) is Literal:
            choices = get_args(kind)
            return choices[number % len(choices)] if self._carrier.true else choices[-1 - number % len(choices)]
        if kind is bool:
            return self._carrier.true
        assert kind in {int, float, None}, kind
        return None if kind is None else kind(number + 1 if self._carrier.known else 0)


def _known(kind: Any, *, whole: bool) -> Any:
    """Return what a field holds where it holds something; unless ``whole``, nothing where that is no text."""
    if get_origin(kind) not in {Union, types.UnionType}:
        return kind
    (known,) = (each for each in get_args(kind) if each is not type(None))
    return None if not whole and known in {bool, int, float} else known


def declared_in(kind: type[Model], name: str) -> type[Model]:
    """Return the model that a field was declared in."""
    return next(base for base in reversed(kind.__mro__) if name in getattr(base, "model_fields", {}))


def models_in(kind: Any) -> set[type[Model]]:
    """Return the models that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, Model):
        return {kind}
    return {model for inner in get_args(kind) for model in models_in(inner)}


def _models() -> list[type[Model]]:
    public = [getattr(portcall.models, name) for name in portcall.models.__all__]
    return [each for each in public if isinstance(each, type) and issubclass(each, Model)]


def text_fields() -> dict[str, Any]:
    """Return every field of a public model that holds texts, ``Model.field``, with its type."""
    return {
        f"{model.__name__}.{name}": about.annotation
        for model in _models()
        for name, about in model.model_fields.items()
        if declared_in(model, name) is model and is_text(about.annotation)
    }


def is_text(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return False
    return kind is str or kind is Any or any(is_text(inner) for inner in get_args(kind))


def answer_kinds() -> list[type[Answer]]:
    """Return every kind of answer that is given, and none that others are only made of."""
    made = {Answer, portcall.models.Page, portcall.models.LongText, portcall.models.OfImage}
    return [each for each in _models() if issubclass(each, Answer) and each not in made]


def answers_with(path: str) -> list[type[Answer]]:
    """Return the kinds of answer in which a field, ``Model.field``, stands somewhere."""
    return [kind for kind in answer_kinds() if path.partition(".")[0] in {each.__name__ for each in _within(kind)}]


def _within(kind: type[Model]) -> set[type[Model]]:
    """Return a model, those it descends from, and those that it is made of."""
    made_of = {model for about in kind.model_fields.values() for model in models_in(about.annotation)} - {kind}
    above = {base for base in kind.__mro__ if issubclass(base, Model)}
    return above.union(*map(_within, made_of))
