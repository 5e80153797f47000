"""The shapes are what their table says, by skopeo's word."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.testbed import content as c
from tests.testbed.attestations import DOCKERFILE, PROVENANCE_02
from tests.testbed.push import digest_of
from tests.testbed.raw import ACCEPT, APP_URL
from tests.testbed.shapes import LONG_TAG, SHAPES, Shape
from tests.testbed.skopeo import SkopeoError, skopeo_inspect, skopeo_raw

if TYPE_CHECKING:
    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry

each_shape = pytest.mark.parametrize(
    ("repository", "tag", "shape"),
    [pytest.param(*name, shape, id=f"{name[0]}:{name[1][:40]}") for name, shape in SHAPES.items()],
)


@each_shape
def test_skopeo_reads_the_very_bytes(
    plain_registry: RealRegistry, repository: str, tag: str, shape: Shape
) -> None:
    assert digest_of(skopeo_raw(plain_registry, f"{repository}:{tag}")) == shape.digest


@each_shape
def test_skopeo_inspects_what_the_table_says(
    plain_registry: RealRegistry, repository: str, tag: str, shape: Shape
) -> None:
    try:
        skopeo_inspect(plain_registry, f"{repository}:{tag}")
        understood = True
    except SkopeoError:
        understood = False
    assert understood == shape.skopeo_can_inspect


def test_skopeo_picks_the_platform_that_it_is_told(plain_registry: RealRegistry) -> None:
    config = skopeo_inspect(plain_registry, "demo/app:1.0", platform="linux/arm64/v8", config=True)
    assert (config["architecture"], config["variant"]) == ("arm64", "v8")
    assert skopeo_inspect(plain_registry, "demo/app:1.0", tags=True)["RepoTags"]


def test_attestations_name_their_image_and_hold_the_dockerfile(plain_registry: RealRegistry, push: Push) -> None:
    client = push(plain_registry)
    index = client.request("GET", APP_URL, headers=ACCEPT).json()
    amd64, _arm64, attestation, _other = index["manifests"]
    assert attestation["annotations"]["vnd.docker.reference.digest"] == amd64["digest"]
    url = f"/v2/demo/app/manifests/{attestation['digest']}"
    layers = client.request("GET", url, headers=ACCEPT).json()["layers"]
    layer = next(one for one in layers if one["annotations"]["in-toto.io/predicate-type"] == PROVENANCE_02)
    statement = client.request("GET", f"/v2/demo/app/blobs/{layer['digest']}").json()
    assert statement["subject"][0]["digest"]["sha256"] in amd64["digest"]
    metadata = statement["predicate"]["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]
    assert base64.b64decode(metadata["source"]["infos"][0]["data"]) == DOCKERFILE


def test_there_are_as_many_kinds_as_promised() -> None:
    kinds = {name: shape for name, shape in SHAPES.items() if name[0] != "demo/tags"}
    assert len(kinds) >= 39
    assert ("demo/odd", LONG_TAG) in kinds
    assert {shape.media_type for shape in kinds.values()} == {
        c.OCI_INDEX,
        c.OCI_MANIFEST,
        c.DOCKER_LIST,
        c.DOCKER_MANIFEST,
    }
