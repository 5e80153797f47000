"""Addresses of images' web pages, as people paste them from a browser."""

from __future__ import annotations

import pytest
from tests.core.reference_cases import SHA256

from portcall.errors import InvalidReferenceError
from portcall.reference import parse_reference

PLATFORM = "sha256-" + "0" * 64


@pytest.mark.parametrize(
    ("address", "familiar"),
    [
        ("https://hub.docker.com/r/grafana/grafana", "grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/", "grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/tags", "grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/tags?page=1&name=11", "grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/tags/#top", "grafana/grafana"),
        ("https://hub.docker.com/r/library/nginx", "nginx"),
        ("https://hub.docker.com/r/_/nginx/", "nginx"),
        ("https://hub.docker.com/_/nginx", "nginx"),
        ("https://hub.docker.com/_/nginx/tags", "nginx"),
        ("https://hub.docker.com/_/nginx?tab=tags", "nginx"),
        ("https://registry.hub.docker.com/_/ubuntu/", "ubuntu"),
        ("https://registry.hub.docker.com/r/prom/statsd-exporter", "prom/statsd-exporter"),
        ("https://hub.docker.com/repository/docker/acme/app", "acme/app"),
        ("https://hub.docker.com/repository/docker/acme/app/general", "acme/app"),
        ("https://hub.docker.com/repository/registry-1.docker.io/acme/app/tags?page=1", "acme/app"),
        (f"https://hub.docker.com/repository/docker/acme/app/tags/v1/{PLATFORM}", "acme/app:v1"),
        (f"https://hub.docker.com/layers/library/nginx/1.27/images/{PLATFORM}", "nginx:1.27"),
        (f"https://hub.docker.com/layers/acme/app/v1/images/{PLATFORM}?context=explore", "acme/app:v1"),
        (f"https://hub.docker.com/layers/rust/library/rust/1.49.0/images/{PLATFORM}", "rust:1.49.0"),
        ("https://hub.docker.com/layers/library/postgres/16-alpine/", "postgres:16-alpine"),
    ],
)
def test_page_of_docker_hub_names_its_image(address: str, familiar: str):
    assert parse_reference(address).familiar == familiar


def test_digest_of_a_layers_page_is_left_out():
    """It is one platform's; the tag is what the reader of that page meant."""
    reference = parse_reference(f"https://hub.docker.com/layers/library/nginx/1.27/images/{PLATFORM}")
    assert reference.digest is None


@pytest.mark.parametrize(
    ("address", "familiar"),
    [
        ("https://quay.io/repository/prometheus/busybox", "quay.io/prometheus/busybox"),
        ("https://quay.io/repository/prometheus/busybox/", "quay.io/prometheus/busybox"),
        ("https://quay.io/repository/prometheus/busybox?tab=tags", "quay.io/prometheus/busybox"),
        ("https://quay.io/repository/prometheus/busybox?tab=tags&tag=v1", "quay.io/prometheus/busybox:v1"),
        ("https://quay.io/repository/prometheus/busybox?tag=v1&tab=tags", "quay.io/prometheus/busybox:v1"),
        ("https://quay.io/repository/prometheus/busybox?tag=&tab=tags", "quay.io/prometheus/busybox"),
        ("https://quay.io/repository/prometheus/busybox:v1", "quay.io/prometheus/busybox:v1"),
        ("https://quay.io/repository/acme/team/app", "quay.io/acme/team/app"),
        ("https://quay.io/repository/acme/tag/app", "quay.io/acme/tag/app"),
        ("https://quay.io/repository/acme/app/tag/v1", "quay.io/acme/app:v1"),
        ("https://quay.io/repository/acme/app/status", "quay.io/acme/app"),
        (f"https://quay.io/repository/acme/app/manifest/{SHA256}?tab=layers", f"quay.io/acme/app@{SHA256}"),
        ("https://quay.io/prometheus/busybox", "quay.io/prometheus/busybox"),
        ("https://quay.io/prometheus/busybox:v1/", "quay.io/prometheus/busybox:v1"),
    ],
)
def test_page_of_quay_names_its_image(address: str, familiar: str):
    assert parse_reference(address).familiar == familiar


