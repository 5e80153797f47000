"""Images built by code are what the specifications say, down to the bytes."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.digest import digest_of, is_digest, matches
from portcall.testing import (
    DELETED,
    EPOCH,
    OPAQUE,
    Build,
    BuiltImage,
    BuiltManifest,
    Child,
    Compression,
    Package,
    Step,
    amend,
    artifact,
    attestation,
    bad_manifests,
    compress,
    device,
    directory,
    executable,
    fifo,
    file,
    hardlink,
    helm_chart,
    image,
    index,
    layer,
    odd_manifests,
    raw_manifest,
    schema1,
    symlink,
    tar_of,
)

PACKINGS: tuple[Compression, ...] = ("gzip", "gzip-stored", "gzip-members", "zstd", "zstd-frames", "none")
NAMES = st.lists(st.text("abcxyz.é-", min_size=1, max_size=12).filter(lambda n: n not in {".", ".."}), max_size=4)


def members(archive: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getmembers()


def unpack(blob: bytes, how: Compression) -> bytes:
    if how in {"zstd", "zstd-frames"}:
        return zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read()
    return blob if how == "none" else gzip.decompress(blob)


def service(**options: Any) -> BuiltImage:
    return image(
        [
            layer({"etc/os-release": "ID=debian\n"}, command="ADD rootfs /"),
            Step('CMD ["bash"]'),
            layer({"srv/app": executable("#!/bin/sh\n")}, command="COPY app /srv/"),
        ],
        steps=["USER app", 'ENTRYPOINT ["/srv/app"]'],
        **options,
    )


# Archives


def test_files_come_with_the_directories_above_them():
    found = members(tar_of({"etc/ssl/cert.pem": b"x", "etc/motd": "hello\n"}))
    assert [(one.name, one.isdir()) for one in found] == [
        ("etc", True),
        ("etc/ssl", True),
        ("etc/ssl/cert.pem", False),
        ("etc/motd", False),
    ]


def test_pairs_are_written_exactly_as_given():
    found = members(tar_of([("/a/../b", b"1"), ("/a/../b", b"2"), ("./c/d", b"3")]))
    assert [one.name for one in found] == ["/a/../b", "/a/../b", "./c/d"]


def test_nodes_keep_mode_owner_and_target():
    tree = {
        "bin/su": executable(b"x", mode=0o4755),
        "srv": directory(mode=0o1777, uid=7, gid=8),
        "sh": symlink("bin/su"),
        "twin": hardlink("bin/su"),
        "note": file("text", mode=0o600, uid=5, mtime=1),
    }
    found = {one.name: one for one in members(tar_of(tree))}
    assert found["bin/su"].mode == 0o4755
    assert (found["srv"].mode, found["srv"].uid, found["srv"].gid) == (0o1777, 7, 8)
    assert found["sh"].issym()
    assert found["sh"].linkname == "bin/su"
    assert found["twin"].islnk()
    assert (found["note"].mode, found["note"].uid, found["note"].mtime) == (0o600, 5, 1)


def test_deleted_and_opaque_are_whiteouts():
    found = members(tar_of({"etc/motd": DELETED, "opt": OPAQUE, "gone": DELETED}))
    assert [one.name for one in found] == ["etc", "etc/.wh.motd", "opt/.wh..wh..opq", ".wh.gone"]
    assert all(one.size == 0 for one in found)


def test_archive_ends_after_two_zero_blocks_as_go_writes_it():
    archive = tar_of({"a": b"1"})
    assert len(archive) == 512 + 512 + 1024
    assert archive.endswith(bytes(1024))


def test_pipes_and_devices_are_what_they_are_called():
    pipe, null, disk = members(
        tar_of({"pipe": fifo(), "null": device("character", 1, 3, mode=0o666), "disk": device("block", 8, 0)})
    )
    assert pipe.isfifo()
    assert (null.ischr(), null.devmajor, null.devminor, null.mode) == (True, 1, 3, 0o666)
    assert (disk.isblk(), disk.devmajor, disk.devminor) == (True, 8, 0)


def test_attributes_are_stored_as_pax_records():
    (found,) = members(tar_of({"a": file("1", xattrs={"user.comment": "größer"})}))
    assert found.pax_headers == {"SCHILY.xattr.user.comment": "größer"}


def test_forms_of_archives_differ_in_how_they_write_long_names():
    tree = {"x" * 300: "1"}
    assert [one.name for one in members(tar_of(tree, form="gnu"))] == ["x" * 300]
    assert b"././@LongLink" in tar_of(tree, form="gnu")
    assert b"path=xxx" in tar_of(tree)
    with pytest.raises(ValueError, match="too long"):
        tar_of(tree, form="ustar")


@settings(deadline=None)
@given(st.dictionaries(NAMES.filter(bool).map("/".join), st.binary(max_size=2000), max_size=5))
def test_any_tree_reads_back_as_written(tree: dict[str, bytes]):
    with tarfile.open(fileobj=io.BytesIO(tar_of(list(tree.items())))) as tar:
        read = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    assert read == tree


@pytest.mark.parametrize("how", PACKINGS)
@settings(deadline=None)
@given(data=st.binary(max_size=200) | st.integers(0, 140_000).map(lambda size: b"ab" * size))
def test_any_packing_unpacks_to_the_same_bytes(how: Compression, data: bytes):
    assert unpack(compress(data, how), how) == data


def test_packing_hides_no_time_or_name():
    for how in PACKINGS:
        assert compress(b"same", how) == compress(b"same", how)
    assert compress(b"x" * 9, "gzip")[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_gzip_members_are_many_as_in_estargz():
    packed = compress(b"x" * 10_000, "gzip-members")
    assert packed.count(b"\x1f\x8b\x08\0\0\0\0\0\0\xff") == 3


# Images


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


# Indexes


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


# Attestations and artifacts


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


# Oddities


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
