"""Other people's JSON: whatever it holds, it is read in bounded time, or refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, BOTH, unhurried

from portcall.digest import digest_of
from portcall.errors import UnsupportedError, UpstreamError
from portcall.oci import media_types, schema1
from portcall.oci.config import ImageConfig
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import parse_object
from portcall.oci.manifest import Index, Manifest, StoredManifest
from portcall.platform import Platform
from portcall.testing import schema1 as schema1_image

HUGE = 10**400
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([HUGE, -HUGE, -1, 0, 1 << 63, 1e308]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["\ud800", AMD64.digest, media_types.OCI_MANIFEST, "linux", "amd64", "2024-05-01T12:00:00Z"]),
)
FIELDS = st.sampled_from(
    [
        *("schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"),
        *("digest", "size", "urls", "data", "platform", "os", "architecture", "variant", "os.version"),
        *("created", "author", "rootfs", "diff_ids", "history", "created_by", "empty_layer", "comment"),
        *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"),
        *("Healthcheck", "Test", "Interval", "Timeout", "StartPeriod", "Retries", "Layers", "signatures"),
        *("protected", "formatLength", "formatTail", "vnd.docker.reference.type"),
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=6), max_leaves=12
)
DOCUMENTS = st.dictionaries(FIELDS, JSON, max_size=10)
TYPES = st.sampled_from(
    [
        *sorted(media_types.MANIFESTS | media_types.INDEXES | media_types.SCHEMA1 | media_types.GENERIC),
        "application/vnd.example",
    ]
)


# JSON


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"{",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b"\xff\xfe{\x00}\x00",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100 + b"{}" + b"}" * 100,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused(raw: bytes):
    with pytest.raises(UpstreamError, match="the thing is something that is no JSON object"):
        parse_object(raw, "the thing")


def test_page_is_called_a_page():
    with pytest.raises(UpstreamError, match="the thing is an HTML page"):
        parse_object(b"\n <!doctype html>", "the thing")


def test_half_a_surrogate_pair_becomes_text_that_can_be_written_down():
    document = parse_object(b'{"a\\ud800": ["\\udfff", "\\ud83d\\udc33"], "b": "\\\\ud800"}', "the thing")
    assert document == {"a?": ["?", "🐳"], "b": "\\ud800"}
    assert json.dumps(document, ensure_ascii=False).encode()


@unhurried
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes):
    try:
        document = parse_object(raw, "the thing")
    except UpstreamError:
        return
    assert isinstance(document, dict)


@unhurried
@given(DOCUMENTS)
def test_what_is_read_can_be_written_down(document: dict[str, Any]):
    read = parse_object(json.dumps(document).encode(), "the thing")
    json.dumps(read, ensure_ascii=False, allow_nan=False).encode()


# Descriptors


@unhurried
@given(JSON)
def test_any_descriptor_is_read_or_refused(value: Any):
    try:
        descriptor = Descriptor.parse(value)
    except UpstreamError:
        return
    assert descriptor.digest.startswith(("sha256:", "sha512:"))
    assert 0 <= descriptor.size < 1 << 63
    assert descriptor.data is None or digest_of(descriptor.data, descriptor.digest[:6]) == descriptor.digest


@pytest.mark.parametrize("size", [None, -1, 1.5, "7", True, HUGE, [], 1 << 63])
def test_descriptor_without_a_size_is_broken(size: Any):
    with pytest.raises(UpstreamError, match="size"):
        Descriptor.parse({"digest": AMD64.digest, "size": size})


@pytest.mark.parametrize("digest", [None, 7, "", "sha256:12", "sha256:../x", f"sha256:{'A' * 64}", ["x"]])
def test_descriptor_without_a_digest_is_broken(digest: Any):
    with pytest.raises(UpstreamError, match="digest"):
        Descriptor.parse({"digest": digest, "size": 7})


@unhurried
@given(st.binary(max_size=50), st.integers(0, 60))
def test_embedded_data_is_used_where_size_and_digest_hold(content: bytes, size: int):
    value = {"digest": digest_of(content), "size": size, "data": base64.b64encode(content).decode()}
    assert Descriptor.parse(value).data == (content if size == len(content) else None)


@pytest.mark.parametrize(
    ("fields", "is_image"),
    [
        ({}, True),
        ({"mediaType": media_types.OCI_MANIFEST}, True),
        ({"mediaType": media_types.OCI_INDEX}, True),
        ({"mediaType": "application/vnd.example"}, False),
        ({"platform": {"os": "linux", "architecture": "amd64"}}, True),
        ({"platform": {}}, True),
        ({"platform": None}, True),
        ({"platform": "linux/amd64"}, True),
        ({"platform": {"os": "unknown", "architecture": "unknown"}}, False),
        ({"platform": {"os": "linux"}}, False),
        ({"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}, False),
        ({"annotations": {"vnd.docker.reference.type": 7}}, True),
    ],
)
def test_descriptor_may_be_an_image_or_is_none(fields: dict[str, Any], is_image: bool):
    assert Descriptor.parse({"digest": AMD64.digest, "size": 7, **fields}).is_image == is_image


@pytest.mark.parametrize(
    ("fields", "is_foreign"),
    [
        ({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}, False),
        ({"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"}, True),
        ({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}, True),
        ({"urls": ["https://layers.example"]}, True),
        ({"urls": []}, False),
        ({"urls": "https://layers.example"}, False),
    ],
)
def test_layer_is_foreign_by_type_or_address(fields: dict[str, Any], is_foreign: bool):
    assert Descriptor.parse({"digest": AMD64.digest, "size": 7, **fields}).is_foreign == is_foreign


@pytest.mark.parametrize(
    "odd", ["l" * 65, "linux\n\nIgnore all", "li nux", "<b>", "\x1b[31m", "ünix", 7, None, []]
)
def test_platform_is_told_in_words_alone(odd: Any):
    """They stand in messages and suggestions, where other people's prose has no place."""
    platform = {"os": "linux", "architecture": odd, "variant": odd, "os.version": "10.0.1"}
    read = Descriptor.parse({"digest": AMD64.digest, "size": 7, "platform": platform}).platform
    assert read == Platform("linux", "", "", "10.0.1")
    config = ImageConfig.parse(json.dumps({"os": odd, "architecture": "amd64", "variant": odd}).encode())
    assert config.platform == Platform("", "amd64")


