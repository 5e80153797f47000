"""Near misses for registries: only those that are known are ever named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.near_registries import WELL_KNOWN, near_registries, with_registry
from portcall.reference import parse_reference

KNOWN = ("docker.io", "ghcr.io", "quay.io", "registry.corp.example", "registry.team.example:5000")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dockr.io", "docker.io"),
        ("dokcer.io", "docker.io"),
        ("docker.com", "docker.io"),
        ("hub.docker.com", "docker.io"),
        ("gchr.io", "ghcr.io"),
        ("ghrc.io", "ghcr.io"),
        ("github.com", "ghcr.io"),
        ("quay.oi", "quay.io"),
        ("registry.corp.exampel", "registry.corp.example"),
        ("registry.corp.example:5000", "registry.corp.example"),
        ("registry.team.example", "registry.team.example:5000"),
        ("mcr.microsft.com", "mcr.microsoft.com"),
        ("registry.k8s.oi", "registry.k8s.io"),
    ],
)
def test_a_slip_of_the_pen_finds_the_registry_that_was_meant(typed: str, meant: str):
    assert near_registries(typed, KNOWN) == (meant,)


@pytest.mark.parametrize("name", [*KNOWN, *WELL_KNOWN])
def test_what_is_known_is_no_slip(name: str):
    assert near_registries(name, KNOWN) == ()


@pytest.mark.parametrize(
    "name", ["images.elsewhere.example", "127.0.0.1:5000", "[::1]:5000", "localhost:5001", "registry"]
)
def test_what_is_like_no_other_or_an_address_is_none_either(name: str):
    assert near_registries(name, ("127.0.0.1:5001", "localhost:5000", *KNOWN)) == ()


@settings(deadline=None)
@given(st.text(max_size=300) | st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,8}){1,3}(:[0-9]{1,5})?", fullmatch=True))
def test_nothing_but_known_registries_is_ever_named(name: str):
    assert set(near_registries(name, KNOWN)) <= {*KNOWN, *WELL_KNOWN}


@pytest.mark.parametrize(
    ("typed", "registry", "meant"),
    [
        ("dockr.io/nginx:1", "docker.io", "nginx:1"),
        ("dockr.io/grafana/grafana", "docker.io", "grafana/grafana"),
        ("gchr.io/acme/app:1@sha256:" + "a" * 64, "ghcr.io", "ghcr.io/acme/app:1@sha256:" + "a" * 64),
        ("registry.team.example/a/b", "registry.team.example:5000", "registry.team.example:5000/a/b"),
    ],
)
def test_a_reference_is_the_same_image_at_another_registry(typed: str, registry: str, meant: str):
    assert with_registry(parse_reference(typed), registry) == meant
