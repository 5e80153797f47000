"""Images built by code are what the specifications say, down to the bytes: attestations and artifacts."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from tests.core.testing_images.built import members, service

from portcall.digest import digest_of
from portcall.testing import (
    Build,
    Package,
    artifact,
    attestation,
    helm_chart,
    index,
    raw_manifest,
    schema1,
)


@pytest.mark.parametrize("slsa", ["v1", "v0.2"])
def test_attestation_speaks_of_its_image_and_carries_the_dockerfile(slsa: Any):
    built = service()
    base = ("docker.io/library/debian:12", f"sha256:{'ab' * 32}")
    attested = attestation(
        built,
        name="registry.example/shop/api:1.4.2",
        dockerfile="FROM debian:12\n",
        packages=[Package("libc6", "2.36-9")],
        build=Build(base=base, args=(("VERSION", "1"),), target="run"),
        slsa=slsa,
    )
    kinds = [one["annotations"]["in-toto.io/predicate-type"] for one in attested.document["layers"]]
    assert kinds == ["https://spdx.dev/Document", f"https://slsa.dev/provenance/{slsa}"]
    sbom, provenance = (json.loads(attested.blobs[one["digest"]]) for one in attested.document["layers"])
    for statement, kind in zip((sbom, provenance), kinds, strict=True):
        assert statement["predicateType"] == kind
        assert statement["subject"][0]["digest"] == {"sha256": built.digest.removeprefix("sha256:")}
        name = "pkg:docker/registry.example/shop/api@1.4.2?platform=linux%2Famd64"
        assert statement["subject"][0]["name"] == name
    assert sbom["predicate"]["packages"][0]["name"] == "libc6"
    predicate = provenance["predicate"]
    source = (
        predicate["runDetails"]["metadata"]["buildkit_metadata"]
        if slsa == "v1"
        else predicate["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]
    )["source"]
    assert base64.b64decode(source["infos"][0]["data"]) == b"FROM debian:12\n"
    materials = predicate["buildDefinition"]["resolvedDependencies"] if slsa == "v1" else predicate["materials"]
    assert materials[0]["digest"] == {"sha256": "ab" * 32}
    assert materials[0]["uri"] == "pkg:docker/docker.io/library/debian@12?platform=linux%2Famd64"


def test_minimal_provenance_has_no_dockerfile():
    attested = attestation(service(), sbom=False)
    (blob,) = (attested.blobs[one["digest"]] for one in attested.document["layers"])
    assert b'"source":{' not in blob


def test_index_hides_attestations_behind_unknown_platforms():
    built = service()
    attested = attestation(built, name="app:1")
    line = index([built], attestations=[attested]).document["manifests"][1]
    assert line == {
        **attested.descriptor(),
        "platform": {"architecture": "unknown", "os": "unknown"},
        "annotations": {
            "vnd.docker.reference.digest": built.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        },
    }


def test_newer_attestations_are_artifacts_with_a_subject():
    built = service()
    attested = attestation(built, as_artifact=True)
    assert attested.document["subject"] == built.descriptor()
    assert attested.document["artifactType"] == "application/vnd.docker.attestation.manifest.v1+json"
    assert all(one["digest"] in attested.blobs for one in attested.document["layers"])
    line = index([built], attestations=[attested]).document["manifests"][1]
    assert line["artifactType"] == attested.document["artifactType"]


def test_artifact_without_files_has_the_empty_layer():
    built = artifact("application/vnd.example", subject=service(), annotations={"a": "b"})
    document = built.document
    empty = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": digest_of(b"{}"),
        "size": 2,
        "data": "e30=",
    }
    assert document["config"] == empty
    assert document["layers"] == [empty]
    assert built.blobs == {digest_of(b"{}"): b"{}"}


def test_artifact_files_carry_their_titles():
    built = artifact(
        "application/vnd.example", {"a.json": b"1"}, file_type="application/json", config=("x/y", b"c")
    )
    assert built.document["config"]["mediaType"] == "x/y"
    assert built.document["layers"][0]["annotations"] == {"org.opencontainers.image.title": "a.json"}
    assert set(built.blobs.values()) == {b"1", b"c"}


def test_helm_chart_is_an_archive_under_its_name():
    built = helm_chart("shop", "0.3.1", files={"values.yaml": "replicas: 2\n"})
    archive = gzip.decompress(built.blobs[built.document["layers"][0]["digest"]])
    assert [one.name for one in members(archive)] == ["shop/Chart.yaml", "shop/values.yaml"]
    config = json.loads(built.blobs[built.document["config"]["digest"]])
    assert (config["name"], config["version"], config["apiVersion"]) == ("shop", "0.3.1", "v2")


def test_schema_1_digest_covers_the_payload_without_signatures():
    built, unsigned = schema1(), schema1(signed=False)
    document = built.document
    (signature,) = document.pop("signatures")
    assert document == unsigned.document
    protected = json.loads(base64.urlsafe_b64decode(signature["protected"] + "=="))
    tail = base64.urlsafe_b64decode(protected["formatTail"] + "==")
    payload = built.manifest[: protected["formatLength"]] + tail
    assert built.digest == digest_of(payload) == unsigned.digest
    assert built.media_type.endswith("v1+prettyjws")


def test_raw_manifest_is_whatever_it_is_given():
    built = raw_manifest(b"garbage", "text/html", blobs=(b"x",), platform="linux/amd64")
    assert (built.manifest, built.media_type, built.platform) == (b"garbage", "text/html", "linux/amd64")
    assert built.blobs == {digest_of(b"x"): b"x"}