@pytest.mark.parametrize(
    ("address", "familiar"),
    [
        ("https://github.com/acme/app/pkgs/container/app", "ghcr.io/acme/app"),
        ("https://github.com/Acme/App/pkgs/container/app", "ghcr.io/acme/app"),
        ("https://github.com/acme/app/pkgs/container/app/", "ghcr.io/acme/app"),
        ("https://github.com/acme/app/pkgs/container/app/123?tag=v1", "ghcr.io/acme/app:v1"),
        ("https://github.com/acme/app/pkgs/container/app/123", "ghcr.io/acme/app"),
        ("https://github.com/acme/app/pkgs/container/app/versions?filters%5B%5D=x", "ghcr.io/acme/app"),
        ("https://github.com/acme/app/pkgs/container/team%2Fapp", "ghcr.io/acme/team/app"),
        ("https://github.com/acme/app/pkgs/container/team%2fsub%2Fapp/9?tag=v1", "ghcr.io/acme/team/sub/app:v1"),
        ("https://github.com/orgs/Acme/packages/container/package/app", "ghcr.io/acme/app"),
        ("https://github.com/orgs/acme/packages/container/package/team%2Fapp", "ghcr.io/acme/team/app"),
        ("https://github.com/orgs/acme/packages/container/app/164109015?tag=latest", "ghcr.io/acme/app:latest"),
        ("https://github.com/orgs/acme/packages/container/package/package", "ghcr.io/acme/package"),
        ("https://github.com/users/Jane/packages/container/package/app", "ghcr.io/jane/app"),
        ("https://ghcr.io/acme/app", "ghcr.io/acme/app"),
        ("https://ghcr.io/acme/app:v1", "ghcr.io/acme/app:v1"),
        (f"https://ghcr.io/acme/app:v1@{SHA256}", f"ghcr.io/acme/app:v1@{SHA256}"),
    ],
)
def test_page_of_github_names_its_package(address: str, familiar: str):
    assert parse_reference(address).familiar == familiar


@pytest.mark.parametrize(
    "address",
    [
        "http://hub.docker.com/r/grafana/grafana",
        "HTTPS://HUB.Docker.COM/r/grafana/grafana",
        "  https://hub.docker.com/r/grafana/grafana//  ",
        "https://hub.docker.com/r/grafana/grafana?#",
        "https://hub.docker.com/r/grafana/grafana#a?b#c",
        # As browsers show it: no registry is there.
        "hub.docker.com/r/grafana/grafana/tags",
    ],
)
def test_spelling_of_a_web_address_does_not_matter(address: str):
    assert parse_reference(address).familiar == "grafana/grafana"


@pytest.mark.parametrize(
    ("address", "familiar"),
    [
        ("hub.docker.com/_/nginx", "nginx"),
        ("github.com/Acme/app/pkgs/container/app", "ghcr.io/acme/app"),
        # A registry has a right to its own name, and to any path.
        ("hub.docker.com/grafana/grafana", "hub.docker.com/grafana/grafana"),
        ("github.com/acme/app", "github.com/acme/app"),
        ("quay.io/repository/acme/app", "quay.io/repository/acme/app"),
    ],
)
def test_pages_at_sites_that_are_no_registries_need_no_scheme(address: str, familiar: str):
    assert parse_reference(address).familiar == familiar


@pytest.mark.parametrize(
    ("address", "position"),
    [
        ("https://", 8),
        ("https://hub.docker.com", 22),
        ("https://hub.docker.com/u/grafana", 23),
        ("https://hub.docker.com/r/grafana", 23),
        ("https://hub.docker.com/v2/repositories/library/nginx", 23),
        ("https://hub.docker.com/layers/library/nginx", 23),
        ("https://hub.docker.com/search?q=nginx", 23),
        ("https://hub.docker.com//r/grafana/grafana", 23),
        ("https://hub.docker.com/r/grafana/Grafana", 33),
        ("https://quay.io/organization/prometheus", 16),
        ("https://quay.io/repository/prometheus", 16),
        ("https://quay.io/api/v1/repository/prometheus/busybox", 16),
        ("https://quay.io/search?q=busybox", 16),
        ("https://quay.io/repository/acme/app?tag=a%20b", 41),
        ("https://ghcr.io/v2/acme/app/manifests/v1", 16),
        ("https://ghcr.io/acme", 16),
        ("https://github.com/acme/app", 19),
        ("https://github.com/acme?tab=packages", 19),
        ("https://github.com/acme/app/pkgs/container", 42),
        ("https://github.com/acme/app/pkgs/container/app/blob", 47),
        ("https://github.com/acme/app/pkgs/npm/app", 19),
        ("https://github.com/orgs/acme/packages/container", 47),
        ("https://github.com/orgs/acme/pkgs/container/app", 19),
        ("https://github.com/acme/app/pkgs/container/team%2FApp", 50),
        ("https://github.com/acme/app/pkgs/container/team%252Fapp", 47),
        ("https://registry.corp.example/team/api", 8),
        ("https://hub.docker.com:443/r/grafana/grafana", 8),
        ("https://hub.docker.com.evil.example/r/grafana/grafana", 8),
        ("https://ghcr.io\\@evil.example/acme/app", 16),
        ("https://evil.example#@ghcr.io/acme/app", 8),
        ("https://user@ghcr.io/acme/app", 12),
        ("docker://https://ghcr.io/acme/app", 15),
    ],
)
def test_address_that_is_no_images_page_is_refused_with_the_place(address: str, position: int):
    with pytest.raises(InvalidReferenceError) as caught:
        parse_reference(address)
    assert caught.value.position == position
    assert caught.value.hint


def test_github_repository_is_told_apart_from_its_packages():
    with pytest.raises(InvalidReferenceError) as caught:
        parse_reference("https://github.com/acme/app")
    assert "/pkgs/container/" in caught.value.hint
