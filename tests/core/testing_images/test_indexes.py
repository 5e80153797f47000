"""Images built by code are what the specifications say, down to the bytes: indexes."""

from __future__ import annotations

import pytest
from tests.core.testing_images.built import service

from portcall.testing import (
    Child,
    index,
)


def test_index_lists_platforms_in_order():
    amd, arm = service(), service(platform="linux/arm64/v8")
    built = index({"linux/amd64": amd, "linux/arm64/v8": arm}, annotations={"a": "b"})
    assert built.document == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {**amd.descriptor(), "platform": {"architecture": "amd64", "os": "linux"}},
            {**arm.descriptor(), "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}},
        ],
        "annotations": {"a": "b"},
    }
    assert built.child("linux/arm64/v8") is arm
    with pytest.raises(KeyError):
        built.child("linux/s390x")


def test_index_of_bare_images_takes_their_own_platforms():
    amd = service()
    assert index([amd]).manifest == index({"linux/amd64": amd}).manifest
    assert "platform" not in index([amd], platforms=False).document["manifests"][0]


def test_manifest_list_is_dockers_index():
    assert index([service(docker=True)], docker=True).media_type.endswith("manifest.list.v2+json")


def test_nested_index_brings_its_whole_family():
    inner = index([service()])
    outer = index([Child(inner)])
    assert [one.digest for one in outer.family()] == [inner.children[0].digest, inner.digest, outer.digest]


def test_child_carries_exotic_platforms_and_may_be_absent():
    windows = {"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.2527"}
    built = index([Child(service(), windows, {"a": "b"}, {"x": 1}, absent=True)])
    line = built.document["manifests"][0]
    assert (line["platform"], line["annotations"], line["x"]) == (windows, {"a": "b"}, 1)
    assert built.children == ()
