"""Images built by code are what the specifications say, down to the bytes: images."""

from __future__ import annotations

import base64
import gzip
import json

from tests.core.testing_images.built import PACKINGS, service

from portcall.digest import digest_of, is_digest, matches
from portcall.testing import (
    EPOCH,
    amend,
    image,
    layer,
)


def test_image_digests_sizes_and_diff_ids_are_true():
    built = service()
    document = built.document
    assert built.digest == digest_of(built.manifest)
    assert document["mediaType"] == built.media_type == "application/vnd.oci.image.manifest.v1+json"
    for descriptor in [document["config"], *document["layers"]]:
        blob = built.blobs[descriptor["digest"]]
        assert matches(descriptor["digest"], blob)
        assert descriptor["size"] == len(blob)
    config = json.loads(built.blobs[built.config_digest])
    assert config == built.config
    unpacked = [gzip.decompress(one.blob) for one in built.layers]
    assert config["rootfs"] == {"type": "layers", "diff_ids": [digest_of(data) for data in unpacked]}


def test_history_pairs_with_layers_by_skipping_empty_steps():
    history = service().config["history"]
    assert [line["created_by"] for line in history] == [
        "ADD rootfs /",
        'CMD ["bash"]',
        "COPY app /srv/",
        "USER app",
        'ENTRYPOINT ["/srv/app"]',
    ]
    assert [line.get("empty_layer", False) for line in history] == [False, True, False, True, True]
    assert all(line["created"] == EPOCH for line in history)


def test_config_holds_what_was_asked_for_and_no_more():
    built = image(
        platform="linux/arm/v7",
        author="Ada",
        labels={"team": "shop"},
        env=["A=1"],
        entrypoint=["/app"],
        cmd=[],
        user="1:1",
        workdir="/srv",
        ports=["80/tcp"],
        volumes=["/data"],
        healthcheck={"Test": ["NONE"]},
        stop_signal="SIGINT",
    )
    assert {key: built.config[key] for key in ("os", "architecture", "variant", "author")} == {
        "os": "linux",
        "architecture": "arm",
        "variant": "v7",
        "author": "Ada",
    }
    assert built.config["config"] == {
        "User": "1:1",
        "ExposedPorts": {"80/tcp": {}},
        "Env": ["A=1"],
        "Entrypoint": ["/app"],
        "Cmd": [],
        "Healthcheck": {"Test": ["NONE"]},
        "Volumes": {"/data": {}},
        "WorkingDir": "/srv",
        "Labels": {"team": "shop"},
        "StopSignal": "SIGINT",
    }
    assert "variant" not in image().config
    assert image(env=[]).config["config"] == {}


def test_docker_schema_2_has_dockers_media_types():
    foreign = layer({"a": "1"}, urls=["https://layers.example/a"])
    document = image([layer({"a": "1"}), foreign], docker=True).document
    types = [document["mediaType"], document["config"]["mediaType"], *(x["mediaType"] for x in document["layers"])]
    assert types == [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ]


def test_layers_are_named_by_their_packing():
    built = image([layer({"a": str(number)}, compression=how) for number, how in enumerate(PACKINGS)])
    assert [one["mediaType"].rpartition(".")[2] for one in built.document["layers"]] == [
        "tar+gzip",
        "tar+gzip",
        "tar+gzip",
        "tar+zstd",
        "tar+zstd",
        "tar",
    ]


def test_foreign_layer_is_listed_with_its_urls_and_not_pushed():
    foreign = layer({"a": "1"}, urls=["https://layers.example/a"])
    built = image([foreign])
    assert built.document["layers"][0]["urls"] == ["https://layers.example/a"]
    assert foreign.digest not in built.blobs


def test_sha512_names_config_layers_and_manifest():
    built = service(algorithm="sha512")
    document = built.document
    digests = [built.digest, document["config"]["digest"], *(one["digest"] for one in document["layers"])]
    assert all(is_digest(digest) and digest.startswith("sha512:") for digest in digests)
    assert all(matches(digest, blob) for digest, blob in built.blobs.items())


def test_embedded_config_is_the_config():
    descriptor = service(embed=True).document["config"]
    assert matches(descriptor["digest"], base64.b64decode(descriptor["data"]))


def test_fields_are_replaced_and_removed_on_request():
    built = image(config_fields={"history": None, "os": "plan9"}, manifest_fields={"mediaType": None, "x": 1})
    assert "history" not in built.config
    assert built.config["os"] == "plan9"
    assert "mediaType" not in built.document
    assert built.document["x"] == 1
    assert built.digest == digest_of(built.manifest)
    assert built.media_type == "application/vnd.oci.image.manifest.v1+json"


def test_amended_manifest_keeps_its_blobs_under_a_new_digest():
    built = service()
    other = amend(built, annotations={"a": "b"}, **{"x-future": [1]})
    assert other.document == {**built.document, "annotations": {"a": "b"}, "x-future": [1]}
    assert other.digest == digest_of(other.manifest) != built.digest
    assert other.blobs == built.blobs


def test_same_image_has_the_same_digest_every_time():
    assert service().digest == service().digest
    assert service(labels={"a": "b"}).digest != service().digest
