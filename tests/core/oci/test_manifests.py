"""Manifests: identified by their bytes, believed where header and body agree, whatever the registry leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.http.asking import (
    AMD64,
    ARM64,
    BOTH,
    REPOSITORY,
    asking,
    bench,
    entry,
    refused,
    serving,
)

from portcall.digest import digest_of
from portcall.oci import media_types
from portcall.testing import (
    Child,
    FakeRegistry,
    amend,
    artifact,
    attestation,
    bad_manifests,
    encode,
    helm_chart,
    image,
    index,
    layer,
    odd_manifests,
    quirks,
    raw_manifest,
    schema1,
)
from portcall.testing.quirks import Quirk

pytestmark = pytest.mark.anyio

GENERIC = ["text/plain", "text/plain; charset=utf-8", "application/json", "application/octet-stream", ""]


def name_of(registry: FakeRegistry, tag: str = "1") -> str:
    return f"{registry.address.netloc}/{REPOSITORY}:{tag}"


# The digest


@pytest.mark.parametrize("identifier", ["1", AMD64.digest])
async def test_registry_that_tells_no_digest_is_believed_by_the_bytes(identifier: str):
    with serving(quirks.NoDigestHeader()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.manifest(REPOSITORY, identifier)).digest == AMD64.digest
        assert registry.fired(quirks.NoDigestHeader) == 1


@pytest.mark.parametrize(
    "header", ["sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "latest", f"SHA256:{'0' * 64}", "\xff"]
)
async def test_header_that_is_no_digest_counts_for_nothing(header: str):
    with serving(quirks.WrongDigestHeader(header)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.resolve(REPOSITORY, "1")).digest == AMD64.digest
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_header_that_names_other_bytes_is_a_mismatch():
    with serving(quirks.WrongDigestHeader()) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("digest_mismatch"):
                await gateway.get_image_details(name_of(registry))


async def test_pinned_digest_outranks_the_header():
    with serving(quirks.WrongDigestHeader()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.resolve(REPOSITORY, AMD64.digest)).digest == AMD64.digest
            assert (await distribution.manifest(REPOSITORY, AMD64.digest)).raw == AMD64.manifest


async def test_other_bytes_than_the_pinned_digest_names_are_refused_whatever_the_header_says():
    """CVE-2025-24882: the header was believed instead."""
    with serving() as registry:
        lie = quirks.Answer(
            200,
            body=ARM64.manifest,
            content_type=ARM64.media_type,
            headers={"Docker-Content-Digest": ARM64.digest},
            path="/manifests/sha256",
        )
        registry.add(lie)
        async with asking(entry(registry.address)) as gateway:
            pinned = f"{registry.address.netloc}/{REPOSITORY}@{AMD64.digest}"
            for _ in range(2):
                with refused("digest_mismatch", "other bytes", "Nothing of it was used"):
                    await gateway.get_image_details(pinned)
            registry.clear_quirks()
            assert (await gateway.get_image_details(pinned)).digest == AMD64.digest


@pytest.mark.parametrize("what", ["/manifests/sha256", "/blobs/"])
async def test_child_or_configuration_with_a_flipped_bit_is_refused(what: str):
    with serving(quirks.FlippedBit(path=what)) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("digest_mismatch"):
                await gateway.get_image_details(name_of(registry, "latest"))


async def test_sha512_is_checked_like_any_other():
    built = image([layer({"a": "1"})], algorithm="sha512")
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["sha512"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "sha512"))
            pinned = await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}@{built.digest}")
            assert detail.digest == pinned.digest == built.digest
            registry.add(quirks.FlippedBit(path="/blobs/sha512"))
    assert built.digest.startswith("sha512:")


async def test_header_of_another_algorithm_does_not_change_what_was_asked_for():
    longer = digest_of(AMD64.manifest, "sha512")
    with serving(quirks.WrongDigestHeader(longer)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.manifest(REPOSITORY, AMD64.digest)).digest == AMD64.digest
            assert (await distribution.manifest(REPOSITORY, "1")).digest == longer


# HEAD


@pytest.mark.parametrize(
    "quirk",
    [
        *(quirks.HeadRefused(status) for status in (400, 403, 404, 405, 406, 501)),
        quirks.BareHead(),
        quirks.NoDigestHeader(),
        *(quirks.OtherContentType(kind) for kind in GENERIC),
    ],
    ids=repr,
)
async def test_head_that_tells_too_little_is_followed_by_a_get(quirk: Quirk):
    with serving(quirk) as registry:
        async with bench() as made:
            descriptor = await made.distribution(registry.address).resolve(REPOSITORY, "latest")
        assert [one.method for one in registry.requests] == ["HEAD", "GET"]
    assert (descriptor.media_type, descriptor.digest) == (BOTH.media_type, BOTH.digest)
    assert descriptor.size == BOTH.size


async def test_head_that_tells_enough_is_all():
    with serving(quirks.ContentTypeParameters()) as registry:
        async with bench() as made:
            descriptor = await made.distribution(registry.address).resolve(REPOSITORY, "latest")
        assert [one.method for one in registry.requests] == ["HEAD"]
    assert (descriptor.media_type, descriptor.digest) == (BOTH.media_type, BOTH.digest)
    assert descriptor.size == BOTH.size


async def test_missing_tag_is_asked_for_by_get_for_the_reason():
    with serving() as registry:
        async with bench() as made:
            with refused("not_found", "repository no/such"):
                await made.distribution(registry.address).resolve("no/such", "1")
            with refused("not_found", f"manifest {REPOSITORY}:no-such-tag"):
                await made.distribution(registry.address).resolve(REPOSITORY, "no-such-tag")


@pytest.mark.parametrize("quirk", [quirks.StrictAccept(), quirks.ChildInsteadOfIndex()], ids=repr)
async def test_every_type_is_accepted_always(quirk: Quirk):
    """A registry that is not told about indexes denies that the tag exists, or answers with a child."""
    with serving(quirk) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            assert (await distribution.resolve(REPOSITORY, "latest")).digest == BOTH.digest
            assert (await distribution.manifest(REPOSITORY, "latest")).digest == BOTH.digest


# The media type


@pytest.mark.parametrize(
    "quirk",
    [quirks.ContentTypeParameters(), *(quirks.OtherContentType(kind) for kind in GENERIC)],
    ids=repr,
)
@pytest.mark.parametrize("speaks", [True, False], ids=["mediaType", "no mediaType"])
async def test_content_type_that_says_nothing_is_made_up_for_by_the_content(quirk: Quirk, speaks: bool):
    changes: dict[str, Any] = {} if speaks else {"mediaType": None}
    single, several = amend(AMD64, **changes), amend(BOTH, **changes)
    with serving(quirk) as registry:
        registry.push(REPOSITORY, single, tags=["single"])
        registry.push(REPOSITORY, several, tags=["several"])
        async with asking(entry(registry.address)) as gateway:
            one = await gateway.get_image_details(name_of(registry, "single"))
            many = await gateway.get_image_details(name_of(registry, "several"))
    assert (one.media_type, one.platform) == (media_types.OCI_MANIFEST, "linux/amd64")
    assert (many.media_type, len(many.platforms)) == (media_types.OCI_INDEX, 2)


@pytest.mark.parametrize(
    ("built", "served_as"),
    [
        (AMD64, media_types.OCI_INDEX),
        (AMD64, media_types.DOCKER_MANIFEST),
        (AMD64, media_types.DOCKER_SCHEMA1_SIGNED),
        (BOTH, media_types.OCI_MANIFEST),
        (BOTH, media_types.DOCKER_LIST),
    ],
)
async def test_header_and_body_that_contradict_each_other_are_refused(built: Any, served_as: str):
    """CVE-2021-41190: clients disagree on what such a thing is."""
    with serving(quirks.OtherContentType(served_as)) as registry:
        registry.push(REPOSITORY, built, tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "ambiguous"):
                await gateway.get_image_details(name_of(registry, "odd"))


@pytest.mark.parametrize(
    ("built", "served_as"), [(AMD64, media_types.OCI_INDEX), (BOTH, media_types.OCI_MANIFEST)]
)
async def test_silent_body_of_another_shape_than_its_header_is_refused(built: Any, served_as: str):
    with serving(quirks.OtherContentType(served_as)) as registry:
        registry.push(REPOSITORY, amend(built, mediaType=None), tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "ambiguous"):
                await gateway.get_image_details(name_of(registry, "odd"))


@pytest.mark.parametrize("name", sorted(bad_manifests()))
async def test_bad_manifest_is_refused(name: str):
    built = bad_manifests()[name]
    code = "unsupported" if name.startswith("schema1") else "upstream_error"
    words = ["at once"] if name.startswith("manifests-and-") else []
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["bad"])
        async with asking(entry(registry.address)) as gateway:
            with refused(code, *words):
                await gateway.get_image_details(name_of(registry, "bad"))
        # Nothing that a bad manifest points at was asked for.
        assert {one.kind for one in registry.requests} == {"manifest"}


@pytest.mark.parametrize("field", ["Layers", "LAYERS", "Config", "Manifests", "MediaType", "ſchemaVersion"])
@pytest.mark.parametrize("also", [True, False], ids=["beside", "instead"])
async def test_field_that_go_would_read_and_others_not_is_refused(field: str, also: bool):
    """Engines are written in Go, whose JSON reader does not mind the case: they would run something else."""
    usual = next(
        known
        for known in ("layers", "config", "manifests", "mediaType", "schemaVersion")
        if known.casefold() == field.casefold()
    )
    document = AMD64.document
    value = document.get(usual, [])
    if not also:
        document.pop(usual, None)
    with serving() as registry:
        registry.push(REPOSITORY, raw_manifest({**document, field: value}, AMD64.media_type), tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "ambiguous"):
                await gateway.get_image_details(name_of(registry, "odd"))


async def test_descriptor_field_that_go_would_read_is_refused():
    document = AMD64.document
    document["config"]["Digest"] = ARM64.config_digest
    with serving() as registry:
        registry.push(REPOSITORY, raw_manifest(document, AMD64.media_type), tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "ambiguous"):
                await gateway.get_image_details(name_of(registry, "odd"))


async def test_configuration_field_that_go_would_read_is_refused():
    config = encode({**AMD64.config, "config": {"User": "nobody", "user": "root"}})
    document = AMD64.document
    document["config"] |= {"digest": digest_of(config), "size": len(config)}
    with serving() as registry:
        registry.push(REPOSITORY, raw_manifest(document, AMD64.media_type, blobs=(config,)), tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "ambiguous"):
                await gateway.get_image_details(name_of(registry, "odd"))


@pytest.mark.parametrize(
    "body", [b"<html><title>Sign in</title></html>", b"", b"null", b"\x00\x01", b'{"a": NaN}']
)
async def test_what_is_no_manifest_is_the_registrys_fault_and_never_not_found(body: bytes):
    with serving(quirks.Answer(200, body=body, content_type="text/html")) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "endpoint"):
                await gateway.get_image_details(name_of(registry))


# Schema 1


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("header", [True, False], ids=["digest told", "digest not told"])
@pytest.mark.parametrize("pinned", [False, True])
async def test_schema_1_is_explained(signed: bool, header: bool, pinned: bool):
    """The digest of a signed one covers what is signed, not what is served."""
    built = schema1(signed=signed)
    with serving(*([] if header else [quirks.NoDigestHeader()])) as registry:
        registry.push(REPOSITORY, built, tags=["old"])
        name = f"{registry.address.netloc}/{REPOSITORY}"
        async with asking(entry(registry.address)) as gateway:
            asked = f"{name}@{built.digest}" if pinned else f"{name}:old"
            with refused("unsupported", "schema 1", "push it anew"):
                await gateway.get_image_details(asked)
            shown = await gateway.get_manifest(asked)
    assert shown.digest == built.digest
    assert shown.manifest["schemaVersion"] == 1
    assert "signatures" not in shown.manifest


async def test_signed_schema_1_that_was_changed_is_a_mismatch():
    built = schema1()
    forged = built.manifest.replace(b"amd64", b"arm64")
    with serving() as registry:
        registry.push(REPOSITORY, built)
        registry.add(quirks.Answer(200, body=forged, content_type=built.media_type))
        async with asking(entry(registry.address)) as gateway:
            with refused("digest_mismatch"):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}@{built.digest}")


async def test_signatures_do_not_smuggle_fields_past_a_digest():
    """A pinned schema 2 manifest, wrapped as if schema 1 had signed it, shows what was pinned alone."""
    wrapped = _wrapped(AMD64.manifest, b'"layers":[],"annotations":{"forged":"yes"},"schemaVersion":1')
    with serving(quirks.Answer(200, body=wrapped, content_type="text/plain")) as registry:
        async with asking(entry(registry.address)) as gateway:
            shown = await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}@{AMD64.digest}")
    assert shown.manifest == AMD64.document


def _wrapped(payload: bytes, forged: bytes) -> bytes:
    import base64
    import json

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    protected = json.dumps({"formatLength": len(payload) - 1, "formatTail": part(b"}")}).encode()
    signatures = json.dumps([{"protected": part(protected)}]).encode()
    return payload[:-1] + b',"signatures":' + signatures + b"," + forged + b"}"


# What is odd and legal


@pytest.mark.parametrize("name", sorted(odd_manifests()))
async def test_odd_manifest_is_read(name: str):
    built = odd_manifests()[name]
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            shown = await gateway.get_manifest(name_of(registry, "odd"))
            detail = await gateway.get_image_details(name_of(registry, "odd"))
    assert shown.digest == detail.digest == built.digest
    assert shown.size == built.size
    assert shown.manifest == built.document


async def test_embedded_configuration_saves_a_request():
    built = image([layer({"a": "1"})], embed=True, labels={"team": "shop"})
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["embedded"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "embedded"))
        assert registry.count("blob") == 0
    assert detail.labels == {"team": "shop"}


@pytest.mark.parametrize("data", ["bm90IGl0", "not base64!", "", 7, ["x"]])
async def test_embedded_data_that_is_not_what_its_digest_names_is_not_used(data: Any):
    document = AMD64.document
    document["config"]["data"] = data
    built = raw_manifest(document, AMD64.media_type, blobs=tuple(AMD64.blobs.values()))
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["odd"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "odd"))
        assert registry.count("blob") == 1
    assert detail.labels == {"team": "shop"}


@pytest.mark.parametrize(
    ("built", "kind"),
    [
        (helm_chart("app", "0.1.0"), "application/vnd.cncf.helm.config.v1+json"),
        (artifact("application/vnd.example.sbom.v1+json", {"a": b"{}"}), "application/vnd.example.sbom.v1+json"),
    ],
)
async def test_artifact_answers_with_what_it_has(built: Any, kind: str):
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["artifact"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "artifact"))
        assert registry.count("blob") == 0
    assert detail.artifact_type == kind
    assert detail.layers
    assert detail.platform is None
    assert detail.warnings != ()


@pytest.mark.parametrize("marked", [True, False], ids=["attestation", "unknown/unknown"])
async def test_attestation_is_never_chosen(marked: bool):
    odd = attestation(AMD64)
    children: list[Any] = [Child(odd, "unknown/unknown"), Child(AMD64, "linux/amd64")]
    built = index([AMD64], attestations=[odd]) if marked else index(children)
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["attested"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "attested"))
    assert detail.platform_digest == AMD64.digest
    assert detail.platforms == ("linux/amd64",)


@pytest.mark.parametrize("platform", [None, {}])
async def test_children_that_do_not_say_their_platform_are_asked_for_it(platform: Any):
    children = [Child(ARM64, platform), Child(AMD64, platform)]
    with serving() as registry:
        registry.push(REPOSITORY, index(children), tags=["silent"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "silent"), platform="linux/amd64")
    assert (detail.platform_digest, detail.platform) == (AMD64.digest, "linux/amd64")


async def test_nested_index_is_opened():
    with serving() as registry:
        registry.push(REPOSITORY, index([Child(index([ARM64])), Child(index([AMD64]))]), tags=["nested"])
        async with asking(entry(registry.address)) as gateway:
            detail = await gateway.get_image_details(name_of(registry, "nested"), platform="linux/arm64")
    assert detail.platform_digest == ARM64.digest


async def test_index_that_nests_without_end_is_opened_so_deep_and_no_deeper():
    built: Any = AMD64
    for _ in range(40):
        built = index([Child(built)])
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["deep"])
        async with asking(entry(registry.address)) as gateway:
            with refused("too_large"):
                await gateway.get_image_details(name_of(registry, "deep"), platform="linux/amd64")
        assert registry.count("manifest") <= 6


async def test_index_that_is_as_wide_as_deep_is_not_opened_everywhere():
    built: Any = AMD64
    for level in range(3):
        built = index([Child(amend(index([Child(built)]), **{f"x-{level}-{n}": n})) for n in range(20)])
    with serving() as registry:
        registry.push(REPOSITORY, built, tags=["wide"])
        async with asking(entry(registry.address)) as gateway:
            with refused("too_large"):
                await gateway.get_image_details(name_of(registry, "wide"), platform="linux/s390x")
        assert registry.count("manifest") <= 64


async def test_index_that_claims_to_hold_itself_is_caught_by_the_digest():
    """No document can hold its own digest: a registry that goes round in circles has to lie."""
    claimed = digest_of(b"itself")
    body = encode(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [{"mediaType": media_types.OCI_INDEX, "digest": claimed, "size": 100}],
        }
    )
    circle = quirks.Answer(200, body=body, content_type=media_types.OCI_INDEX)
    with serving(circle) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("digest_mismatch"):
                await gateway.get_image_details(name_of(registry))
        assert len(registry.requests) == 2
