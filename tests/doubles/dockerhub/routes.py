"""Which path of hub.docker.com is answered by what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.dockerhub.accounts import Caller
    from tests.doubles.dockerhub.failures import Part

    from portcall.testing.wire import Reply, Request

    Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A path template, and what answers it.

    Attributes:
        template: ``/v2/users/{name}``; a slash at the end of a path makes no difference.
        part: What :meth:`DockerHubDouble.fail` calls it.
        handler: Takes the request, its caller and the template's names.
        methods: What it answers to.
    """

    template: str
    part: Part
    handler: Handler
    methods: frozenset[str] = frozenset({"GET", "HEAD"})

    def match(self, path: str) -> dict[str, str] | None:
        """Return the names of a path, or ``None`` where it is another one."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, path.removesuffix("/"))
        return None if found is None else found.groupdict()

    def answer(self, request: Request, caller: Caller | None, names: dict[str, str]) -> Reply:
        """Return the answer."""
        return self.handler(request, caller, **names)
