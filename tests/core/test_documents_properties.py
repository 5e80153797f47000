"""What holds for every text: nothing but InvalidArgumentError, lines that exist, and an end in good time."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portcall.documents import Document, find_references
from portcall.documents.dockerfile import read_directives, read_instructions
from portcall.documents.variables import MAX_LENGTH, expand
from portcall.documents.words import split_words, unquote
from portcall.errors import InvalidArgumentError

SIZE = 256 * 1024

anything = st.text(st.characters(), max_size=300)  # surrogates included
# Texts that get past the first look, because they are made of what documents are made of.
INSTRUCTIONS = ["FROM ", "ARG ", "COPY --from=", "RUN --mount=type=bind,from=", "ONBUILD ", "RUN <<", "# syntax="]
YAML = ["image: ", "services:", "- ", "build: .", "repository: ", "tag: ", "&a ", "*a", "<<: ", "? ", "| ", "{"]
KINDS = ["apiVersion: v1\nkind: x\n", "jobs:\n", "on: x\n", "---\n", "# escape=`\n", "{{ x }}"]
WORDS = ["AS ", "EOF", "nginx", "a", "${A:-b}", "${A", "$A", ":-", "# x", "1.10"]
MARKS = ["\n", "\n", "\r\n", " ", "  ", "\t", "\\", "`", "'", '"', "$", "}", "=", ":", ",", "[", "]"]
pieces = st.one_of(*map(st.sampled_from, (INSTRUCTIONS, YAML, KINDS, WORDS, MARKS)))
almost = st.lists(pieces, max_size=60).map("".join)
texts = st.one_of(anything, almost)


def attempt(text: str) -> Document | None:
    try:
        return find_references(text)
    except InvalidArgumentError as error:
        assert "content" in error.message  # noqa: PT017 - any text may be fine or refused
        return None


@given(texts)
@example("\ud800: x\nimage: y")
@example("image: &a\n- *a\nb: c")
@example("? [a]\n: image\n? {image: b}\n: c\n")
def test_any_text_is_read_or_refused(text: str):
    document = attempt(text)

    for found in document.references if document else ():
        assert found.text
        assert len(found.text) <= 1024
        assert 1 <= found.line <= text.count("\n") + 1


@given(texts)
def test_references_come_in_the_order_of_their_lines(text: str):
    document = attempt(text)
    lines = [found.line for found in document.references] if document else []

    assert lines == sorted(lines)


@given(texts)
def test_any_text_is_read_as_a_dockerfile(text: str):
    last = 0
    for instruction in read_instructions(text):
        assert last < instruction.line <= instruction.end_line
        assert instruction.keyword == instruction.keyword.upper() != ""
        instruction.words()
        instruction.triggered()
        last = instruction.end_line
    assert all(directive.line <= text.count("\n") + 1 for directive in read_directives(text))


names = st.text("abcxyz", min_size=1, max_size=5)
images = st.tuples(names, st.sampled_from(["", ":1", ":1.27-alpine", "@sha256:abc"])).map("".join)
breaks = st.sampled_from([" ", " \\\n", " \\\n# FROM no\n  ", "  "])


@given(st.lists(st.tuples(images, names, breaks), min_size=1, max_size=6))
def test_generated_dockerfile_gives_its_bases_back(stages: list[tuple[str, str, str]]):
    lines = []
    expected = []
    seen: set[str] = set()
    for image, name, gap in stages:
        lines.append(f"FROM{gap}{image} AS {name}\nRUN <<EOF{gap}true\nFROM no\nEOF\nCOPY --from={name} /a /b\n")
        if image not in seen:
            expected.append(image)
        seen.add(name)

    found = find_references("".join(lines))
    assert [reference.text for reference in found.references] == expected


@given(st.lists(st.tuples(names, images), min_size=1, max_size=6, unique_by=lambda drawn: drawn[0]))
def test_generated_compose_file_gives_its_images_back(services: list[tuple[str, str]]):
    text = "services:\n" + "".join(f"  {name}:\n    image: {image}\n" for name, image in services)

    assert [reference.text for reference in find_references(text).references] == [image for _, image in services]


@given(texts, st.dictionaries(st.sampled_from("AB"), st.text(max_size=20)), st.sampled_from(["", "\\", "`"]))
def test_variables_are_filled_in_or_left_whatever_the_text(text: str, values: dict[str, str], escape: str):
    result = expand(text, values, escape=escape, doubled=not escape)

    assert len(result.text) <= MAX_LENGTH
    if "$" not in text and escape not in text:
        assert result == (text, None)


@given(texts, st.sampled_from(["\\", "`"]))
def test_words_hold_everything_but_the_blanks_between_them(text: str, escape: str):
    words = split_words(text, escape)

    assert len("".join(words)) >= len("".join(text.split()))
    assert all(words)
    assert all(len(unquote(word, escape)) <= len(word) for word in words)


def repeated(text: str) -> str:
    return (text * (SIZE // len(text) + 1))[:SIZE]


HOSTILE = {
    "flags": "COPY " + repeated("--a ")[:-10],
    "unclosed quotes": "RUN " + repeated("'\"")[:-10],
    "escapes": "RUN " + repeated("\\")[:-10],
    "continued lines": repeated("RUN a \\\n"),
    "heredocs without end": repeated("RUN <<A\n"),
    "heredocs of one line": "RUN " + repeated("<<A ")[:-10],
    "nested defaults": "FROM " + repeated("${A:-")[:-10],
    "long value repeated": "ARG A=" + "x" * 2000 + "\nFROM " + repeated("$A")[:-3000],
    "many stages": "".join(f"FROM a AS s{n}\nFROM s${{X}}{n}\nCOPY --from=x{n} a b\n" for n in range(5000)),
    "onbuild": repeated("ONBUILD "),
    "brackets": repeated("["),
    "braces": repeated("{a: "),
    "question marks": repeated("? "),
    "dashes": repeated("- "),
    "indentation": "\n".join(" " * n + "a:" for n in range(700)),
    "alias bomb": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 8000)),
    "anchored images": "".join(f"k{n}: &a{n} {{image: a}}\n" for n in range(10_000)),
    "one long list": "[" + repeated("a,")[:-10] + "]",
    "interpolation": "image: " + repeated("${A:-")[:-10],
    "references": repeated("nginx\n"),
    "blank lines": repeated("\n"),
    "blanks": repeated(" "),
    "tabs": repeated("\t"),
    "colons": repeated(":"),
    "nul": repeated("\0"),
    "one long word": repeated("a"),
    "fences": repeated("```\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_is_dealt_with_soon(name: str):
    start = time.process_time()

    attempt(HOSTILE[name])

    assert time.process_time() - start < 5
