"""Dockerfiles as instructions: directives, continued lines, comments, flags, heredocs."""

from __future__ import annotations

import pytest

from portcall.documents.dockerfile import Directive, Flag, Heredoc, Instruction, read_directives, read_instructions


def only(text: str) -> Instruction:
    (instruction,) = read_instructions(text)
    return instruction


def brief(text: str) -> list[tuple[str, str, int, int]]:
    return [(found.keyword, found.arguments, found.line, found.end_line) for found in read_instructions(text)]


def test_instruction_is_keyword_and_arguments_with_its_line():
    assert brief("FROM nginx\n\n# a comment\n  run echo hi  \n") == [
        ("FROM", "nginx", 1, 1),
        ("RUN", "echo hi", 4, 4),
    ]


def test_continued_lines_are_joined_and_comments_and_blanks_between_them_left_out():
    text = "RUN a && \\\n  # why\n\n  b \\ \n  && c\nUSER x"

    assert brief(text) == [("RUN", "a &&   b   && c", 1, 5), ("USER", "x", 6, 6)]


def test_two_escape_characters_at_the_end_continue_nothing():
    assert brief("RUN dir c:\\\\\nUSER x") == [("RUN", "dir c:\\\\", 1, 1), ("USER", "x", 2, 2)]


def test_escape_directive_changes_what_continues_a_line():
    text = "# escape=`\nRUN dir c:\\\nRUN a `\n  b"

    assert brief(text) == [("RUN", "dir c:\\", 2, 2), ("RUN", "a   b", 3, 4)]
    assert all(instruction.escape == "`" for instruction in read_instructions(text))


def test_directives_come_before_everything_else():
    assert read_directives("# syntax=docker/dockerfile:1\n#Escape = `\nFROM a\n# check=skip=all") == [
        Directive("syntax", "docker/dockerfile:1", 1),
        Directive("escape", "`", 2),
    ]
    assert read_directives("#!/usr/bin/env x\n# syntax=a/b:1") == [Directive("syntax", "a/b:1", 2)]


@pytest.mark.parametrize("before", ["\n", "# a comment\n", "# unknown=directive\n", "FROM a\n"])
def test_directive_behind_anything_else_is_a_comment(before: str):
    assert read_directives(f"{before}# syntax=docker/dockerfile:1") == []


def test_windows_line_ends_and_byte_order_mark_change_nothing():
    assert brief("\ufeffFROM a\r\nRUN b \\\r\n  c\r\n") == [("FROM", "a", 1, 1), ("RUN", "b   c", 2, 3)]


def test_flags_are_read_in_order_and_taken_off_the_arguments():
    found = only('COPY --from=build --chown="1000:1000" --link --parents=false /a /b --not-a-flag')

    assert found.flags == (
        Flag("from", "build"),
        Flag("chown", "1000:1000"),
        Flag("link", None),
        Flag("parents", "false"),
    )
    assert found.arguments == "/a /b --not-a-flag"
    assert found.flag("from") == "build"
    assert found.flag("platform") is None


def test_heredoc_is_no_instruction():
    text = "RUN <<EOF\nFROM nothing\nEOF\nUSER x"

    assert brief(text) == [("RUN", "<<EOF", 1, 3), ("USER", "x", 4, 4)]
    assert read_instructions(text)[0].heredocs == (Heredoc("EOF", "FROM nothing\n", expands=True, line=2),)


def test_several_heredocs_of_one_line_follow_each_other():
    found = only("RUN cat <<A > /a && \\\n cat 3<<-'B C'\n1\nA\n\t2\n\tB C\n")

    assert found.heredocs == (
        Heredoc("A", "1\n", expands=True, line=3),
        Heredoc("B C", "2\n", expands=False, line=5),
    )
    assert found.end_line == 6


@pytest.mark.parametrize(
    "text",
    ["RUN <<EOF\nUSER x", "RUN echo $((1<<2))\nUSER x", 'RUN echo "<<EOF"\nUSER x\nEOF', "CMD <<EOF\nUSER x\nEOF"],
)
def test_what_only_looks_like_a_heredoc_hides_no_instruction(text: str):
    assert ("USER", "x", 2, 2) in brief(text)


def test_instruction_behind_onbuild_is_read_too():
    found = only("ONBUILD COPY --from=composer:2 /a /b")

    assert found.keyword == "ONBUILD"
    assert found.triggered() == Instruction("COPY", "/a /b", (Flag("from", "composer:2"),), 1, 1)
    assert only("RUN x").triggered() is None
    assert only("ONBUILD").triggered() is None


def test_words_keep_quotes_and_escaped_blanks_together():
    assert only('ENV a=\'x y\' b="c\\"d" e=f\\ g').words() == ["a='x y'", 'b="c\\"d"', "e=f\\ g"]


def test_broken_dockerfile_is_read_as_far_as_it_goes():
    assert brief("BOGUS\nRUN a \\") == [("BOGUS", "", 1, 1), ("RUN", "a", 2, 2)]
    assert brief("") == brief("\n\n#\n") == []
