"""What a reference means: Docker's published cases, SPEC's own, and the forms of one name."""

from __future__ import annotations

import dataclasses

import pytest
from tests.core.reference_cases import (
    CANONICAL,
    DIFFERENT,
    HEX,
    HOSTS_ALONE,
    LOWERED_HOSTS,
    NAME_FORMS,
    OTHER_SHA256,
    PUBLISHED,
    REFUSED,
    SHA256,
    SHA512,
    Accepted,
    Different,
)

from portcall.errors import InvalidReferenceError
from portcall.reference import Reference, parse_reference


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.text)
def test_published_reference_has_its_published_meaning(case: Accepted):
    assert parse_reference(case.text) == Reference(case.registry, case.repository, case.tag, case.digest)


@pytest.mark.parametrize("text", REFUSED)
def test_published_refusal_is_refused(text: str):
    with pytest.raises(InvalidReferenceError):
        parse_reference(text)


@pytest.mark.parametrize("case", DIFFERENT, ids=lambda case: case.text)
def test_deliberate_difference_from_docker_is_refused(case: Different):
    with pytest.raises(InvalidReferenceError):
        parse_reference(case.text)


@pytest.mark.parametrize("case", LOWERED_HOSTS, ids=lambda case: case.text)
def test_host_is_lower_case_whatever_was_written(case: Accepted):
    assert parse_reference(case.text) == Reference(case.registry, case.repository, case.tag, case.digest)


@pytest.mark.parametrize("host", HOSTS_ALONE)
def test_published_host_is_the_registry_of_a_name(host: str):
    assert parse_reference(f"{host}/app").registry == host


@pytest.mark.parametrize(("texts", "familiar", "full"), NAME_FORMS)
def test_every_form_of_a_name_gives_its_familiar_and_its_full_one(texts: list[str], familiar: str, full: str):
    for text in texts:
        reference = parse_reference(text)
        assert (reference.familiar_name, reference.name) == (familiar, full)


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_canonical_form_is_what_docker_asks_the_registry_for(text: str, canonical: str):
    assert parse_reference(text).canonical == canonical


@pytest.mark.parametrize(
    "alias", ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "Docker.IO"]
)
def test_every_name_of_docker_hub_is_docker_io(alias: str):
    assert parse_reference(f"{alias}/nginx") == Reference("docker.io", "library/nginx")


def test_docker_hub_on_a_port_is_another_registry():
    assert parse_reference("docker.io:443/nginx") == Reference("docker.io:443", "nginx")


def test_tag_is_none_where_none_was_given():
    assert parse_reference("nginx").tag is None


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("nginx", "latest"), ("nginx:1.27", "1.27"), (f"nginx@{SHA256}", SHA256), (f"nginx:1.27@{SHA256}", SHA256)],
)
def test_identifier_is_the_digest_else_the_tag_else_latest(text: str, identifier: str):
    assert parse_reference(text).identifier == identifier


def test_tag_beside_a_digest_is_kept():
    reference = parse_reference(f"ghcr.io/acme/app:v1@{SHA512}")
    assert (reference.tag, reference.digest) == ("v1", SHA512)


def test_str_is_the_familiar_form():
    assert str(parse_reference(f"docker.io/library/nginx:1.27@{SHA256}")) == f"nginx:1.27@{SHA256}"


@pytest.mark.parametrize("scheme", ["docker://", "oci://", "Docker://", "OCI://"])
def test_scheme_of_the_field_is_left_out(scheme: str):
    assert parse_reference(f"{scheme}ghcr.io/acme/app:v1") == Reference("ghcr.io", "acme/app", "v1")


def test_docker_hub_is_the_default_after_a_scheme_too():
    assert parse_reference("docker://nginx") == Reference("docker.io", "library/nginx")


def test_white_space_around_a_reference_is_ignored():
    assert parse_reference(" \t\nnginx:1.27\r\n") == Reference("docker.io", "library/nginx", "1.27")


def test_longest_repository_tag_and_port_are_accepted():
    text = f"localhost:65535/{'a' * 255}:{'b' * 128}"
    assert parse_reference(text) == Reference("localhost:65535", "a" * 255, "b" * 128)


def test_library_counts_in_the_length_of_a_repository():
    """``library/`` and 248 characters are 256: one more than any registry takes."""
    assert parse_reference("a" * 247).repository == "library/" + "a" * 247
    with pytest.raises(InvalidReferenceError, match="longer than 255"):
        parse_reference("a" * 248)


def test_zeros_before_a_port_are_dropped():
    assert parse_reference("localhost:05000/app").registry == "localhost:5000"


@pytest.mark.parametrize(
    ("text", "familiar_name"),
    [
        ("docker.io/foo.example/app", "docker.io/foo.example/app"),
        ("docker.io/localhost/app", "docker.io/localhost/app"),
        (f"docker.io/{HEX}", f"library/{HEX}"),
        ("docker.io/sha256", "library/sha256"),
        ("docker.io/localhost", "localhost"),
        ("docker.io/library", "library"),
    ],
)
def test_familiar_name_is_never_read_back_as_something_else(text: str, familiar_name: str):
    """Docker's own familiar names of the first three lead to another host, or nowhere."""
    reference = parse_reference(text)
    assert reference.familiar_name == familiar_name
    assert parse_reference(familiar_name) == reference


def test_name_under_a_digest_like_tag_is_still_a_name():
    reference = parse_reference(f"docker.io/library/{SHA256}")
    assert (reference.repository, reference.tag) == ("library/sha256", SHA256[7:])
    assert parse_reference(reference.familiar) == reference


def test_pinned_names_the_digest_and_no_tag():
    assert parse_reference("nginx:1.27").pinned(SHA256) == f"nginx@{SHA256}"


def test_with_digest_keeps_the_tag():
    assert parse_reference("nginx:1.27").with_digest(SHA256) == parse_reference(f"nginx:1.27@{SHA256}")


def test_with_tag_drops_the_digest_which_would_win():
    assert parse_reference(f"nginx:1.26@{SHA256}").with_tag("1.27") == parse_reference("nginx:1.27")


def test_digest_that_is_none_never_gets_into_a_reference():
    """CVE-2024-3727: a digest that reaches a URL unchecked turns one request into another."""
    reference = parse_reference("nginx")
    for change in (reference.with_digest, reference.pinned):
        with pytest.raises(InvalidReferenceError):
            change("sha256:../../v2/x")


def test_tag_that_is_none_never_gets_into_a_reference():
    with pytest.raises(InvalidReferenceError):
        parse_reference("nginx").with_tag("../1.27")


def test_reference_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse_reference("nginx").tag = "1.27"  # type: ignore[misc]


def test_equal_references_are_one_key():
    assert len({parse_reference("nginx"), parse_reference("docker.io/library/nginx")}) == 1


def test_digests_of_both_registered_algorithms_are_accepted():
    for digest in (OTHER_SHA256, SHA512):
        assert parse_reference(f"nginx@{digest}").digest == digest