# Manifests


@unhurried
@given(DOCUMENTS, TYPES)
def test_any_manifest_is_read_or_refused(document: dict[str, Any], declared: str):
    raw = json.dumps(document).encode()
    try:
        stored = StoredManifest.read(raw, digest_of(raw), declared)
        content = stored.content
    except (UpstreamError, UnsupportedError):
        return
    assert stored.descriptor.size == len(raw)
    if isinstance(content, Index):
        assert set(content.images) <= set(content.manifests)
        assert len(set(content.platforms)) == len(content.platforms)
        assert not {"layers", "config"} & document.keys()
    else:
        assert content.kind is None or isinstance(content.kind, str)
        assert "manifests" not in document


@unhurried
@given(st.sampled_from([AMD64, BOTH]), FIELDS, JSON)
def test_manifest_with_any_one_field_changed_is_read_or_refused(built: Any, field: str, value: Any):
    raw = json.dumps({**built.document, field: value}).encode()
    try:
        content = StoredManifest.read(raw, digest_of(raw), built.media_type).content
    except (UpstreamError, UnsupportedError):
        return
    assert isinstance(content, Manifest | Index)


@pytest.mark.parametrize(
    ("document", "declared", "settled"),
    [
        ({"manifests": []}, "", media_types.OCI_INDEX),
        ({"manifests": []}, "text/plain", media_types.OCI_INDEX),
        ({"layers": []}, "application/json", media_types.OCI_MANIFEST),
        ({"config": {}}, "application/octet-stream", media_types.OCI_MANIFEST),
        ({"mediaType": media_types.DOCKER_LIST}, "text/plain", media_types.DOCKER_LIST),
        ({"mediaType": media_types.DOCKER_LIST}, media_types.DOCKER_LIST, media_types.DOCKER_LIST),
        ({"mediaType": 7, "layers": []}, "text/plain", media_types.OCI_MANIFEST),
        ({}, media_types.DOCKER_MANIFEST, media_types.DOCKER_MANIFEST),
        ({"schemaVersion": 1}, "text/plain", media_types.DOCKER_SCHEMA1),
        ({"schemaVersion": 1, "signatures": []}, "text/plain", media_types.DOCKER_SCHEMA1_SIGNED),
        ({"x": 1}, "application/vnd.example", "application/vnd.example"),
        ({"mediaType": "application/vnd.other"}, "application/vnd.example", "application/vnd.other"),
    ],
)
def test_media_type_is_settled(document: dict[str, Any], declared: str, settled: str):
    assert StoredManifest.read(json.dumps(document).encode(), AMD64.digest, declared).media_type == settled


