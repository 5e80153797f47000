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
RUN <<E
make
