"""Package caches and build leftovers: where they are, what they weigh, and what to write instead."""

from __future__ import annotations

import re

import pytest
from tests.core.images.analysis.layer_indexes import file, folder, layers, link, whiteout

from portcall.images.analysis.leftover_rules import RULES, LeftoverRule
from portcall.images.analysis.leftovers import leftovers
from portcall.images.analysis.visible import VisibleFiles
from portcall.images.files.tree import MergedTree
from portcall.models import Leftover
from portcall.oci.layers.entry import LayerEntry

BIG = 1_000_000


def found(*contents: list[LayerEntry]) -> tuple[Leftover, ...]:
    return leftovers(VisibleFiles(MergedTree.of(layers(*contents))))


@pytest.mark.parametrize(
    ("path", "kind", "place"),
    [
        ("var/lib/apt/lists/mirror.example_Packages.lz4", "apt lists", "/var/lib/apt/lists"),
        ("var/cache/apt/archives/curl.deb", "apt cache", "/var/cache/apt"),
        ("var/cache/apk/APKINDEX.tar.gz", "apk cache", "/var/cache/apk"),
        ("var/cache/dnf/fedora/repodata/x.xml.gz", "dnf cache", "/var/cache/dnf"),
        ("root/.cache/pip/http-v2/a/b", "pip cache", "/root/.cache/pip"),
        ("home/app/.cache/pip/http-v2/a", "pip cache", "/home/app/.cache/pip"),
        ("var/lib/jenkins/.cache/pip/x", "pip cache", "/var/lib/jenkins/.cache/pip"),
        ("root/.cache/uv/archive-v0/x", "uv cache", "/root/.cache/uv"),
        ("root/.cache/pypoetry/artifacts/x", "poetry cache", "/root/.cache/pypoetry/artifacts"),
        ("opt/conda/pkgs/python.conda", "conda packages", "/opt/conda/pkgs"),
        ("root/miniconda3/pkgs/python.conda", "conda packages", "/root/miniconda3/pkgs"),
        ("root/.npm/_cacache/content-v2/x", "npm cache", "/root/.npm"),
        ("usr/local/share/.cache/yarn/v6/x", "yarn cache", "/usr/local/share/.cache/yarn"),
        ("root/.local/share/pnpm/store/v3/x", "pnpm store", "/root/.local/share/pnpm/store"),
        ("root/.cache/go-build/00/x", "Go build cache", "/root/.cache/go-build"),
        ("go/pkg/mod/cache/download/x.zip", "Go modules", "/go/pkg/mod"),
        ("home/dev/go/pkg/mod/x.go", "Go modules", "/home/dev/go/pkg/mod"),
        ("usr/local/cargo/registry/cache/x.crate", "cargo registry", "/usr/local/cargo/registry"),
        ("root/.cargo/git/db/x", "cargo registry", "/root/.cargo/git"),
        ("root/.m2/repository/org/x.jar", "maven repository", "/root/.m2/repository"),
        ("root/.gradle/caches/8.0/x", "gradle cache", "/root/.gradle/caches"),
        ("root/.nuget/packages/x", "NuGet cache", "/root/.nuget/packages"),
        ("root/.composer/cache/files/x.zip", "composer cache", "/root/.composer/cache"),
        ("usr/local/lib/ruby/gems/3.3.0/cache/x.gem", "gem cache", "/usr/local/lib/ruby/gems/3.3.0/cache"),
        ("srv/app/.git/objects/pack/x.pack", "git history", "/srv/app/.git"),
        ("tmp/build/x.o", "temporary files", "/tmp"),
        ("var/log/dpkg.log", "logs", "/var/log"),
        ("var/lib/systemd/coredump/x", "core dumps", "/var/lib/systemd/coredump"),
        ("srv/core.4711", "core dumps", "/srv/core.4711"),
        ("usr/share/man/man1/ls.1.gz", "documentation", "/usr/share/man"),
    ],
)
def test_it_is_found_and_named(path: str, kind: str, place: str):
    (leftover,) = found([file("usr/bin/app", BIG), file(path, BIG)])
    assert (leftover.kind, leftover.path, leftover.size, leftover.files) == (kind, place, BIG, 1)


@pytest.mark.parametrize(
    "path",
    [
        "srv/var/lib/apt/lists/x",  # somebody's chroot, not this system's
        "root/.cache/pypoetry/virtualenvs/app/bin/python",  # what runs
        "srv/app/.yarn/cache/x.zip",  # what runs, with Plug'n'Play
        "usr/share/tmp/x",
        "usr/lib/core",
        "share/man/man5/core.5.gz",
        "root/.m2/settings.xml",
        "home/.gitconfig",
    ],
)
def test_what_runs_is_no_leftover(path: str):
    assert found([file(path, BIG)]) == ()


def test_an_empty_cache_is_not_worth_a_line():
    assert found([folder("var/lib/apt/lists"), file("var/lib/apt/lists/lock"), file("var/log/x", 4096)]) == ()


def test_what_a_later_layer_deletes_containers_do_not_see():
    contents = [file("var/lib/apt/lists/a", BIG), file("var/lib/apt/lists/b", BIG)]
    (left,) = found(contents, [whiteout("var/lib/apt/lists/a")])
    assert (left.size, left.files) == (BIG, 1)
    assert found(contents, [whiteout("var/lib/apt/lists")]) == ()


def test_it_says_which_layers_hold_it():
    (left,) = found([file("tmp/a", BIG)], [file("usr/x", 1)], [file("tmp/b", 5), file("tmp/d/c", 5)])
    assert (left.layers, left.size, left.files) == ((1, 3), BIG + 10, 3)


def test_the_largest_comes_first():
    rows = found([file("tmp/a", BIG), file("var/log/b", 3 * BIG), file("root/.npm/c", 2 * BIG)])
    assert [row.path for row in rows] == ["/var/log", "/root/.npm", "/tmp"]


def test_a_cache_within_a_leftover_belongs_to_it():
    (left,) = found([file("tmp/.cache/pip/x", BIG)])
    assert left.path == "/tmp"


def test_hard_links_within_it_count_once():
    (left,) = found([file("tmp/a", BIG), link("tmp/b", "tmp/a")])
    assert (left.size, left.files) == (BIG, 2)


def test_contents_that_live_on_elsewhere_would_not_be_freed():
    """uv links what it installs from its cache."""
    cache, installed = file("root/.cache/uv/x", BIG), link("srv/.venv/x", "root/.cache/uv/x")
    assert found([cache, installed]) == ()
    assert found([cache, installed], [whiteout("srv/.venv/x")])[0].size == BIG


def test_a_small_file_called_like_a_core_dump_is_none():
    assert found([file("usr/share/man5/core.5", 20_000)]) == ()


def test_a_folder_deeper_than_anybody_builds_is_no_trouble():
    assert found([file("/".join(["d"] * 1500) + "/x", BIG)]) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_every_advice_names_what_to_write_in_the_dockerfile(rule: LeftoverRule):
    assert re.search(r"\bRUN\b|--no-cache|COPY|\.dockerignore|path-exclude", rule.advice)
    assert rule.advice.endswith(".")


def test_no_two_rules_claim_one_folder():
    folders = [place for rule in RULES for place in rule.folders]
    assert len(folders) == len(set(folders))
