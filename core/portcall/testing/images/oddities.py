"""Manifests that a client has to survive, and manifests that it has to refuse, by name.

Written for ``pytest.mark.parametrize``::

    @pytest.mark.parametrize("name", odd_manifests())
    async def test_an_odd_manifest_is_read(name, registry):
        registry.push("odd", odd_manifests()[name], tags=[name])
"""

from __future__ import annotations

import json
from typing import Any

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.artifacts import artifact, helm_chart, schema1
from portcall.testing.images.built import BuiltImage, BuiltManifest, amend, describe, encode, raw_manifest
from portcall.testing.images.indexes import Child, index
from portcall.testing.images.layers import Layer, Step, layer
from portcall.testing.images.single import image
from portcall.testing.images.trees import DELETED

_FOREIGN = "https://layers.example.com/windows/base.tar.gz"
_ABSENT = {"mediaType": f"{media_types.OCI_LAYER}+gzip", "digest": digest_of(b"absent"), "size": 7}


def odd_manifests() -> dict[str, BuiltManifest]:
    """Return unusual manifests, all of them legal or seen in the wild, that deserve an answer."""
    return {**_odd_images(), **_odd_indexes(), **_odd_artifacts()}


def bad_manifests() -> dict[str, BuiltManifest]:
    """Return manifests that must be refused: contradictory, broken, or of a format that is gone."""
    base = _plain()
    document, child = base.document, base.descriptor()
    manifest = media_types.OCI_MANIFEST
    return {
        "manifests-and-layers": raw_manifest({**document, "manifests": [child]}, manifest),
        "manifests-and-config": raw_manifest(
            {**index([base]).document, "config": document["config"]}, media_types.OCI_INDEX
        ),
        "another-media-type-inside": raw_manifest(document, media_types.OCI_INDEX),
        "not-json": raw_manifest(b"garbage", manifest),
        "cut-off": raw_manifest(base.manifest[:-40], manifest),
        "a-list": raw_manifest(encode([document]), manifest),
        "a-number": raw_manifest(b"42", manifest),
        "nothing": raw_manifest(b"", manifest),
        "not-utf-8": raw_manifest(b'{"mediaType":"\xff\xfe"}', manifest),
        "deeply-nested": raw_manifest(b"[" * 100_000, manifest),
        "layers-are-text": raw_manifest({**document, "layers": "none"}, manifest),
        "size-is-negative": amend(base, layers=[{**document["layers"][0], "size": -1}]),
        "digest-climbs": amend(base, config={**document["config"], "digest": "sha256:../../v2/other/blobs"}),
        "digest-is-short": amend(base, config={**document["config"], "digest": "sha256:12"}),
        "schema1": schema1(signed=False),
        "schema1-signed": schema1(signed=True),
    }


def _plain(**options: Any) -> BuiltImage:
    return image(_layers(), cmd=["/bin/sh"], **options)


def _layers() -> list[Layer | Step]:
    return [
        layer({"etc/os-release": 'ID=debian\nVERSION_ID="12"\n', "etc/motd": "hello\n"}, command="ADD rootfs /"),
        Step('CMD ["/bin/sh"]'),
        layer({"etc/motd": DELETED, "srv/app": "app\n"}, command="COPY app /srv/"),
    ]


