"""Bases that an image's history and environment suggest: official images, by what their Dockerfiles leave behind.

Source: the histories in docker-library/repo-info, and the tags in docker-library/official-images.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from portcall.images.history.foundation import named_base, system_of
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.images.history.foundation import System
    from portcall.oci.config import ImageConfig
    from portcall.reference import Reference

_CODENAMES = {"18.04": "bionic", "20.04": "focal", "22.04": "jammy", "24.04": "noble", "26.04": "resolute"}
_RED_HAT = re.compile(r"ubi[0-9]{1,2}(?:/[a-z][a-z0-9-]{1,40})?\Z")
_VERSION = re.compile(r"v?(?:jdk-?)?(?P<major>[0-9]{1,4})(?P<minor>\.[0-9]{1,4})?")
#: What buildpack-deps has, on which the full, not the slim, images of languages are built.
_FULL = "mercurial"


@dataclass(frozen=True, slots=True)
class _Official:
    """An official image of a language or a server.

    Args:
        repository: Its name at Docker Hub.
        parts: How many parts of the version its moving tags have.
        debian: Its tags on Debian, slim first; ``{v}`` is the version, ``{s}`` the release below.
        alpine: On Alpine.
        ubuntu: On Ubuntu.
    """

    repository: str
    parts: int
    debian: tuple[str, ...] = ()
    alpine: tuple[str, ...] = ("{v}-alpine{s}",)
    ubuntu: tuple[str, ...] = ()

    def tags(self, version: re.Match[str], system: System | None) -> list[str]:
        """Return the tags that may be meant, on a distribution; without one, the version alone."""
        told = version["major"] + ((version["minor"] or "") if self.parts > 1 else "")
        patterns: tuple[str, ...] = ("{v}",)
        release = ""
        if system is not None:
            on = {"debian": self.debian, "alpine": self.alpine, "ubuntu": self.ubuntu}
            patterns = on.get(system.family, ())
            release = _CODENAMES.get(system.release, system.release)
        return [pattern.format(v=told, s=release) for pattern in patterns]


_SLIM = ("{v}-slim-{s}", "{v}-{s}")
#: By the variable that they leave in the environment.
_OFFICIAL = {
    "PYTHON_VERSION": _Official("python", 2, _SLIM),
    "NODE_VERSION": _Official("node", 1, ("{v}-{s}-slim", "{v}-{s}")),
    "GOLANG_VERSION": _Official("golang", 2, ("{v}-{s}",)),
    "RUBY_VERSION": _Official("ruby", 2, _SLIM),
    "RUST_VERSION": _Official("rust", 2, _SLIM),
    "PHP_VERSION": _Official("php", 2, ("{v}-fpm-{s}", "{v}-apache-{s}", "{v}-cli-{s}"), ("{v}-fpm-alpine{s}",)),
    "NGINX_VERSION": _Official("nginx", 2, ("{v}-{s}",), ("{v}-alpine{s}", "{v}-alpine{s}-slim")),
    "HTTPD_VERSION": _Official("httpd", 2, ("{v}-{s}",)),
    "JAVA_VERSION": _Official(
        "eclipse-temurin", 1, (), ("{v}-jre-alpine", "{v}-jdk-alpine"), ("{v}-jre-{s}", "{v}-jdk-{s}")
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be the base.

    Args:
        candidates: Images that can be compared with, the most specific first.
        system: The distribution, where the history tells.
        named: What Buildah notes in so many words.
    """

    candidates: tuple[Reference, ...] = ()
    system: System | None = None
    named: Reference | None = None


def gather_evidence(config: ImageConfig, most: int = 6) -> Evidence:
    """Return what an image's configuration suggests as its base, ``most`` candidates at most."""
    system = system_of(config.history)
    names = (*_languages(config, system), *_red_hat(config), *_systems(system))
    found = dict.fromkeys(parse_reference(name) for name in islice(dict.fromkeys(names), most))
    return Evidence(tuple(found), system, named_base(config.history)[1])


def _languages(config: ImageConfig, system: System | None) -> Iterator[str]:
    environment = dict(pair.split("=", 1) for pair in config.env if "=" in pair)
    is_full = any(_FULL in (step.command or "") for step in config.history[:12])
    for variable, official in _OFFICIAL.items():
        version = _VERSION.match(environment.get(variable, ""))
        if version is not None:
            names = [f"{official.repository}:{tag}" for tag in official.tags(version, system)]
            yield from reversed(names) if is_full else names


def _systems(system: System | None) -> Iterator[str]:
    if system is not None:
        yield from (f"{system.family}:{tag}" for tag in system.tags)


def _red_hat(config: ImageConfig) -> Iterator[str]:
    name = config.labels.get("name", "")
    if _RED_HAT.match(name) and "Red Hat" in config.labels.get("vendor", ""):
        yield f"registry.access.redhat.com/{name}:latest"
