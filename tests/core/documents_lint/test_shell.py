"""The commands of a script: near enough to a shell's reading, and never a failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.documents.dockerfile_stages import read_dockerfile
from portcall.documents.lint import CHECKS, Ignores, findings_of, steps_of
from portcall.documents.lint.shell import commands_of


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("a b && c | d; e & f", [("a", "b"), ("c",), ("d",), ("e",), ("f",)]),
        ("A=1 B+=2 env -u X C=3 a b", [("a", "b")]),
        ("if a; then b; else c; fi", [("a",), ("b",), ("c",), ("fi",)]),
        ("a 'b c' \"d $e\" f\\ g", [("a", "b c", "d $e", "f g")]),
        ("a > out 2>&1 b", [("a", "b")]),
        ("a>out b <in &> all", [("a", "b")]),
        ("a # b; c\nd", [("a",), ("d",)]),
        ("a b#c", [("a", "b#c")]),
        ("a ${B:-c d} $e", [("a", "${B:-c d}", "$e")]),
        ("a $(b c) d", [("a",), ("b", "c"), ("d",)]),
        ("( cd x && b )", [("cd", "x"), ("b",)]),
        ("bash -exc 'a; b'", [("bash", "-exc", "a; b"), ("a",), ("b",)]),
        ("a \\\n b", [("a", "b")]),
        ("", []),
    ],
)
def test_a_script_is_read_as_its_commands(script: str, commands: list[tuple[str, ...]]):
    assert [command.words for command in commands_of(script)] == commands


def test_what_follows_a_command_is_known():
    assert [command.operator for command in commands_of("a | b || c && d; e\nf")] == [
        "|",
        "||",
        "&&",
        ";",
        "\n",
        "",
    ]


def test_who_runs_it_is_known():
    assert [command.is_sudo for command in commands_of("sudo -u me a; b; x && doas c")] == [
        True,
        False,
        False,
        True,
    ]


def test_shells_within_shells_have_an_end():
    script = "x"
    for _ in range(6):
        script = "sh -c " + "'" + script.replace("'", "'\\''") + "'"
    assert 1 < len(commands_of(script)) < 5


SHELL_PIECES = st.sampled_from(
    [*"abc $\"'\\`(){}|&;<>#=-\n", "$(", "${", "&&", "<<E", "sh -c ", "sudo ", "2>&1", "apt-get "]
)


@given(st.lists(SHELL_PIECES, max_size=60).map("".join))
def test_any_script_is_read(script: str):
    for command in commands_of(script):
        assert command.words or command.is_sudo


WORDS = [
    "FROM a",
    "FROM a AS b",
    "RUN apt-get update",
    "COPY --from=b x y",
    "COPY . .",
    "ENV A=$B",
    "ARG A",
    "USER $A",
]
WORDS += [
    "WORKDIR ../x",
    "EXPOSE 1-",
    "SHELL []",
    "CMD [",
    "VOLUME /a",
    "RUN <<E",
    "E",
    "ONBUILD",
    "# portcall ignore=a",
]
WORDS += [
    "RUN --mount=from=b,target=/ x \\",
    "HEALTHCHECK",
    "ADD",
    "FROM",
    "x",
    "",
    "RUN chown -R x /a",
    "# escape=`",
]


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=20)), max_size=25).map("\n".join))
def test_whatever_is_pasted_is_judged(text: str):
    dockerfile = read_dockerfile(text)
    lines = len(text.replace("\r\n", "\n").split("\n"))
    for finding in findings_of(steps_of(dockerfile)):
        assert 0 <= finding.line <= lines
        assert "\n" not in finding.message
    Ignores.of(dockerfile)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "RUN apt-get install x && cd /tmp\n",
        "WORKDIR a\n",
        "COPY . a\n",
        "ENV A$A=1\n",
        "RUNN x\nRUN y\n",
        "# portcall ignore=x\n",
    ],
)
def test_a_megabyte_of_instructions_comes_to_an_end(unit: str):
    text = "FROM a\n" + unit * (1_000_000 // len(unit))
    build = steps_of(read_dockerfile(text))
    assert all(list(check.places(build)) is not None for check in CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["a $x | sh && ", '"', "${", "$((", "eyJ", "://a:", "AKIA", "'", "<<E ", "\\\n", "[", "sh -c 'a' "]
)
def test_a_megabyte_in_one_instruction_comes_to_an_end(unit: str):
    text = "FROM a\nRUN " + unit * (1_000_000 // len(unit))
    build = steps_of(read_dockerfile(text))
    assert all(list(check.places(build)) is not None for check in CHECKS)
