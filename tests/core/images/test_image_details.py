"""get_image_details: all that manifest and configuration tell, in the fewest requests."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.conftest import HOST, asked, settings_for

from portcall import Portcall
from portcall.digest import digest_of
from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError, UnsupportedError
from portcall.models import HealthCheck
from portcall.testing import (
    EPOCH,
    FakeRegistry,
    Layer,
    Step,
    artifact,
    bad_manifests,
    helm_chart,
    image,
    index,
    layer,
    odd_manifests,
    quirks,
    schema1,
)

pytestmark = pytest.mark.anyio

ODD, BAD = odd_manifests(), bad_manifests()

LAYERS: list[Layer | Step] = [
    layer({"etc/os-release": "ID=debian\n"}, command="ADD rootfs /"),
    Step("ENV PATH=/bin"),
    layer({"srv/app": "app\n"}, command="COPY app /srv/", created="2024-05-02T00:00:00Z"),
    Step('ENTRYPOINT ["/srv/app"]', comment="buildkit.dockerfile.v0"),
]
APP = image(
    LAYERS,
    created="2024-05-02T12:00:00.123456789Z",
    author="Ada <ada@example.com>",
    labels={"team": "shop", "org.opencontainers.image.base.name": "docker.io/library/debian:12"},
    env=["PATH=/bin", "MODE=prod"],
    entrypoint=["/srv/app"],
    cmd=["--serve"],
    user="10001:10001",
    workdir="/srv",
    ports=["8080/tcp"],
    volumes=["/data"],
    healthcheck={"Test": ["CMD", "/srv/app", "--health"], "Interval": 30_000_000_000, "Retries": 3},
    stop_signal="SIGINT",
    annotations={"org.opencontainers.image.base.digest": digest_of(b"base"), "note": "from the manifest"},
)
ARM = image([layer({"srv/app": "arm\n"})], platform="linux/arm64/v8")
NAME = f"{HOST}/shop/api"


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", index([APP, ARM], annotations={"note": "from the index"}), tags=["1.0", "latest"])
    registry.push("shop/single", APP, tags=["1.0", "latest"])


# What is told


async def test_the_digest_is_the_indexs_and_the_platforms_own_is_beside_it(pc: Portcall, registry: FakeRegistry):
    detail = await pc.get_image_details(f"{NAME}:1.0")
    assert detail.digest == registry.digest("shop/api", "1.0")
    assert detail.platform_digest == APP.digest
    assert detail.reference == f"{NAME}@{detail.digest}"
    assert detail.config_digest == APP.config_digest
    assert (detail.name, detail.tag, detail.registry) == (NAME, "1.0", HOST)


async def test_the_platform_is_told_in_full_and_in_parts(pc: Portcall):
    detail = await pc.get_image_details(f"{NAME}:1.0", platform="linux/arm64")
    assert (detail.platform, detail.os, detail.architecture, detail.variant) == (
        "linux/arm64/v8", "linux", "arm64", "v8",
    )  # fmt: skip
    assert detail.platforms == ("linux/amd64", "linux/arm64/v8")


async def test_a_single_image_is_its_own_platforms_manifest(pc: Portcall):
    detail = await pc.get_image_details(f"{HOST}/shop/single:1.0")
    assert detail.digest == detail.platform_digest == APP.digest
    assert (detail.platforms, detail.platform) == ((), "linux/amd64")


async def test_the_configuration_is_told(pc: Portcall):
    detail = await pc.get_image_details(f"{NAME}:1.0")
    assert (detail.entrypoint, detail.cmd) == (("/srv/app",), ("--serve",))
    assert (detail.user, detail.workdir, detail.stop_signal) == ("10001:10001", "/srv", "SIGINT")
    assert (detail.env, detail.exposed_ports, detail.volumes) == (
        ("PATH=/bin", "MODE=prod"),
        ("8080/tcp",),
        ("/data",),
    )
    assert detail.author == "Ada <ada@example.com>"
    assert detail.created == "2024-05-02T12:00:00.123456789Z"
    assert detail.labels["team"] == "shop"


async def test_a_health_checks_times_are_seconds(pc: Portcall):
    detail = await pc.get_image_details(f"{NAME}:1.0")
    assert detail.healthcheck == HealthCheck(test=("CMD", "/srv/app", "--health"), interval=30.0, retries=3)


async def test_layers_are_the_manifests_with_the_steps_that_made_them(pc: Portcall):
    detail = await pc.get_image_details(f"{NAME}:1.0")
    assert [(each.digest, each.size, each.command) for each in detail.layers] == [
        (APP.layers[0].digest, APP.layers[0].size, "ADD rootfs /"),
        (APP.layers[1].digest, APP.layers[1].size, "COPY app /srv/"),
    ]
    assert [each.diff_id for each in detail.layers] == [each.diff_id for each in APP.layers]
    assert detail.layers[1].created == "2024-05-02T00:00:00Z"
    assert detail.total_size == APP.total_size


async def test_the_whole_history_is_told_in_build_order(pc: Portcall):
    history = (await pc.get_image_details(f"{NAME}:1.0")).history
    assert [(step.command, step.empty_layer) for step in history] == [
        ("ADD rootfs /", False),
        ("ENV PATH=/bin", True),
        ("COPY app /srv/", False),
        ('ENTRYPOINT ["/srv/app"]', True),
    ]
    assert history[3].comment == "buildkit.dockerfile.v0"


async def test_the_base_image_is_what_labels_and_annotations_say(pc: Portcall):
    base = (await pc.get_image_details(f"{NAME}:1.0")).base
    assert base is not None
    assert (base.name, base.digest) == ("docker.io/library/debian:12", digest_of(b"base"))


async def test_the_manifests_annotations_outrank_the_indexs(pc: Portcall):
    assert (await pc.get_image_details(f"{NAME}:1.0")).annotations["note"] == "from the manifest"
    arm = await pc.get_image_details(f"{NAME}:1.0", platform="linux/arm64")
    assert arm.annotations == {"note": "from the index"}


async def test_an_image_that_is_as_it_should_be_brings_no_warnings(pc: Portcall):
    assert (await pc.get_image_details(f"{NAME}:1.0")).warnings == ()


# What it costs


async def test_a_single_image_costs_its_manifest_and_its_configuration(pc: Portcall, registry: FakeRegistry):
    await pc.get_image_details(f"{HOST}/shop/single:1.0")
    assert asked(registry) == ["GET manifest", "GET blob"]


@pytest.mark.parametrize("platform", ["", "linux/arm64"])
async def test_an_index_costs_one_manifest_more(pc: Portcall, registry: FakeRegistry, platform: str):
    await pc.get_image_details(f"{NAME}:1.0", platform=platform)
    assert asked(registry) == ["GET manifest", "GET manifest", "GET blob"]


@pytest.mark.parametrize("repository", ["shop/api", "shop/single"])
async def test_the_second_question_costs_nothing(pc: Portcall, registry: FakeRegistry, repository: str):
    first = await pc.get_image_details(f"{HOST}/{repository}:1.0")
    registry.forget()
    assert await pc.get_image_details(f"{HOST}/{repository}:1.0") == first
    assert asked(registry) == []


async def test_another_platform_of_the_same_index_costs_only_its_own(pc: Portcall, registry: FakeRegistry):
    await pc.get_image_details(f"{NAME}:1.0")
    registry.forget()
    await pc.get_image_details(f"{NAME}:1.0", platform="linux/arm64")
    assert asked(registry) == ["GET manifest", "GET blob"]


async def test_an_embedded_configuration_costs_nothing(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/embedded", image(LAYERS, embed=True), tags=["1.0"])
    detail = await pc.get_image_details(f"{HOST}/shop/embedded:1.0")
    assert detail.os == "linux"
    assert asked(registry) == ["GET manifest"]


# Which image is meant


async def test_without_a_tag_it_is_latest(pc: Portcall, registry: FakeRegistry):
    assert (await pc.get_image_details(NAME)).tag == "latest"
    assert registry.requests[0].reference == "latest"


async def test_a_tag_may_be_an_argument(pc: Portcall):
    assert (await pc.get_image_details(NAME, tag="1.0")).tag == "1.0"


async def test_a_digest_may_be_an_argument(pc: Portcall):
    detail = await pc.get_image_details(NAME, tag=APP.digest)
    assert (detail.digest, detail.tag) == (APP.digest, None)


async def test_the_default_of_a_host_is_no_contradiction(pc: Portcall):
    assert (await pc.get_image_details(f"{NAME}:1.0", tag="latest")).tag == "1.0"
    assert (await pc.get_image_details(f"{NAME}@{APP.digest}", tag="latest")).digest == APP.digest


async def test_another_tag_is_a_contradiction(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(InvalidArgumentError, match="the argument `tag` contradicts the tag in the reference"):
        await pc.get_image_details(f"{NAME}:1.0", tag="1.1")
    assert asked(registry) == []


async def test_the_digest_wins_over_the_tag(pc: Portcall, registry: FakeRegistry):
    detail = await pc.get_image_details(f"{NAME}:1.0@{ARM.digest}")
    assert (detail.digest, detail.tag) == (ARM.digest, "1.0")
    assert registry.requests[0].reference == ARM.digest


async def test_web_addresses_and_schemes_are_understood(pc: Portcall):
    assert (await pc.get_image_details(f"docker://{NAME}:1.0")).digest
    assert (await pc.get_image_details(f"oci://{NAME}:1.0")).digest


# Images that say little, or contradict themselves


async def told(pc: Portcall, registry: FakeRegistry, built: Any, **question: str) -> Any:
    registry.push("shop/odd", built, tags=["1.0"])
    return await pc.get_image_details(f"{HOST}/shop/odd:1.0", **question)


MISMATCH = "history and layers do not match, so layers are shown without their commands"


@pytest.mark.parametrize(
    "history",
    [
        [{"created_by": "squashed"}],
        [{"created_by": f"RUN {number}"} for number in range(9)],
        [{"created_by": "RUN", "empty_layer": True}] * 2,
    ],
)
async def test_history_that_miscounts_blames_no_command(
    pc: Portcall, registry: FakeRegistry, history: list[dict[str, object]]
):
    detail = await told(pc, registry, image(LAYERS, config_fields={"history": history}))
    assert {each.command for each in detail.layers} == {None}
    assert len(detail.history) == len(history)
    assert detail.warnings == (MISMATCH,)


@pytest.mark.parametrize("history", [None, []])
async def test_no_history_is_no_contradiction(pc: Portcall, registry: FakeRegistry, history: list[object] | None):
    detail = await told(pc, registry, image(LAYERS, config_fields={"history": history}))
    assert (detail.history, detail.warnings) == ((), ())


async def test_layers_without_their_uncompressed_digests_have_none(pc: Portcall, registry: FakeRegistry):
    detail = await told(pc, registry, image(LAYERS, config_fields={"rootfs": {"diff_ids": ["sha256:1"]}}))
    assert {each.diff_id for each in detail.layers} == {None}


async def test_a_configuration_that_tells_nothing_gives_nulls(pc: Portcall, registry: FakeRegistry):
    fields = dict.fromkeys(("architecture", "os", "created", "config", "rootfs", "history"))
    detail = await told(pc, registry, image(LAYERS, config_fields=fields))
    empty = (detail.os, detail.architecture, detail.platform, detail.created, detail.entrypoint, detail.user)
    assert empty == (None,) * 6
    assert (detail.env, detail.labels, detail.healthcheck) == ((), {}, None)
    assert len(detail.layers) == 2


async def test_the_index_tells_the_platform_that_the_configuration_does_not(pc: Portcall, registry: FakeRegistry):
    silent = image(LAYERS, config_fields={"architecture": None, "os": None})
    detail = await told(pc, registry, index({"linux/arm64/v8": silent}), platform="linux/arm64")
    assert (detail.platform, detail.architecture, detail.variant) == ("linux/arm64/v8", "arm64", "v8")
    assert detail.warnings == ()


async def test_an_index_that_its_configuration_contradicts_is_told(pc: Portcall, registry: FakeRegistry):
    detail = await told(pc, registry, index({"linux/s390x": APP}), platform="linux/s390x")
    assert detail.platform == "linux/amd64"
    assert detail.warnings == ("its index lists it for linux/s390x, its configuration says linux/amd64",)


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "yesterday", "", 7])
async def test_a_time_that_is_none_is_not_told(pc: Portcall, registry: FakeRegistry, year: object):
    assert (await told(pc, registry, image(LAYERS, config_fields={"created": year}))).created is None


async def test_the_annotation_tells_when_the_configuration_does_not(pc: Portcall, registry: FakeRegistry):
    built = image(LAYERS, created=None, annotations={"org.opencontainers.image.created": EPOCH})
    assert (await told(pc, registry, built)).created == EPOCH


async def test_labels_that_are_no_text_are_left_out(pc: Portcall, registry: FakeRegistry):
    labels: Any = {"good": "yes", "number": 5, "nothing": None, "list": ["a"], "object": {}, "empty": ""}
    assert (await told(pc, registry, image(LAYERS, labels=labels))).labels == {"good": "yes", "empty": ""}


@pytest.mark.parametrize("labels", [["a=b"], "a=b", 7])
async def test_labels_that_are_no_object_are_none(pc: Portcall, registry: FakeRegistry, labels: object):
    assert (await told(pc, registry, image(LAYERS, config_fields={"config": {"Labels": labels}}))).labels == {}


async def test_foreign_layers_are_marked(pc: Portcall, registry: FakeRegistry):
    foreign = layer({"base": "x"}, urls=["https://layers.example.com/base.tar.gz"], command="Apply image")
    detail = await told(pc, registry, image([foreign, *LAYERS], platform="windows/amd64", docker=True))
    assert [each.foreign for each in detail.layers] == [True, False, False]


async def test_an_image_without_layers_has_none(pc: Portcall, registry: FakeRegistry):
    detail = await told(pc, registry, image())
    assert (detail.layers, detail.total_size) == ((), 0)


# What is no image


async def test_a_helm_chart_answers_with_what_it_has(pc: Portcall, registry: FakeRegistry):
    detail = await told(pc, registry, helm_chart("shop", "0.3.1"))
    assert detail.artifact_type == "application/vnd.cncf.helm.config.v1+json"
    assert (detail.os, detail.platform, detail.history, detail.labels) == (None, None, (), {})
    assert len(detail.layers) == 1
    assert detail.created == EPOCH
    assert detail.annotations["org.opencontainers.image.title"] == "shop"
    assert detail.warnings == ("this is an artifact, not an image: it has no platform, history or labels",)
    assert asked(registry) == ["GET manifest"]


async def test_an_artifact_tells_its_type(pc: Portcall, registry: FakeRegistry):
    detail = await told(pc, registry, artifact("application/vnd.example.sbom.v1+json", {"a.json": b"{}"}))
    assert detail.artifact_type == "application/vnd.example.sbom.v1+json"


async def test_an_image_has_no_artifact_type(pc: Portcall):
    assert (await pc.get_image_details(f"{NAME}:1.0")).artifact_type is None


@pytest.mark.parametrize("signed", [True, False])
async def test_schema_1_is_explained(pc: Portcall, registry: FakeRegistry, signed: bool):
    with pytest.raises(UnsupportedError, match="Docker's schema 1") as refused:
        await told(pc, registry, schema1(signed=signed))
    assert (refused.value.registry, refused.value.reference) == (HOST, f"{HOST}/shop/odd:1.0")


# All that the builders know of


@pytest.mark.parametrize("name", sorted(ODD))
async def test_an_odd_manifest_deserves_an_answer(pc: Portcall, registry: FakeRegistry, name: str):
    built = ODD[name]
    detail = await told(pc, registry, built)
    assert detail.digest == built.digest


@pytest.mark.parametrize("name", sorted(BAD))
async def test_a_bad_manifest_is_refused_with_the_next_step(pc: Portcall, registry: FakeRegistry, name: str):
    with pytest.raises(PortcallError) as refused:
        await told(pc, registry, BAD[name])
    assert refused.value.code in {"upstream_error", "unsupported"}
    assert refused.value.hint


# Faults on the way


async def test_a_configuration_that_is_not_its_digest_is_refused(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.FlippedBit(path="/blobs/"))
    with pytest.raises(PortcallError) as refused:
        await pc.get_image_details(f"{NAME}:1.0")
    assert refused.value.code == "digest_mismatch"


async def test_a_configuration_that_is_gone_is_told_as_such(pc: Portcall, registry: FakeRegistry):
    registry.delete("shop/single", APP.config_digest)
    with pytest.raises(NotFoundError, match="has no blob") as missing:
        await pc.get_image_details(f"{HOST}/shop/single:1.0")
    assert missing.value.candidates == ()


async def test_a_missing_tag_brings_near_ones(pc: Portcall):
    with pytest.raises(NotFoundError) as missing:
        await pc.get_image_details(f"{NAME}:1.0.0")
    assert missing.value.message == f"{NAME} has no tag '1.0.0' among its 2"
    assert missing.value.candidates[0] == "1.0"
    assert "search_tags lists all tags" in missing.value.hint
    assert "1.0" not in missing.value.hint


async def test_a_missing_repository_is_told_as_such(pc: Portcall):
    with pytest.raises(NotFoundError, match="has no repository shop/none"):
        await pc.get_image_details(f"{HOST}/shop/none:1.0")


async def test_an_outage_of_the_tag_list_leaves_not_found_standing(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.Answer(400, path="/tags/list"))
    with pytest.raises(NotFoundError) as missing:
        await pc.get_image_details(f"{NAME}:1.0.0")
    assert missing.value.candidates == ()


async def test_a_tag_list_that_never_comes_leaves_not_found_standing(registry: FakeRegistry):
    registry.add(quirks.Stall(path="/tags/list"))
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"timeout": 1})
    async with Portcall(settings) as pc:
        with pytest.raises(NotFoundError):
            await pc.get_image_details(f"{NAME}:1.0.0")
