"""A Dockerfile's stages: what each is built on, and which of them are needed."""

from __future__ import annotations

import pytest

from portcall.documents.dockerfile_images import dockerfile_references
from portcall.documents.dockerfile_stages import MAX_STAGES, read_dockerfile
from portcall.documents.platform_variables import PLATFORM_VARIABLES, platform_variables
from portcall.errors import TooLargeError
from portcall.platform import Platform

ARM = platform_variables(Platform.parse("linux/arm/v7"))


def test_stages_are_told_with_their_lines_and_what_they_need():
    text = """ARG GO=1.25
FROM golang:${GO} AS Build
RUN <<END
make
END
FROM build AS test
RUN x
FROM scratch
COPY --from=BUILD /a /a
"""
    stages = read_dockerfile(text).stages
    told = [(s.number, s.name, s.base, s.begin.line, s.end_line, len(s.instructions), s.parent) for s in stages]
    assert told == [
        (0, "Build", "golang:1.25", 2, 5, 1, None),
        (1, "test", "build", 6, 7, 1, 0),
        (2, "", "scratch", 8, 9, 1, None),
    ]
    assert read_dockerfile(text).used == {0, 2}


def test_a_platform_fills_its_variables_in():
    text = "FROM --platform=$BUILDPLATFORM x AS d-arm\nFROM d-${TARGETARCH}\nFROM y:$TARGETOS-$TARGETVARIANT\n"
    first, second, third = read_dockerfile(text, ARM).stages
    assert (first.platform, second.parent, third.base) == ("linux/arm/v7", 0, "y:linux-v7")
    assert [reference.text for reference in dockerfile_references(text, ARM)] == ["x", "y:linux-v7"]


def test_without_a_platform_its_variables_stay_unknown():
    (stage,) = read_dockerfile("FROM --platform=$BUILDPLATFORM x:$TARGETARCH").stages
    assert (stage.platform, stage.base) == (None, "x:$TARGETARCH")


def test_the_names_of_a_platforms_variables_are_all_given():
    assert ARM.keys() == PLATFORM_VARIABLES


def test_a_later_stage_may_be_needed_and_a_circle_has_an_end():
    text = "FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /\n"
    assert read_dockerfile(text).used == {0, 1}


@pytest.mark.parametrize("text", ["", "RUN x", "ARG A=1"])
def test_without_from_there_is_no_stage(text: str):
    dockerfile = read_dockerfile(text)
    assert (dockerfile.stages, dockerfile.used) == ((), frozenset())


def test_there_is_an_end_to_stages():
    assert len(read_dockerfile("FROM a\n" * MAX_STAGES).stages) == MAX_STAGES
    with pytest.raises(TooLargeError):
        read_dockerfile("FROM a\n" * (MAX_STAGES + 1))