def _odd_images() -> dict[str, BuiltManifest]:
    base = _plain()
    indented = json.dumps(base.document, indent=3).encode() + b"\n"
    foreign = layer({"base": "x"}, urls=[_FOREIGN], command="Apply image 10.0.20348.2527")
    layers, docker = base.document["layers"], media_types.DOCKER_MANIFEST
    return {
        "no-media-type": _plain(manifest_fields={"mediaType": None}),
        "no-layers": image(),
        "indented": raw_manifest(indented, base.media_type, blobs=tuple(base.blobs.values())),
        "unknown-fields": _plain(
            manifest_fields={"x-future": {"a": [1]}}, annotations={"t": "café ☃ 🐋", "empty": ""}
        ),
        "no-history": _plain(config_fields={"history": None}),
        "empty-history": _plain(config_fields={"history": []}),
        "history-too-short": _plain(config_fields={"history": [{"created_by": "squashed"}]}),
        "history-too-long": _plain(config_fields={"history": [{"created_by": f"RUN {i}"} for i in range(9)]}),
        "no-created": _plain(created=None, config_fields={"config": None}),
        "config-is-null": _plain(config_fields={"config": {"Env": None, "Labels": None, "Cmd": None}}),
        "foreign-layer": image([foreign, *_layers()], platform="windows/amd64", docker=True),
        "same-layer-twice": image([layer({"a": "1"}), layer({"a": "1"})]),
        "zero-byte-blob": amend(base, blobs=(b"",), layers=[*layers, describe(b"", layers[0]["mediaType"])]),
        "size-is-wrong": amend(base, layers=[{**layers[0], "size": 1}]),
        "layer-is-absent": amend(base, layers=[_ABSENT]),
        "sha512": _plain(algorithm="sha512"),
        "embedded-config": _plain(embed=True),
        "mixed-compression": image(
            [
                layer({"a": "1"}, compression="gzip"),
                layer({"b": "2" * 9000}, compression="gzip-members"),
                layer({"c": "3"}, compression="none"),
            ]
        ),
        "docker-schema-2": _plain(docker=True),
        "docker-with-oci-inside": amend(base, media_type=docker, mediaType=docker),
        "subject-is-absent": _plain(manifest_fields={"subject": {**_ABSENT, "mediaType": base.media_type}}),
    }


def _odd_indexes() -> dict[str, BuiltManifest]:
    amd, arm = _plain(), _plain(platform="linux/arm64/v8")
    both, docker = index([amd, arm]), _plain(docker=True)
    windows = {"os": "windows", "architecture": "amd64", "os.features": ["win32k"]}
    builds = ("10.0.17763.5936", "10.0.20348.2527")
    return {
        "empty-index": index([]),
        "null-index": raw_manifest(b'{"schemaVersion":2,"manifests":null}', media_types.OCI_INDEX),
        "index-of-nothing-at-all": raw_manifest(b'{"schemaVersion":2}', media_types.OCI_INDEX),
        "no-platforms": index([amd, arm], platforms=False),
        "index-without-media-type": index([amd, arm], fields={"mediaType": None}),
        "nested-index": index([Child(both), amd]),
        "child-is-absent": index([Child(amd, "linux/amd64"), Child(arm, "linux/arm64/v8", absent=True)]),
        "only-unknown-platforms": index([Child(amd, "unknown/unknown")]),
        "windows-builds": index([Child(amd, {**windows, "os.version": build}) for build in builds]),
        "same-platform-twice": index([Child(amd, "linux/amd64"), Child(arm, "linux/amd64")]),
        "index-with-subject": index([amd], subject=amd, artifact_type="application/vnd.example.set.v1"),
        "docker-list": index([docker, _plain(docker=True, platform="linux/arm/v7")], docker=True),
        "wide-index": index([Child(amd, f"linux/arm/v{number}") for number in range(1000)]),
    }


def _odd_artifacts() -> dict[str, BuiltManifest]:
    sbom = "application/vnd.example.sbom.v1+json"
    plugin = describe(b"{}", "application/vnd.docker.plugin.v1+json")
    return {
        "helm-chart": helm_chart("app", "0.1.0"),
        "artifact": artifact(sbom, {"sbom.json": b"{}"}, file_type="application/json"),
        "artifact-of-nothing": artifact(sbom),
        "artifact-without-type": artifact(sbom, {"a.txt": b"a"}, fields={"artifactType": None}),
        "docker-plugin": amend(_plain(docker=True), blobs=(b"{}",), config=plugin),
        "custom-config": artifact(sbom, {"a.txt": b"a"}, config=("application/vnd.example", b"key=1\n")),
    }
