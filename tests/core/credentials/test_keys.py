"""Keys as people's tools write them."""

from __future__ import annotations

import pytest

from portcall.credentials.key import prefix_of_key


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("https://index.docker.io/v1/", "docker.io"),
        ("https://index.docker.io/v1", "docker.io"),
        ("index.docker.io/v1/", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("docker.io", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("https://registry-1.docker.io/v2/", "docker.io"),
        ("https://registry.example/v2/", "registry.example"),
        ("https://registry.example", "registry.example"),
        ("http://registry.example", "registry.example"),
        ("https://registry.example/team", "registry.example"),  # of a URL Docker and Podman take the host
        ("registry.example/v2/", "registry.example"),
        ("registry.example/", "registry.example"),
        ("GHCR.io", "ghcr.io"),
        ("localhost:5000", "localhost:5000"),
        ("[::1]:5000", "[::1]:5000"),
        ("quay.io/acme", "quay.io/acme"),
        ("quay.io/acme/app", "quay.io/acme/app"),
    ],
)
def test_a_key_means_a_registry_or_a_part_of_one(key: str, meant: str):
    assert str(prefix_of_key(key)) == meant


@pytest.mark.parametrize(
    "key",
    [
        "",
        "acme",
        "https://",
        "https://user:hunter2@registry.example",
        "registry.example\nhost=evil.example",
        "https://registry.example/\nghcr.io",
        "registry.example ",
        "https://https://registry.example",
        "ftp://registry.example",
        "régistry.example",
        "quay.io/Acme",
        "quay.io/acme:latest",
        "registry.example:99999",
        f"https://registry.example/{'a' * 2000}",
        "https://index.docker.io/v1/access-token",
        "https://index.docker.io/v1/refresh-token",
    ],
)
def test_a_key_that_names_no_registry_means_nothing(key: str):
    assert prefix_of_key(key) is None
