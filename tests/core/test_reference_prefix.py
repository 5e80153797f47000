"""Routing keys: which repositories a prefix covers, and which of two wins."""

from __future__ import annotations

import pytest
from tests.core.reference_cases import HOSTS_ALONE, SHA256

from portcall.errors import InvalidReferenceError
from portcall.reference import Prefix, parse_prefix


@pytest.mark.parametrize("host", HOSTS_ALONE)
def test_host_alone_is_the_prefix_of_a_whole_registry(host: str):
    assert parse_prefix(host) == Prefix(host, "")


@pytest.mark.parametrize(
    ("text", "registry", "path"),
    [
        ("ghcr.io/acme", "ghcr.io", "acme"),
        ("registry.corp.example:8443/team", "registry.corp.example:8443", "team"),
        ("[::1]:5000/team/sub", "[::1]:5000", "team/sub"),
        ("index.docker.io", "docker.io", ""),
        ("registry-1.docker.io/acme", "docker.io", "acme"),
        ("registry.hub.docker.com/acme", "docker.io", "acme"),
        ("GHCR.io/acme", "ghcr.io", "acme"),
        (" ghcr.io ", "ghcr.io", ""),
    ],
)
def test_prefix_is_normalised_as_a_reference_is(text: str, registry: str, path: str):
    assert parse_prefix(text) == Prefix(registry, path)


def test_single_name_on_docker_hub_is_a_namespace():
    """In a reference ``docker.io/acme`` is an official image; a prefix covers what lies under it."""
    prefix = parse_prefix("docker.io/acme")
    assert prefix.covers("docker.io", "acme/app")
    assert not prefix.covers("docker.io", "library/acme")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("acme", 0),
        ("acme/app", 0),
        ("ghcr.io/", 8),
        ("ghcr.io/acme/", 13),
        ("ghcr.io//acme", 8),
        ("ghcr.io/Acme", 8),
        ("ghcr.io/acme*", 12),
        ("ghcr.io/acme:v1", 12),
        (f"ghcr.io/acme@{SHA256}", 12),
        ("https://ghcr.io", 5),
        ("docker.io.", 10),
        ("localhost:http", 10),
        ("user@ghcr.io", 4),
        (" " * 4097, 4096),
    ],
)
def test_text_that_is_no_prefix_is_refused_with_the_place(text: str, position: int):
    with pytest.raises(InvalidReferenceError) as caught:
        parse_prefix(text)
    assert caught.value.position == position
    assert caught.value.hint


@pytest.mark.parametrize(
    ("prefix", "repository", "covered"),
    [
        ("ghcr.io", "acme/app", True),
        ("ghcr.io/acme", "acme/app", True),
        ("ghcr.io/acme", "acme", True),
        ("ghcr.io/acme", "acmecorp/app", False),
        ("ghcr.io/acme/app", "acme/app/sub", True),
        ("ghcr.io/acme/app", "acme", False),
        ("quay.io", "acme/app", False),
    ],
)
def test_prefix_covers_whole_path_components_of_its_own_registry(prefix: str, repository: str, covered: bool):
    assert parse_prefix(prefix).covers("ghcr.io", repository) is covered


def test_deepest_prefix_that_covers_is_the_longest_match():
    prefixes = [parse_prefix(text) for text in ("ghcr.io/acme", "ghcr.io/acme/app", "ghcr.io", "ghcr.io/other")]
    matching = [prefix for prefix in prefixes if prefix.covers("ghcr.io", "acme/app")]
    assert str(max(matching, key=lambda prefix: prefix.depth)) == "ghcr.io/acme/app"


@pytest.mark.parametrize(("text", "depth"), [("ghcr.io", 0), ("ghcr.io/acme", 1), ("ghcr.io/acme/app", 2)])
def test_depth_counts_path_components(text: str, depth: int):
    assert parse_prefix(text).depth == depth


@pytest.mark.parametrize("text", ["ghcr.io", "ghcr.io/acme/app", "localhost:5000", "FOO/bar"])
def test_prefix_is_written_as_it_is_read(text: str):
    assert str(parse_prefix(text)) == text
