"""What package managers and builds leave behind: where, and what to write in the Dockerfile instead."""

from __future__ import annotations

import re
from typing import NamedTuple


class LeftoverRule(NamedTuple):
    """One kind of leftover.

    Args:
        kind: What it is, for people.
        folders: Where it is. With a leading ``/`` from the root; else below any folder, for caches are in the
            home of whoever built. A part ``*`` is any name.
        advice: A sentence or two that name the change to the Dockerfile.
    """

    kind: str
    folders: tuple[str, ...]
    advice: str


def _cache(command: str, target: str) -> str:
    return f"{command}; or keep it out of the image with RUN --mount=type=cache,target={target}."


_STAGE = "Build in a stage of its own, and COPY --from it only what runs"

RULES = (
    # Distributions
    LeftoverRule(
        "apt lists",
        ("/var/lib/apt/lists",),
        _cache("End the same RUN with rm -rf /var/lib/apt/lists/*", "/var/lib/apt"),
    ),
    LeftoverRule(
        "apt cache", ("/var/cache/apt",), _cache("End the same RUN with apt-get clean", "/var/cache/apt")
    ),
    LeftoverRule(
        "apk cache", ("/var/cache/apk", "/etc/apk/cache"), _cache("apk add --no-cache", "/var/cache/apk")
    ),
    LeftoverRule(
        "dnf cache",
        ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"),
        _cache("End the same RUN with dnf clean all (or yum clean all)", "/var/cache/dnf"),
    ),
    LeftoverRule(
        "zypper cache", ("/var/cache/zypp",), _cache("End the same RUN with zypper clean --all", "/var/cache/zypp")
    ),
    LeftoverRule(
        "pacman cache",
        ("/var/cache/pacman/pkg",),
        _cache("End the same RUN with rm -rf /var/cache/pacman/pkg/*", "/var/cache/pacman/pkg"),
    ),
    # Python
    LeftoverRule("pip cache", (".cache/pip",), _cache("pip install --no-cache-dir", "/root/.cache/pip")),
    LeftoverRule(
        "uv cache", (".cache/uv",), _cache("uv sync --no-cache, or ENV UV_NO_CACHE=1", "/root/.cache/uv")
    ),
    # Not all of it: the folder virtualenvs beside these is what runs.
    LeftoverRule(
        "poetry cache",
        (".cache/pypoetry/cache", ".cache/pypoetry/artifacts"),
        _cache("poetry install --no-cache", "/root/.cache/pypoetry"),
    ),
    LeftoverRule(
        "pipenv cache",
        (".cache/pipenv",),
        _cache("End the same RUN with rm -rf ~/.cache/pipenv", "/root/.cache/pipenv"),
    ),
    LeftoverRule(
        "conda packages",
        (
            *("conda/pkgs", "miniconda/pkgs", "miniconda3/pkgs", "anaconda3/pkgs", "miniforge3/pkgs"),
            *("mambaforge/pkgs", "micromamba/pkgs", ".conda/pkgs", ".mamba/pkgs"),
        ),
        _cache("End the same RUN with conda clean --all --yes", "/opt/conda/pkgs"),
    ),
    # JavaScript
    LeftoverRule("npm cache", (".npm",), _cache("End the same RUN with npm cache clean --force", "/root/.npm")),
    # Not .yarn/cache of a project: with Plug'n'Play that is what runs.
    LeftoverRule(
        "yarn cache",
        (".cache/yarn", ".yarn/berry/cache"),
        _cache("End the same RUN with yarn cache clean", "/root/.cache/yarn"),
    ),
    LeftoverRule(
        "pnpm store",
        (".local/share/pnpm/store", ".pnpm-store", ".cache/pnpm"),
        _cache("End the same RUN with rm -rf of the store that pnpm store path names", "/pnpm/store"),
    ),
    LeftoverRule(
        "node-gyp headers",
        (".cache/node-gyp", ".node-gyp"),
        _cache("End the same RUN with rm -rf ~/.cache/node-gyp", "/root/.cache/node-gyp"),
    ),
    # Compiled languages
    LeftoverRule("Go build cache", (".cache/go-build",), _cache(_STAGE, "/root/.cache/go-build")),
    LeftoverRule("Go modules", ("go/pkg/mod",), _cache(_STAGE, "/go/pkg/mod")),
    LeftoverRule(
        "cargo registry",
        (".cargo/registry", ".cargo/git", "/usr/local/cargo/registry", "/usr/local/cargo/git"),
        _cache(_STAGE, "/usr/local/cargo/registry"),
    ),
    LeftoverRule(
        "compiler cache", (".ccache", ".cache/ccache", ".cache/sccache"), _cache(_STAGE, "/root/.ccache")
    ),
    LeftoverRule("bazel cache", (".cache/bazel",), _cache(_STAGE, "/root/.cache/bazel")),
    LeftoverRule("cabal packages", (".cabal/packages",), _cache(_STAGE, "/root/.cabal/packages")),
    # Java and .NET
    LeftoverRule("maven repository", (".m2/repository",), _cache(_STAGE, "/root/.m2")),
    LeftoverRule("gradle cache", (".gradle/caches",), _cache(_STAGE, "/root/.gradle")),
    LeftoverRule("ivy cache", (".ivy2/cache",), _cache(_STAGE, "/root/.ivy2")),
    LeftoverRule("coursier cache", (".cache/coursier",), _cache(_STAGE, "/root/.cache/coursier")),
    LeftoverRule(
        "NuGet cache",
        (".nuget/packages", ".local/share/NuGet/http-cache", ".local/share/NuGet/v3-cache"),
        _cache(_STAGE, "/root/.nuget/packages"),
    ),
    # PHP, Ruby, Erlang, Perl
    LeftoverRule(
        "composer cache",
        (".composer/cache", ".cache/composer"),
        _cache("composer install --no-cache", "/root/.composer/cache"),
    ),
    LeftoverRule(
        "gem cache",
        (
            *("/usr/local/bundle/cache", "/usr/local/bundle/ruby/*/cache", "vendor/bundle/ruby/*/cache"),
            *("/usr/lib/ruby/gems/*/cache", "/usr/local/lib/ruby/gems/*/cache", "/var/lib/gems/*/cache"),
            *(".bundle/cache", ".gem/ruby/*/cache"),
        ),
        _cache(
            "End the same RUN with rm -rf of the cache folder, as gem and bundler do not",
            "/usr/local/bundle/cache",
        ),
    ),
    LeftoverRule("hex cache", (".hex/packages", ".cache/rebar3"), _cache(_STAGE, "/root/.hex")),
    LeftoverRule(
        "CPAN cache",
        (".cpan/build", ".cpan/sources", ".cpanm"),
        _cache("End the same RUN with rm -rf ~/.cpan ~/.cpanm", "/root/.cpanm"),
    ),
    # What nobody meant to ship
    LeftoverRule(
        "git history",
        (".git",),
        "List .git in .dockerignore, or COPY only what runs; a clone in a RUN goes with rm -rf in the same RUN.",
    ),
    LeftoverRule(
        "temporary files",
        ("/tmp", "/var/tmp"),  # noqa: S108 - looked for, not written
        "Delete them in the same RUN that makes them, or work in RUN --mount=type=tmpfs,target=/tmp.",
    ),
    LeftoverRule(
        "logs",
        ("/var/log",),
        "Delete them in the same RUN that writes them, or RUN --mount=type=tmpfs,target=/var/log.",
    ),
    LeftoverRule(
        "core dumps",
        ("/var/crash", "/var/lib/systemd/coredump", "/var/lib/apport/coredump"),
        "Find out which RUN crashes, and rm -rf the dump in the same RUN until it does not.",
    ),
    LeftoverRule(
        "documentation",
        ("/usr/share/man", "/usr/share/info", "/usr/share/doc", "/usr/share/gtk-doc", "/usr/local/share/man"),
        "Where nobody reads it: before the first install, exclude it with path-exclude in /etc/dpkg/dpkg.cfg.d,"
        " or tsflags=nodocs for dnf; keep /usr/share/doc/*/copyright.",
    ),
)

#: A core dump that is named after its process, wherever it fell.
CORE_DUMP = re.compile(r"core\.[0-9]{1,10}\Z")
