"""The images that a Dockerfile uses, as they would be pulled."""

from __future__ import annotations

import pytest

from portcall.documents import FoundReference, find_references


def found(text: str) -> list[tuple[int, str, str]]:
    document = find_references(text)
    assert document.kind == "dockerfile"
    assert all(reference.is_checkable for reference in document.references), document
    return [(reference.line, reference.via, reference.text) for reference in document.references]


def problem_of(text: str) -> str | None:
    (*_, last) = find_references(text).references
    return last.problem


def test_every_image_of_a_multi_stage_build_is_found_once_where_it_stands():
    text = """# syntax=docker/dockerfile:1.7
ARG VERSION=1.22 SUFFIX="-alpine"
ARG BASE=golang:${VERSION}${SUFFIX}
FROM --platform=$BUILDPLATFORM ${BASE} AS Build
RUN --mount=type=cache,target=/root --mount=type=bind,from=busybox:1.36,target=/y \\
    go build
FROM gcr.io/distroless/static@sha256:abc
COPY --from=build /app /app
COPY --from=0 /x /x
COPY --chown=1:1 --from=quay.io/acme/certs:2 /certs /certs
FROM build
FROM scratch
ONBUILD COPY --from=composer:2 /usr/bin/composer /bin
"""
    assert found(text) == [
        (1, "syntax", "docker/dockerfile:1.7"),
        (4, "FROM", "golang:1.22-alpine"),
        (5, "RUN --mount", "busybox:1.36"),
        (7, "FROM", "gcr.io/distroless/static@sha256:abc"),
        (10, "COPY --from", "quay.io/acme/certs:2"),
        (13, "ONBUILD COPY --from", "composer:2"),
    ]


@pytest.mark.parametrize(
    ("base", "image"),
    [
        ("nginx", "nginx"),
        ("nginx:$TAG", "nginx:1.27"),
        ("nginx:${TAG}", "nginx:1.27"),
        ("nginx:${TAG:-9}", "nginx:1.27"),
        ("nginx:${NONE:-9}", "nginx:9"),
        ("nginx:${EMPTY:-9}", "nginx:9"),
        ("nginx${EMPTY-9}:1", "nginx:1"),
        ("nginx:1${TAG:+-alpine}", "nginx:1-alpine"),
        ("nginx:1${NONE:+-alpine}", "nginx:1"),
        ("${NONE:-${ALSO_NONE:-redis}:${TAG}}", "redis:1.27"),
        ('"nginx:${TAG}"', "nginx:1.27"),
        ("nginx:${TAG:?needed}", "nginx:1.27"),
    ],
)
def test_build_arguments_are_filled_in(base: str, image: str):
    assert found(f"ARG TAG=1.27\nARG EMPTY=\nFROM {base}\n") == [(3, "FROM", image)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("FROM nginx:$TAG", "variable TAG has no default"),
        ("ARG TAG\nFROM nginx:${TAG}", "variable TAG has no default"),
        ("ARG TAG=$MORE\nFROM nginx:${TAG}", "variable TAG has no default"),
        ("FROM a\nARG TAG=1\nFROM nginx:${TAG}", "variable TAG has no default"),
        ("FROM nginx:${TAG:?needed}", "variable TAG has no default"),
        ("FROM img-${TARGETARCH}", "variable TARGETARCH depends on the platform"),
        ("FROM nginx:${TAG%x}", "a variable that cannot be read"),
        ("FROM nginx:${TAG", "a variable that cannot be read"),
        ("FROM nginx:$(tag)", "a $ that begins no variable"),
        ("ARG NAME=\nFROM $NAME", "empty once its variables are filled in"),
        ("FROM a\nFROM nginx alpine", "FROM takes one image, and AS with one name"),
        ("FROM a\nCOPY --from=1 /a /b", "no stage has this number"),
        ("FROM a\nCOPY --from=$X /a /b", "a variable, which is not filled in here"),
        ("FROM a\nCOPY --from=" + "x" * 2000 + " /a /b", "too long for a reference"),
    ],
)
def test_reference_that_cannot_be_told_says_why(text: str, problem: str):
    assert problem_of(text) == problem


def test_reference_that_cannot_be_told_stays_as_it_was_written():
    (only,) = find_references("FROM ${REGISTRY}/app:${TAG:-1}\n").references

    assert only == FoundReference("${REGISTRY}/app:1", 1, "FROM", "variable REGISTRY has no default")
    assert not only.is_checkable


def test_stage_chosen_by_platform_is_no_image():
    text = "FROM alpine AS base-amd64\nFROM arm64v8/alpine AS base-arm64\nFROM base-${TARGETARCH}\n"

    assert [line for line, _, _ in found(text)] == [1, 2]


def test_variable_alone_is_not_taken_for_any_stage():
    assert problem_of("FROM alpine AS build\nFROM ${RUNTIME}\n") == "variable RUNTIME has no default"


def test_name_of_a_later_stage_is_an_image_in_from_but_not_in_copy():
    text = "FROM later\nCOPY --from=later /a /b\nFROM alpine AS later\n"

    assert found(text) == [(1, "FROM", "later"), (3, "FROM", "alpine")]


def test_part_of_a_dockerfile_is_enough():
    assert found("COPY --from=nginx:1.27 /a /b\n") == [(1, "COPY --from", "nginx:1.27")]


def test_defaults_that_double_each_other_do_not_grow_without_end():
    lines = ["ARG A0=xxxxxxxx", *(f"ARG A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 200)), "FROM $A199"]

    (only,) = find_references("\n".join(lines)).references
    assert only.problem
    assert len(only.text) < 100
