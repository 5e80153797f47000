"""Whom a Harbor knows, and what each of them may do in which project."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from portcall.testing import Request

PULL = frozenset({"pull"})
EVERYTHING = frozenset(
    {"pull", "read project", "list repository", "list artifact", "read artifact", "read addition"}
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user or a robot.

    Args:
        name: ``"ada"``; a robot's is ``"robot$team+ci"``, or ``"robot$ci"`` for one of the whole system.
        secret: Password, or the robot's secret.
        projects: What it may do, by project; what is public, anybody may read.
    """

    name: str
    secret: str = field(repr=False)
    projects: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_robot(self) -> bool:
        """Whether it is a robot; an administrator may choose another prefix."""
        return self.name.startswith("robot$")


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return name and secret of a request with Basic authentication."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if scheme.lower() == "basic" else None
