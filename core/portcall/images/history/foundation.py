"""What an image began with, as its history tells: a distribution, a base that the builder notes, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import InvalidReferenceError
from portcall.images.history.command import is_nameless, read_command
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.oci.config import BuildStep
    from portcall.reference import Reference

_DEBIAN = re.compile(r"# debian\.sh .{0,200}?'(?P<suite>[a-z]{3,20})' '@[0-9]{1,12}'")
_ALPINE = re.compile(r"ADD alpine-minirootfs-(?P<version>[0-9]{1,3}\.[0-9]{1,3})\.[0-9]{1,4}\S* / ?")
_BUSYBOX = re.compile(r"BusyBox (?P<version>[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}) \((?P<libc>glibc|musl|uclibc)\)")
_UBUNTU_NAME = "LABEL org.opencontainers.image.ref.name=ubuntu"
_UBUNTU = re.compile(r"LABEL org\.opencontainers\.image\.version=(?P<version>[0-9]{2}\.[0-9]{2})\Z")
_NAMED = re.compile(r"FROM (?P<name>\S{1,512})\Z")


@dataclass(frozen=True, slots=True)
class System:
    """The distribution that an image began with, as the first steps of its history tell.

    Args:
        family: ``"debian"``, ``"alpine"``, ``"ubuntu"``, ``"busybox"``.
        release: As tags of its images have it: ``"bookworm"``, ``"3.19"``.
        tags: Its own images' tags that may be meant, the likeliest first.
    """

    family: str
    release: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        """The likeliest base, for people."""
        return f"{self.family}:{self.tags[0]}"


def system_of(history: Sequence[BuildStep]) -> System | None:
    """Return the distribution that the first steps of a history put there."""
    is_ubuntu = False
    for step in history[:8]:
        text = (step.command or "")[:1000]
        if match := _DEBIAN.match(text):
            return System("debian", match["suite"], (f"{match['suite']}-slim", match["suite"]))
        if match := _ALPINE.match(text):
            return System("alpine", match["version"], (match["version"],))
        if match := _BUSYBOX.match(text):
            return System("busybox", match["version"], (f"{match['version']}-{match['libc']}",))
        is_ubuntu = is_ubuntu or _UBUNTU_NAME in text
        match = _UBUNTU.search(text.rstrip())
        if match and is_ubuntu:
            return System("ubuntu", match["version"], (match["version"],))
    return None


def named_base(history: Sequence[BuildStep]) -> tuple[int, Reference | None]:
    """Return how many steps are the base's, and the base, where Buildah notes it; else 0 and ``None``."""
    for place in range(len(history) - 1, -1, -1):
        match = _NAMED.match(history[place].comment or "")
        if match is None or not {"/", ":"} & set(match["name"]):
            continue  # Buildah also notes the images in between, by their identifiers
        try:
            return place, parse_reference(match["name"])
        except InvalidReferenceError:
            continue
    return 0, None


def system_steps(history: Sequence[BuildStep]) -> int:
    """Return how many of the first steps are those of a distribution's own image; 0 where that is unclear."""
    for place, step in enumerate(history[:8]):
        command = read_command(step, None)
        if not step.empty_layer:
            following = history[place + 1 : place + 2]
            has_command = [read_command(each, None).keyword for each in following] == ["CMD"]
            return place + 1 + has_command if command.keyword in {None, "ADD"} else 0
        if command.keyword not in {"ARG", "LABEL"}:
            return 0
    return 0


def begins_from_scratch(history: Sequence[BuildStep]) -> bool:
    """Tell whether the first layer is something copied by name, as a Dockerfile ``FROM scratch`` begins."""
    for step in history:
        if not step.empty_layer:
            command = read_command(step, None)
            return command.keyword in {"COPY", "ADD"} and not is_nameless(command.arguments)
    return False
