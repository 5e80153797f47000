"""Routing keys: a registry, or a part of one."""

from __future__ import annotations

from dataclasses import dataclass

from portcall.reference.host import check_host, is_host, written_host
from portcall.reference.name import check_length, check_path
from portcall.reference.span import Span

_HOST_FIRST = "A prefix begins with the registry's host, e.g. ghcr.io/acme, docker.io/acme or localhost:5000."


@dataclass(frozen=True, slots=True)
class Prefix:
    """All repositories of a registry, or those under a path. Built by `parse_prefix`.

    Args:
        registry: Host in the same form as `Reference.registry`, e.g. ``"ghcr.io"``.
        path: ``""`` for the whole registry, else e.g. ``"acme"``.
    """

    registry: str
    path: str = ""

    def __str__(self) -> str:
        host = written_host(self.registry)
        return f"{host}/{self.path}" if self.path else host

    @property
    def depth(self) -> int:
        """Number of components in the path: of the prefixes that cover a name, the deepest wins."""
        return self.path.count("/") + 1 if self.path else 0

    def covers(self, reference_registry: str, repository: str) -> bool:
        """Tell whether ``repository`` at ``reference_registry`` is under this prefix.

        Only whole components count: ``ghcr.io/acme`` covers ``acme`` and ``acme/app``, never
        ``acmecorp/app``.
        """
        if reference_registry != self.registry:
            return False
        return not self.path or f"{repository}/".startswith(f"{self.path}/")


def parse_prefix(text: str) -> Prefix:
    """Return the prefix that ``text`` names; Docker Hub's aliases mean ``docker.io``.

    Args:
        text: ``host[:port][/path]``, no scheme, tag or digest. Here the first component is always the
            host, so one that Docker would not take for a host (``acme``) is refused.

    Raises:
        InvalidReferenceError: no prefix; ``position`` counts in ``text`` as given.
    """
    span = Span.given(text)
    first, rest = span.partition("/")
    if not is_host(first.text):
        raise first.fault(0, "the prefix does not begin with a host", _HOST_FIRST)
    scheme = span.text.find("://")
    if scheme >= 0:
        raise span.fault(scheme, "a scheme in a prefix", _HOST_FIRST)
    registry = check_host(first)
    if rest is None:
        return Prefix(registry)
    path = rest.split("/")
    repository = check_path(path)
    check_length(repository, path)
    return Prefix(registry, repository)