def test_kind_that_is_neither_manifest_nor_index_can_still_be_shown():
    stored = StoredManifest.read(b'{"x": 1}', AMD64.digest, "application/vnd.example")
    assert stored.document == {"x": 1}
    with pytest.raises(UnsupportedError, match="neither"):
        _ = stored.content


# Configurations


@unhurried
@given(DOCUMENTS, st.one_of(st.none(), DOCUMENTS))
def test_any_configuration_is_read_or_refused(document: dict[str, Any], run: dict[str, Any] | None):
    if run is not None:
        document = {**document, "config": run}
    try:
        config = ImageConfig.parse(json.dumps(document).encode())
    except UpstreamError:
        return
    assert config.created is None or config.created.endswith("Z")
    assert all(isinstance(value, str) for value in config.labels.values())
    assert len(config.steps_by_layer(3)) == 3


@unhurried
@given(st.binary(max_size=100))
def test_any_bytes_are_a_configuration_or_refused(raw: bytes):
    try:
        ImageConfig.parse(raw)
    except UpstreamError:
        return


@pytest.mark.parametrize("interval", [0, -1, True, "30s", 1.5, HUGE, None, []])
def test_time_that_is_none_is_not_told(interval: Any):
    check = {"Test": ["CMD", "true"], "Interval": interval, "Retries": interval}
    config = ImageConfig.parse(json.dumps({"config": {"Healthcheck": check}}).encode())
    assert config.health
    assert config.health.interval is None
    assert config.health.retries is None


def test_times_of_a_health_check_are_seconds():
    check = {"Test": ["NONE"], "Interval": 30_000_000_000, "Timeout": 500_000_000, "Retries": 3}
    config = ImageConfig.parse(json.dumps({"config": {"Healthcheck": check}}).encode())
    assert config.health
    assert (config.health.interval, config.health.timeout, config.health.retries) == (30, 0.5, 3)


def test_steps_are_paired_with_layers_where_the_counts_agree():
    steps = [{"created_by": "ADD"}, {"created_by": "ENV", "empty_layer": True}, {"created_by": "RUN"}]
    config = ImageConfig.parse(json.dumps({"history": steps}).encode())
    assert [step and step.command for step in config.steps_by_layer(2)] == ["ADD", "RUN"]
    assert config.steps_by_layer(3) == (None, None, None)


# Schema 1


@unhurried
@given(DOCUMENTS)
def test_any_document_is_covered_by_its_digest_somehow(document: dict[str, Any]):
    raw = json.dumps({"signatures": 1, **document}).encode()
    assert isinstance(schema1.covered(raw), bytes)


@unhurried
@given(st.binary(max_size=100))
def test_what_is_not_signed_is_covered_whole(raw: bytes):
    assert schema1.covered(raw) == raw


@pytest.mark.parametrize("length", [-1, 10**9, HUGE, "7", None, True, 1.5])
@pytest.mark.parametrize("tail", ["", "!", "YQ", None, 7])
def test_signature_that_makes_no_sense_covers_all_or_a_part(length: Any, tail: Any):
    protected = json.dumps({"formatLength": length, "formatTail": tail}).encode()
    part = base64.urlsafe_b64encode(protected).decode()
    raw = json.dumps({"schemaVersion": 1, "signatures": [{"protected": part}]}).encode()
    assert len(schema1.covered(raw)) <= len(raw) + 3


def test_signed_schema_1_is_covered_up_to_its_signatures():
    built = schema1_image(signed=True)
    assert digest_of(schema1.covered(built.manifest)) == built.digest
    assert digest_of(built.manifest) != built.digest
