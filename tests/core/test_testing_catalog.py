"""The demo's registry: real images, many tags, the same digests on every machine."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from portcall.digest import matches
from portcall.testing import BearerAuth, BuiltImage, BuiltIndex, demo_catalog, demo_registry

CATALOG = {f"{entry.repository}:{tag}": entry.built for entry in demo_catalog() for tag in entry.tags}


def digests_of(repository: str) -> dict[str, str]:
    return {
        name.partition(":")[2]: built.digest
        for name, built in CATALOG.items()
        if name.startswith(f"{repository}:")
    }


def amd64(name: str) -> BuiltImage:
    built = CATALOG[name]
    assert isinstance(built, BuiltIndex)
    child = built.child("linux/amd64")
    assert isinstance(child, BuiltImage)
    return child


def test_every_digest_and_size_in_it_is_true():
    for built in CATALOG.values():
        for member in built.family():
            document = member.document
            assert matches(member.digest, member.manifest)
            assert all(matches(digest, blob) for digest, blob in member.blobs.items())
            lines = [*document.get("layers", []), *([document["config"]] if "config" in document else [])]
            assert all(len(member.blobs[line["digest"]]) == line["size"] for line in lines)
            listed = {line["digest"] for line in document.get("manifests", [])}
            assert listed == {child.digest for child in member.children}


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("shop/api:1.4.2", "sha256:9c8bca59f52a1b4b52c95c14fc83e473e7ac530fb6d515097dcbfa2ae43cb7e2"),
        ("shop/gateway:1.5.1", "sha256:5e5e7c4ff08a231b94878d398298da581483c55c0a0ad22de68e4a0056000054"),
        ("shop/worker:2.0.0", "sha256:a1906b15287d99c85341b8378b6202fb508a131d36a14f4cfde6c48f240353a0"),
        ("charts/shop:0.3.1", "sha256:4f7df44f2c516aa1c794e7c1cfaada429ddb9a2f3cafa41af3a9602e94b35e6f"),
    ],
)
def test_digest_is_the_same_on_every_machine(name: str, digest: str):
    """Compression differs between zlibs; what the demo shows, and its documentation prints, may not."""
    assert CATALOG[name].digest == digest


def test_it_is_small_and_quickly_built():
    registry = demo_registry()
    blobs = {
        digest: len(blob) for shelf in registry.store.repositories.values() for digest, blob in shelf.blobs.items()
    }
    assert sum(blobs.values()) < 500_000
    assert min(_seconds_to_build() for _ in range(3)) < 0.3


def _seconds_to_build() -> float:
    began = time.perf_counter()
    demo_registry()
    return time.perf_counter() - began


def test_api_has_four_names_and_an_older_sibling():
    digests = digests_of("shop/api")
    assert digests["1.4.2"] == digests["1.4"] == digests["1"] == digests["latest"] != digests["1.4.1"]


def test_api_is_for_two_platforms():
    platforms = [line["platform"] for line in CATALOG["shop/api:latest"].document["manifests"]]
    assert platforms == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux", "variant": "v8"},
    ]


def test_api_says_how_it_runs_and_where_it_comes_from():
    config: Any = amd64("shop/api:1.4.2").config
    run = config["config"]
    assert run["User"] == "10001:10001"
    assert run["ExposedPorts"] == {"8080/tcp": {}}
    assert run["Healthcheck"]["Test"][0] == "CMD"
    assert run["Labels"]["org.opencontainers.image.version"] == "1.4.2"
    assert run["Labels"]["org.opencontainers.image.base.name"] == "registry.example/base/debian:12-slim"
    assert [line["created_by"].split()[0] for line in config["history"] if "empty_layer" not in line] == [
        "/bin/sh",
        "RUN",
        "RUN",
        "COPY",
        "RUN",
    ]


def test_api_was_built_on_a_base_that_has_moved_on():
    base = amd64("shop/api:1.4.2").document["annotations"]["org.opencontainers.image.base.digest"]
    digests = digests_of("base/debian")
    assert base == digests["12.5-slim"]
    assert digests["12-slim"] == digests["12.6-slim"] != base
    below = amd64("base/debian:12.5-slim").layers
    assert amd64("shop/api:1.4.2").layers[: len(below)] == below


def test_api_wastes_space_that_a_deep_analysis_finds():
    *_, cleaning = amd64("shop/api:1.4.2").layers
    assert b".wh.python3_3.11.2-1+b1.deb" in cleaning.blob


def test_releases_share_layers_but_for_what_changed():
    old, new = amd64("shop/api:1.4.1").layers, amd64("shop/api:1.4.2").layers
    assert [one.digest == other.digest for one, other in zip(old, new, strict=True)] == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_gateway_is_a_release_line_of_25_tags_over_14_digests():
    digests = digests_of("shop/gateway")
    assert len(digests) == 25
    assert len(set(digests.values())) == 14
    assert digests["1.5.1"] == digests["1.5"] == digests["1"] == digests["latest"] == digests["stable"]
    assert digests["1.5.0"] == digests["1.5.0-rc.2"] != digests["1.5.0-rc.1"]
    assert digests["edge"] == digests["20240501"] != digests["latest"]
    assert digests["alpine"] == digests["1.5.1-alpine"] != digests["1.5.1"]


def test_worker_carries_its_dockerfile_and_sbom():
    worker = CATALOG["shop/worker:2.0.0"]
    attestation = worker.children[2]
    sbom, provenance = (json.loads(attestation.blobs[x["digest"]]) for x in attestation.document["layers"])
    buildkit = provenance["predicate"]["runDetails"]["metadata"]["buildkit_metadata"]
    dockerfile = base64.b64decode(buildkit["source"]["infos"][0]["data"]).decode()
    assert dockerfile.startswith("# syntax=docker/dockerfile:1\nFROM golang:1.22-bookworm AS build\n")
    assert len(sbom["predicate"]["packages"]) == 3


def test_chart_is_no_image():
    assert CATALOG["charts/shop:0.3.1"].document["config"]["mediaType"].endswith("helm.config.v1+json")


def test_host_is_what_images_call_their_registry():
    labels = json.dumps([entry.built.document for entry in demo_catalog("hub.corp.example")])
    assert "hub.corp.example/base/debian:12-slim" in labels
    assert "registry.example" not in labels


def test_demo_registry_takes_the_options_of_any():
    registry = demo_registry(auth=BearerAuth(), page_size=3)
    assert isinstance(registry.auth, BearerAuth)
    assert registry.digest("shop/api", "1") == CATALOG["shop/api:1"].digest


@pytest.mark.parametrize("entry", demo_catalog(), ids=lambda entry: f"{entry.repository}:{entry.tags[0]}")
def test_layers_of_the_demo_are_gzip_archives_of_files(entry: Any):
    import gzip
    import io
    import tarfile

    for member in entry.built.family():
        for line in member.document.get("layers", []):
            if line["mediaType"].endswith("tar+gzip"):
                data = gzip.decompress(member.blobs[line["digest"]])
                with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
                    assert tar.getmembers()
