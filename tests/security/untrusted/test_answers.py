"""Every kind of answer, full of a stranger's words: in text, in JSON, and drawn on a terminal."""

from __future__ import annotations

import io

import pytest
from tests.security.untrusted.carrier import PLAIN, Carrier, answer_kinds, answers_with, text_fields
from tests.security.untrusted.exempt import OURS, SENTENCES
from tests.security.untrusted.oracle import faults_in_json, faults_in_text, faults_on_terminal
from tests.security.untrusted.payloads import FORGED, HALVES, LONG, PAYLOADS, SHORT, WORD, mixtures

from portcall.cli.drawings import drawn, notes
from portcall.cli.output import terminal
from portcall.errors import NotFoundError, TooLargeError
from portcall.models import Answer, DockerfileInfo, DockerImage, FileContent, FileList, ImageDetail, ImageFile
from portcall.render import fitted, fitted_error, render
from portcall.render.budget import BUDGET

KINDS = answer_kinds()
DRAWN = [kind for kind in KINDS if drawn.dispatch(kind) is not drawn.dispatch(object)]
MIXTURES = mixtures()
#: Where every exemption applies, and no sentence is somebody else's.
QUOTED = {path: sample for path, (_, sample) in OURS.items()} | dict.fromkeys(SENTENCES, PLAIN)
#: What is no text is shown in letters and digits.
READABLE = {"FileContent.encoding": "text"}

#: Whether whatever may be so is, and whether that is known: answers differ in what they tell.
MOODS = {
    "all is so": {"true": True, "known": True},
    "nothing is so": {"true": False, "known": True},
    "nothing is known": {"true": False, "known": False},
}

in_each_mood = pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)
of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
of_each_drawn = pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.__name__)


def tuples(plain: dict[str, str]) -> dict[str, object]:
    """Return what stands in fields instead of words, in the shape of the field."""
    kinds = text_fields()
    shaped = {path: (text,) if "tuple" in str(kinds[path]) else text for path, text in plain.items()}
    return shaped | READABLE


def faults(answer: Answer, *, words: bool = False) -> list[str]:
    """Return what is wrong with an answer: as it is shown at the shell, and as models are given it."""
    document, whole = isinstance(answer, FileContent), render(answer)
    try:
        forms = fitted(answer)
    except TooLargeError as error:
        forms = fitted_error(error)
    found = [
        fault
        for text in dict.fromkeys((whole, forms.text))
        for fault in faults_in_text(text, document=document, words=words)
    ]
    # Whether an address runs is for those to see who take it over from a registry.
    hidden = [fault for fault in faults_in_json(forms.structured) if not fault.endswith("no address of a page")]
    return found + ([] if words else hidden)


def rounds(mood: dict[str, bool]) -> range:
    """Return which words an answer's own texts say; its lists say all of them in the first round."""
    return range(len(MIXTURES) if all(mood.values()) else 1)


def shows(path: str, words: str) -> bool:
    """Tell whether words in a field come out of code, in any answer that has the field."""
    carriers = [Carrier([words] * 3, only={path}, **mood) for mood in MOODS.values()]
    return any(faults(carrier.answer(kind)) for kind in answers_with(path) for carrier in carriers)


def shown(answer: Answer, width: int = 2000) -> str:
    """Return what goes to a terminal, colours and all."""
    console = terminal()
    console.file, console.width, console._force_terminal = io.StringIO(), width, True
    console.print(drawn(answer), *notes(answer), sep="\n")
    return console.file.getvalue()


@in_each_mood
@of_each_kind
def test_all_of_a_strangers_words_are_quoted(kind: type[Answer], mood: dict[str, bool]):
    carrier = Carrier(MIXTURES, tuples(QUOTED), **mood)
    for number in rounds(mood):
        answer = carrier.answer(kind, number)
        assert faults(answer) == [], number


@of_each_kind
def test_a_strangers_words_may_begin_a_text_and_end_it(kind: type[Answer]):
    plain = tuples(QUOTED)
    for text in (*SHORT.values(), *HALVES.values(), ""):
        # Where nothing of ours stands before it, a row may well begin with it.
        assert faults(Carrier([text.replace(FORGED, WORD)], plain).answer(kind)) == [], text


@pytest.mark.parametrize(
    "kind", [FileContent, DockerfileInfo, DockerImage, ImageDetail], ids=lambda kind: kind.__name__
)
def test_a_strangers_words_may_be_endless(kind: type[Answer]):
    for text in LONG.values():
        forms = fitted(Carrier([text], tuples(QUOTED)).answer(kind))
        assert faults_in_text(forms.text, document=kind is FileContent) == []
        assert len(forms.text) <= BUDGET


@of_each_kind
def test_nothing_in_our_own_sentences_is_live(kind: type[Answer]):
    carrier = Carrier(MIXTURES, tuples({path: sample for path, (_, sample) in OURS.items()}))
    for number in range(len(MIXTURES)):
        assert faults(carrier.answer(kind, number), words=True) == [], number


def test_what_an_error_quotes_stands_in_code():
    for text in MIXTURES:
        error = NotFoundError(f"there is {text}, and more", hint="Ask again.", candidates=[text, "latest"])
        forms = fitted_error(error)
        assert faults_in_text(forms.text) == []
        assert faults_in_json(forms.structured) == []


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_an_error_that_quotes_and_does_not_say_so_is_not_live(text: str):
    forms = fitted_error(NotFoundError(text, hint=text, registry=text, reference=text, candidates=[text]))
    assert faults_in_text(forms.text, words=True) == []
    assert len(forms.text.split("\n")) == 1


@pytest.mark.parametrize("path", OURS)
def test_every_exemption_is_needed(path: str):
    """One that is not would hide the day on which somebody else writes there."""
    assert shows(path, f"{WORD}:\x1b[2J` [{WORD}](https://{WORD}.example)")


@pytest.mark.parametrize("path", sorted(SENTENCES))
def test_every_sentence_is_told_as_one(path: str):
    assert shows(path, WORD)


def test_exemptions_are_for_fields_that_there_are():
    assert set(text_fields()) >= set(OURS) | SENTENCES
    assert not set(OURS) & SENTENCES


class TestOnATerminal:
    @in_each_mood
    @of_each_drawn
    def test_no_text_is_more_than_text(self, kind: type[Answer], mood: dict[str, bool]):
        """Not even our own: a terminal obeys, whoever wrote it."""
        carrier = Carrier(MIXTURES, **mood)
        for number in rounds(mood):
            told = shown(carrier.answer(kind, number))
            assert faults_on_terminal(told, document=kind is DockerfileInfo) == [], number

    @of_each_drawn
    def test_markup_is_drawn_as_it_is_written(self, kind: type[Answer]):
        told = shown(Carrier(["[red]zqxj[/red]"]).answer(kind))
        assert "[red]zqxj[/red]" in told

    def test_it_takes_no_text_for_markup_though_nobody_said_that_it_is_none(self):
        console = terminal()
        console.file = io.StringIO()
        console.print("[red]a[/red] :skull: [/]")
        assert console.file.getvalue() == "[red]a[/red] :skull: [/]\n"

    def test_a_narrow_one_shows_no_more(self):
        row = ImageFile(path="/\x1b[2Jx", kind="symlink", size=1, mode="-", owner="-", target="\u202ey", layer=1)
        page = Carrier([PLAIN]).answer(FileList).model_copy(update={"files": (row,)})
        assert faults_on_terminal(shown(page, 20)) == []
