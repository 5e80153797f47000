"""What was probably meant by a registry that is not known: one that is listed, or known to everybody."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from ipaddress import ip_address
from typing import TYPE_CHECKING

from portcall.reference import parse_reference
from portcall.reference.host import written_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.reference import Reference

#: Public registries that no plugin has for its own: they are no slips of the pen, and may be what was meant.
WELL_KNOWN = (
    "docker.elastic.co",
    "gcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "registry.access.redhat.com",
    "registry.gitlab.com",
    "registry.k8s.io",
    "registry.redhat.io",
    "xpkg.upbound.io",
)
#: Sites that are no registries, and the registry that has their images.
_SITES = {
    "docker.com": "docker.io",
    "www.docker.com": "docker.io",
    "hub.docker.com": "docker.io",
    "registry.docker.com": "docker.io",
    "docker.pkg.github.com": "ghcr.io",
    "github.com": "ghcr.io",
    "www.github.com": "ghcr.io",
}
#: From this ratio on, two names differ in a letter or two: ``gchr.io`` and ``ghcr.io`` have 0.86.
_ALIKE = 0.8
_MOST = 3


def near_registries(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the registries that were probably meant by one that is not known, the likeliest first.

    Nobody is asked whether they have anything: a registry that somebody made up, or was talked into, is never
    among them, only those that the operator listed, a plugin serves, or everybody knows.

    Args:
        name: As a reference has it, with its port: ``"gchr.io"``.
        known: The registries that have a prefix here.
    """
    known = tuple(known)
    host = _host(name)
    if name in known or name in WELL_KNOWN or _is_address(host):
        return ()
    if host in _SITES:
        return (_SITES[host],)
    elsewhere = tuple(registry for registry in known if _host(registry) == host)
    return elsewhere or _alike(host, known) or _alike(host, WELL_KNOWN)


def with_registry(reference: Reference, registry: str) -> str:
    """Return a reference's familiar form at another registry: ``ghcr.io/acme/app:1.0`` for one at ``gchr.io``."""
    named = parse_reference(f"{written_host(registry)}/{reference.repository}")
    return replace(named, tag=reference.tag, digest=reference.digest).familiar


def _alike(host: str, known: Iterable[str]) -> tuple[str, ...]:
    names = {_host(registry): registry for registry in known if not _is_address(_host(registry))}
    return tuple(names[near] for near in get_close_matches(host, names, _MOST, _ALIKE))


def _host(registry: str) -> str:
    return registry if registry.startswith("[") else registry.partition(":")[0]


def _is_address(host: str) -> bool:
    """Tell whether a host is an address, or this machine: whose letters say nothing."""
    if host == "localhost":
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
