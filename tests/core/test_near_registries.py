"""Near misses for registries: only those that are known are ever named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.near_registries import WELL_KNOWN, candidate_at, did_you_mean, named_by, near_registries
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
    "name",
    [
        "registry.gitlab.corp.com",
        "registry.corp.example.evil.example",
        "docker.io.evil.example",
        "corp.example",
        "us-docker.pkg.dev",
        "europe-west1-docker.pkg.dev",
        "usa.gcr.io.example",
        "acme.azurecr.io",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "fra.ocir.io",
        "registry.acme.io",
        "doctors.io",
        "gh.io",
        "io",
    ],
)
def test_another_house_is_no_slip(name: str):
    """Whoever put a label before a known name owns what stands there, or meant somebody who does."""
    assert near_registries(name, KNOWN) == ()


@pytest.mark.parametrize("name", ["us.gcr.io", "eu.gcr.io", "asia.gcr.io", "mirror.gcr.io", "k8s.gcr.io"])
def test_a_region_of_a_registry_is_as_well_known_as_its_whole(name: str):
    assert near_registries(name, KNOWN) == ()


def test_a_short_label_is_given_one_slip_and_a_longer_one_two():
    assert near_registries("qauy.io", KNOWN) == ("quay.io",)
    assert near_registries("quuyy.io", KNOWN) == ()
    assert near_registries("dcoekr.io", KNOWN) == ("docker.io",)
    assert near_registries("dcoekrx.io", KNOWN) == ()


def test_the_likeliest_stands_first():
    known = ("registry.garden.example", "registry.harbours.example")
    assert near_registries("registry.harden.example", known) == ("registry.garden.example",)
    known = ("registry.garders.example", "registry.garden.example")
    assert near_registries("registry.garde.example", known) == (
        "registry.garden.example",
        "registry.garders.example",
    )


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("quay", ("quay.io",)),
        ("Docker Hub", ("docker.io",)),
        ("dockerhub", ("docker.io",)),
        ("github", ("ghcr.io",)),
        ("gcr", ("gcr.io",)),
        ("microsoft", ("mcr.microsoft.com",)),
        ("corp", ("registry.corp.example",)),
        ("registry", ()),
        ("io", ()),
        ("", ()),
    ],
)
def test_a_word_stands_for_the_registry_that_people_call_so(word: str, meant: tuple[str, ...]):
    assert named_by(word, KNOWN) == meant


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
        # Nobody but Docker publishes there.
        ("dockr.io/nginx:1", "docker.io", "nginx:1"),
        ("dockr.io/library/redis", "docker.io", "redis"),
        ("registry.team.example/a/b", "registry.team.example:5000", "registry.team.example:5000/a/b"),
        (
            "registry.team.exmaple/a/b:1@sha256:" + "a" * 64,
            "registry.team.example:5000",
            "registry.team.example:5000/a/b:1@sha256:" + "a" * 64,
        ),
        # Anybody may publish there.
        ("dockr.io/grafana/grafana", "docker.io", "docker.io"),
        ("gchr.io/acme/app:1", "ghcr.io", "ghcr.io"),
        ("quay.oi/library/redis", "quay.io", "quay.io"),
    ],
)
def test_an_image_is_named_where_its_name_cannot_be_a_strangers(typed: str, registry: str, meant: str):
    assert candidate_at(parse_reference(typed), registry, {"registry.team.example:5000"}) == meant


def test_the_next_step_names_the_registries():
    assert (
        did_you_mean("quay.oi", ["quay.io"]) == "quay.oi is not known here. Did you mean the registry `quay.io`?"
    )
    assert did_you_mean("a", ["b", "c", "d"]).endswith("the registry `b`, `c` or `d`?")
