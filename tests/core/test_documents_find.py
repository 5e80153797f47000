"""What kind of document somebody pasted, and the images in it, whatever it is."""

from __future__ import annotations

import pytest

from portcall.documents import Document, DocumentKind, find_references
from portcall.errors import InvalidArgumentError

DOCKERFILE = "FROM nginx:1.27\n"
COMPOSE = "services:\n  web:\n    image: nginx:1.27\n"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("dockerfile", DOCKERFILE),
        ("dockerfile", "# syntax=docker/dockerfile:1\n"),
        ("dockerfile", "# why\n\narg A=1\nfrom nginx\n"),
        ("dockerfile", "RUN echo hi\n"),
        ("compose", COMPOSE),
        ("compose", f"# a comment\nname: shop\n{COMPOSE}"),
        ("kubernetes", "apiVersion: v1\nkind: Pod\n"),
        ("helm", "image:\n  repository: nginx\n"),
        ("workflow", "on: push\njobs: {}\n"),
        ("yaml", "web:\n  image: nginx\n"),
        ("yaml", "services:\n"),
        ("list", "nginx\nredis:7\n"),
        ("list", "- nginx\n- redis:7\n"),
        ("unknown", ""),
        ("unknown", "\n \n# nothing\n"),
        ("unknown", "Please have a look.\nNote: it is broken.\nThank you.\n"),
        ("unknown", "import os\nfrom x import y\n"),
        ("unknown", "docker run -it nginx\n"),
        ("unknown", "\x00\x01\x02 binary"),
    ],
)
def test_kind_is_told_by_the_text(kind: DocumentKind, text: str):
    assert find_references(text).kind == kind


def test_bare_list_may_have_bullets_quotes_commas_blanks_and_comments():
    text = """# our images

nginx:1.27
- redis
* "ghcr.io/acme/app@sha256:abc",
localhost:5000/team/api   # ours
https://hub.docker.com/r/grafana/grafana/tags
"""
    assert [(found.line, found.via, found.text) for found in find_references(text).references] == [
        (3, "list", "nginx:1.27"),
        (4, "list", "redis"),
        (5, "list", "ghcr.io/acme/app@sha256:abc"),
        (6, "list", "localhost:5000/team/api"),
        (7, "list", "https://hub.docker.com/r/grafana/grafana/tags"),
    ]


@pytest.mark.parametrize("text", [DOCKERFILE, COMPOSE, "nginx:1.27\n"])
def test_markdown_fence_around_it_changes_nothing_but_the_line(text: str):
    (plain,) = find_references(text).references
    (fenced,) = find_references(f"```yaml\n{text}```\n").references

    assert fenced.text == plain.text
    assert fenced.line == plain.line + 1


@pytest.mark.parametrize("text", [DOCKERFILE, COMPOSE, "nginx:1.27\n"])
def test_windows_line_ends_and_byte_order_mark_change_nothing(text: str):
    assert find_references("\ufeff" + text.replace("\n", "\r\n")) == find_references(text)


def test_repeated_images_are_listed_at_each_of_their_lines():
    assert [found.line for found in find_references("FROM nginx\nFROM nginx\n").references] == [1, 2]


@pytest.mark.parametrize("text", ["a" * (256 * 1024 + 1), "é" * (128 * 1024 + 1), "\ud800" * 100_000])
def test_content_over_256_kib_is_refused(text: str):
    with pytest.raises(InvalidArgumentError, match="content is larger than 256 KiB"):
        find_references(text)


def test_content_of_256_kib_is_read():
    text = DOCKERFILE + "#" * (256 * 1024 - len(DOCKERFILE))

    assert find_references(text).references[0].text == "nginx:1.27"


def test_document_is_a_value():
    assert Document("unknown") == Document("unknown", ())
    assert find_references(DOCKERFILE) == find_references(DOCKERFILE)
