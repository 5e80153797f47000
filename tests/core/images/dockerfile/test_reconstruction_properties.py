"""Whatever a history holds, each of its steps stays the one instruction, or the comment, that it is."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from portcall.documents.dockerfile import KEYWORDS, Instruction, read_instructions
from portcall.images.dockerfile.layout import run
from portcall.images.dockerfile.reconstruction import reconstruct
from portcall.images.history.pairs import split_pairs
from portcall.oci.config import BuildStep, ImageConfig
from portcall.platform import Platform

_PIECES = st.sampled_from(
    [
        *(f"{keyword} " for keyword in sorted(KEYWORDS)),
        *(
            "/bin/sh -c ",
            "#(nop) ",
            "|1 ",
            "|2 ",
            "# buildkit",
            "/bin/bash -o pipefail -c ",
            "powershell -Command ",
        ),
        *(
            "A=b",
            "C=",
            "x",
            " ",
            "  ",
            "\t\t",
            "\n",
            "\r\n",
            "\r",
            "\u2028",
            "\x0b",
            "\\",
            "`",
            "#",
            "# ",
            "&& ",
            "; ",
        ),
        *(
            '"',
            "'",
            "$",
            "[",
            "]",
            "{",
            "}",
            "<<",
            "<<-",
            "EOF",
            "EOF\n",
            "\nEOF\n",
            "X",
            "--flag=",
            "map[",
            "&{[",
        ),
        *("file:65504f71f585 in ", "Test:[", "escape=`", "syntax=x", "Interval:1s", "\\\n", "é", "\x00", "\ud7ff"),
    ]
)
_TEXT = st.lists(_PIECES, max_size=12).map("".join)
_STEPS = st.lists(_TEXT, min_size=1, max_size=6)
_SENTINEL = re.compile(r"sentinel-[0-9]+\Z")


def step(command: str, comment: str = "") -> BuildStep:
    return BuildStep(command, None, comment or None, empty_layer=False)


def told(steps: list[str], system: str, env: tuple[str, ...] = (), comment: str = "") -> list[Instruction]:
    """Return the instructions of a history with a landmark after each of its steps."""
    history = [step("USER sentinel-0")]
    for number, text in enumerate(steps, 1):
        history += [step(text, comment), step(f"USER sentinel-{number}")]
    config = ImageConfig(Platform(system, "amd64"), env=env, history=tuple(history))
    made = reconstruct(config, "shop/api")
    assert made is not None
    # Whoever reads it line by line, and takes other characters for line ends, too, reads the same.
    assert len(made.content.splitlines()) == made.content.count("\n")
    return read_instructions(made.content)


@settings(max_examples=150, deadline=None)
@given(_STEPS, st.sampled_from(["linux", "windows"]), st.lists(_TEXT, max_size=2).map(tuple), _TEXT)
@example(["RUN cat <<EOF", "RUN a\nb"], "linux", (), "")
@example(["COPY <<X /a", "USER root\nX"], "linux", (), "")
@example(["WORKDIR C:\\", "WORKDIR `"], "windows", (), "")
def test_every_step_stays_in_its_place(steps: list[str], system: str, env: tuple[str, ...], comment: str):
    found = told(steps, system, env, comment)
    places = [place for place, each in enumerate(found) if _SENTINEL.match(each.arguments)]
    assert [found[place].arguments for place in places] == [
        f"sentinel-{number}" for number in range(len(steps) + 1)
    ]
    assert places[-1] == len(found) - 1
    assert [each.keyword for each in found[: places[0]]] == ["FROM"]
    for before, after in pairwise(places):
        between = [each.keyword for each in found[before + 1 : after]]
        *arguments, last = between or ["USER"]
        assert set(arguments) <= {"ARG"}
        assert last in KEYWORDS - {"FROM"}


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab \t;&|\\`'\"#$-", min_size=1, max_size=160), st.sampled_from(["\\", "`"]))
@example("a  \\   b", "\\")
@example("a   # b", "\\")
@example("a && " * 30 + "b", "\\")
def test_a_command_is_broken_into_lines_and_otherwise_the_same(command: str, escape: str):
    (found,) = read_instructions(f"# escape={escape}\n{run('x' + command, escape)}\n")
    assert found.flags == ()
    told, wanted = found.arguments.split(), f"x{command}".split()
    # A final escape character would continue the line; it is doubled.
    is_open = wanted[-1].endswith(escape) and not wanted[-1].endswith(escape * 2)
    assert told == [*wanted[:-1], wanted[-1] + (escape if is_open else "")]


_VALUES = st.text(alphabet="abA=$\"' ", min_size=1, max_size=8).map(str.strip).filter(bool)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["A", "B", "AB", "PATH", "a.b/c"]), _VALUES))
def test_values_in_force_are_read_back(values: dict[str, str]):
    text = " ".join(f"{name}={value}" for name, value in values.items())
    assert split_pairs(text, values) == list(values.items())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3))
def test_no_text_of_pairs_is_too_strange(text: str, known: dict[str, str]):
    pairs = split_pairs(text, known)
    assert not pairs or " ".join(f"{name}={value}" for name, value in pairs).split() == text.split()
