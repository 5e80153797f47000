"""What was probably meant by a registry that is not known: one that is listed, or known to everybody."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from portcall.reference import parse_reference
from portcall.reference.host import written_host

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from portcall.reference import Reference

#: Public registries that no plugin has for its own: they are no slips of the pen, and may be what was meant.
WELL_KNOWN = (
    "asia.gcr.io",
    "cgr.dev",
    "docker.elastic.co",
    "eu.gcr.io",
    "gcr.io",
    "k8s.gcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "mirror.gcr.io",
    "nvcr.io",
    "public.ecr.aws",
    "registry.access.redhat.com",
    "registry.connect.redhat.com",
    "registry.gitlab.com",
    "registry.k8s.io",
    "registry.redhat.io",
    "us.gcr.io",
    "xpkg.upbound.io",
)
#: Hosts of which clouds give one to each region or customer: whatever stands there is somebody's own.
_REGIONAL = re.compile(
    r"""[a-z0-9-]+-docker\.pkg\.dev
    | [0-9]{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)
    | [a-z0-9-]+\.(azurecr\.(io|cn|us)|ocir\.io|icr\.io)
    | registry(-intl)?(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com
    """,
    re.VERBOSE,
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
#: What people call registries, and what their hosts call them.
_PEOPLES_WORDS = {
    "dockerhub": "docker",
    "github": "ghcr",
    "google": "gcr",
    "hub": "docker",
    "mcr": "microsoft",
}
_MOST = 3
#: Most slips in one label of a host, and in one of so few letters; a transposition is one.
_SLIPS, _SLIPS_OF_SHORT, _SHORT = 2, 1, 4


def near_registries(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the registries that were probably meant by one that is not known, the likeliest first.

    Nobody is asked whether they have anything: a registry that somebody made up, or was talked into, is never
    among them, only those that the operator listed, a plugin serves, or everybody knows. Nor is one whose name
    has more or fewer labels: ``registry.gitlab.corp.example`` is no slip of the pen, but another house.

    Args:
        name: As a reference has it, with its port: ``"gchr.io"``.
        known: The registries that have a prefix here.
    """
    known = tuple(known)
    host = _host(name)
    if name in known or name in WELL_KNOWN or _is_address(host) or _REGIONAL.fullmatch(host):
        return ()
    if host in _SITES:
        return (_SITES[host],)
    elsewhere = tuple(registry for registry in known if _host(registry) == host)
    return elsewhere or _alike(host, known) or _alike(host, WELL_KNOWN)


def named_by(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the registries that people call by a word which is no host: ``quay.io`` for ``"quay"``.

    Args:
        word: What was typed in the place of a registry.
        known: The registries that have a prefix here.
    """
    word = word.strip().lower()
    word = _PEOPLES_WORDS.get(re.sub(r"[ _-]", "", word), word)
    labels = {registry: _host(registry).split(".") for registry in (*known, *WELL_KNOWN)}
    named = [registry for registry, parts in labels.items() if len(parts) > 1 and parts[-2] == word]
    return tuple(sorted(named, key=lambda registry: len(labels[registry])))[:1]


def candidate_at(reference: Reference, registry: str, listed: Collection[str]) -> str:
    """Return what may be asked for instead of a reference whose registry was mistyped.

    That is the same image at a registry that the operator listed, and the official one at Docker Hub. Of any other
    registry, where everybody may register every name, it is the registry alone: whether the image is there, and
    whose it is, nobody has looked.

    Args:
        reference: As it was typed.
        registry: Which was probably meant.
        listed: The registries that the operator listed.
    """
    meant = replace(parse_reference(f"{written_host(registry)}/{reference.repository}"), tag=reference.tag)
    meant = replace(meant, digest=reference.digest)
    return meant.familiar if is_official(meant) or registry in listed else registry


def is_official(reference: Reference) -> bool:
    """Tell whether a name is one that Docker alone publishes, for everybody: ``nginx``."""
    return reference.registry == "docker.io" and reference.repository.startswith("library/")


def did_you_mean(registry: str, near: Sequence[str]) -> str:
    """Return the next step for whoever typed a registry that nobody knows; it names known ones alone."""
    *others, last = (f"`{name}`" for name in near)
    meant = f"{', '.join(others)} or {last}" if others else last
    return f"{registry} is not known here. Did you mean the registry {meant}?"


def _alike(host: str, known: Iterable[str]) -> tuple[str, ...]:
    names = {_host(registry): registry for registry in known if not _is_address(_host(registry))}
    slips = {registry: _slips(host, near) for near, registry in names.items()}
    found = sorted((count, registry) for registry, count in slips.items() if count is not None)
    return tuple(registry for _, registry in found[:_MOST])


def _slips(typed: str, meant: str) -> int | None:
    """Return how many slips of the pen lie between two hosts; ``None`` where they are different hosts."""
    ones, others = typed.split("."), meant.split(".")
    if len(ones) != len(others):
        return None
    count = 0
    for one, other in zip(ones, others, strict=True):
        allowed = _SLIPS if min(len(one), len(other)) > _SHORT else _SLIPS_OF_SHORT
        slips = _distance(one, other, allowed)
        if slips > allowed:
            return None
        count += slips
    return count


def _distance(one: str, other: str, most: int) -> int:
    """Return how many letters are left out, added, wrong, or swapped with the next; anything over ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row, last = row, [i], before
        for j, theirs in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]


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
