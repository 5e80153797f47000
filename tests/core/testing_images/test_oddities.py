"""Images built by code are what the specifications say, down to the bytes: oddities."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portcall.digest import matches
from portcall.testing import (
    BuiltManifest,
    bad_manifests,
    odd_manifests,
)


@pytest.mark.parametrize("name", odd_manifests())
def test_odd_manifest_is_json_and_its_digest_true(name: str):
    built = odd_manifests()[name]
    assert isinstance(built.document, dict)
    assert matches(built.digest, built.manifest)
    assert not {"manifests", "layers"} <= set(built.document)


def test_odd_manifests_are_what_their_names_say():
    odd = odd_manifests()

    def config(name: str) -> Any:
        built = odd[name]
        return json.loads(built.blobs[built.document["config"]["digest"]])

    assert "mediaType" not in odd["no-media-type"].document
    assert odd["no-layers"].document["layers"] == []
    assert "history" not in config("no-history")
    assert config("empty-history")["history"] == []
    assert len(config("history-too-short")["history"]) < len(odd["history-too-short"].document["layers"])
    assert len(config("history-too-long")["history"]) > len(odd["history-too-long"].document["layers"])
    assert odd["layer-is-absent"].document["layers"][0]["digest"] not in odd["layer-is-absent"].blobs
    assert odd["empty-index"].document["manifests"] == []
    assert odd["null-index"].document["manifests"] is None
    assert "manifests" not in odd["index-of-nothing-at-all"].document
    assert odd["nested-index"].document["manifests"][0]["mediaType"].endswith("index.v1+json")
    assert len(odd["wide-index"].document["manifests"]) == 1000
    assert all("platform" not in line for line in odd["no-platforms"].document["manifests"])


@pytest.mark.parametrize("name", bad_manifests())
def test_bad_manifest_is_served_as_a_manifest_all_the_same(name: str):
    built = bad_manifests()[name]
    assert isinstance(built, BuiltManifest)
    assert built.media_type.endswith(("+json", "+prettyjws"))
    assert name == "schema1-signed" or matches(built.digest, built.manifest)
