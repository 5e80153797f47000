"""check_base_image: what an image was built on, how that is known, and whether it has moved on since."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.images.conftest import HOST, settings_for
from tests.core.images.dockerfile.statements import provenance, rewritten

from portcall import Portcall
from portcall.models import BaseImageCheck
from portcall.testing import (
    BearerAuth,
    Build,
    BuiltImage,
    BuiltManifest,
    FakeRegistry,
    Layer,
    Step,
    image,
    index,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio

NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
OLD = layer({"etc/version": "1"}, command="ADD rootfs.tar / # buildkit")
NEW = layer({"etc/version": "2"}, command="ADD rootfs.tar / # buildkit")
PATCH = layer({"etc/patch": "1"}, command="RUN apt-get upgrade # buildkit")
OWN = layer({"srv/app": "app"}, command="COPY app /srv # buildkit")
BASE = f"{HOST}/lib/base:12"


def base(*layers: Layer, **more: Any) -> BuiltManifest:
    """Return a base for two platforms."""
    return index([image(layers, created="2024-01-01T00:00:00Z", **more), image([NEW], platform="linux/arm64")])


THEN, NOW = base(OLD), base(NEW)


@dataclass
class World:
    """A registry with images and their bases, and Docker Hub, which counts pulls."""

    pc: Portcall
    registry: FakeRegistry
    hub: FakeRegistry

    async def check(self, built: BuiltManifest, name: str = "shop/api") -> BaseImageCheck:
        digest = self.registry.push(name, built)
        return await self.pc.check_base_image(f"{HOST}/{name}@{digest}")


@pytest.fixture
def hub() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
async def world(registry: FakeRegistry, hub: FakeRegistry) -> AsyncIterator[World]:
    known = {HOST: {"endpoint": registry.address.url}, "docker.io": {"endpoint": hub.address.url}}
    async with Portcall(settings_for(known)) as pc:
        yield World(pc, registry, hub)


def app(*layers: Layer, told: dict[str, str] | None = None, **more: Any) -> BuiltImage:
    return image(layers or (OLD, OWN), annotations=told, **more)


# The image's own words


async def test_a_base_that_has_not_moved_is_up_to_date(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: NOW.digest}))
    assert (found.base, found.outdated) == (BASE, False)
    assert (found.base_digest, found.current_digest) == (NOW.digest, NOW.digest)
    assert (found.found_by, found.confidence, found.claimed) == ("annotations", "certain", False)
    assert (found.shared_layers, found.base_created) == (1, "2024-01-01T00:00:00Z")
    assert found.warnings == ()


async def test_a_base_that_has_moved_on_is_outdated(world: World):
    world.registry.push("lib/base", THEN)
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(told={NAME: BASE, DIGEST: THEN.digest}))
    assert (found.outdated, found.base_digest, found.current_digest) == (True, THEN.digest, NOW.digest)
    assert (found.confidence, found.shared_layers) == ("certain", 0)


async def test_what_a_base_was_may_be_gone_and_it_has_moved_all_the_same(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(told={NAME: BASE, DIGEST: THEN.digest}))
    assert (found.outdated, found.confidence, found.claimed) == (True, "likely", True)
    assert "what it was when the image was built could not be read" in found.warnings[0]


async def test_the_digest_may_be_that_of_the_platforms_manifest(world: World):
    """Builders disagree on which of the two the annotation names."""
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: NOW.children[0].digest}))
    assert (found.outdated, found.warnings) == (False, ())


@pytest.mark.parametrize("compression", ["gzip", "none"])
async def test_a_tag_that_moved_to_the_same_layers_gives_nothing_new(world: World, compression: Any):
    """Layers that were compressed anew are the same."""
    again = layer({"etc/version": "2"}, compression=compression, command="ADD rootfs.tar / # buildkit")
    world.registry.push("lib/base", NOW)
    world.registry.push("lib/base", index([image([again])], annotations={"built": "again"}), tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: NOW.digest}))
    assert (found.outdated, found.confidence) == (False, "certain")
    assert found.warnings == ("the base's tag has moved, but its layers for this platform are the same",)


async def test_a_tag_that_moved_to_fewer_layers_has_moved_on(world: World):
    """All that the base has now is in the image, and more that it no longer has."""
    then = base(NEW, PATCH)
    world.registry.push("lib/base", then)
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, PATCH, OWN, told={NAME: BASE, DIGEST: then.digest}))
    assert (found.outdated, found.confidence, found.warnings) == (True, "certain", ())


async def test_a_tag_that_moved_is_left_open_where_what_it_was_is_gone(world: World):
    """The same layers now may be the lowest of those that the base had then."""
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, PATCH, OWN, told={NAME: BASE, DIGEST: base(NEW, PATCH).digest}))
    assert (found.outdated, found.shared_layers) == (None, 1)
    reason, doubt = found.warnings
    assert "could not be read: " in reason
    assert "lib/base" in reason
    assert "whether it had others above them is not known" in doubt


async def test_a_squashed_image_is_up_to_date_where_the_bases_new_digest_has_the_same_layers(world: World):
    world.registry.push("lib/base", NOW)
    world.registry.push("lib/base", index([image([NEW])], annotations={"built": "again"}), tags=["12"])
    found = await world.check(app(OWN, told={NAME: BASE, DIGEST: NOW.digest}))
    assert (found.outdated, found.confidence) == (False, "guess")
    assert "are the same" in found.warnings[0]
    assert "it was squashed" in found.warnings[1]


async def test_a_squashed_image_whose_base_has_moved_is_outdated(world: World):
    world.registry.push("lib/base", THEN)
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(OWN, told={NAME: BASE, DIGEST: THEN.digest}))
    assert (found.outdated, found.confidence) == (True, "guess")
    assert "it was squashed" in found.warnings[0]


async def test_an_image_that_was_moved_to_the_bases_new_layers_is_up_to_date(world: World):
    """Whoever rebases images may leave the annotation as it was."""
    world.registry.push("lib/base", THEN)
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: THEN.digest}))
    assert (found.outdated, found.confidence) == (False, "certain")
    assert "not with those of the digest that it names" in found.warnings[0]


async def test_without_a_digest_the_layers_tell(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    fresh = await world.check(app(NEW, OWN, told={NAME: BASE}))
    assert (fresh.outdated, fresh.confidence, fresh.base_digest) == (False, "certain", None)
    assert fresh.warnings == ()


async def test_without_a_digest_a_layer_in_common_and_then_others_show_that_the_base_moved(world: World):
    world.registry.push("lib/base", base(NEW, PATCH), tags=["12"])
    found = await world.check(app(NEW, OLD, OWN, told={NAME: BASE}))
    assert (found.outdated, found.confidence, found.shared_layers) == (True, "likely", 1)


@pytest.mark.parametrize("told", ["annotations", "labels"])
@pytest.mark.parametrize("layers", [(layer({"etc/version": "2", "srv/app": "app"}),), (OLD, OWN)])
async def test_without_a_digest_other_layers_alone_show_nothing(world: World, layers: Any, told: str):
    """Squashed images have none of their base's layers, and it need not have moved."""
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(image(layers, **{told: {NAME: BASE}}))
    assert (found.base, found.outdated, found.shared_layers) == (BASE, None, 0)
    assert found.current_digest == NOW.digest
    assert "may as well have been squashed" in found.warnings[0]


async def test_an_image_with_fewer_layers_than_its_base_shows_nothing(world: World):
    world.registry.push("lib/base", base(NEW, PATCH), tags=["12"])
    found = await world.check(app(NEW, told={NAME: BASE}))
    assert (found.outdated, found.shared_layers) == (None, 1)


async def test_layers_that_were_compressed_anew_are_the_same(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    again = layer({"etc/version": "2"}, compression="none", command="ADD rootfs.tar / # buildkit")
    assert again.digest != NEW.digest
    found = await world.check(app(again, OWN, told={NAME: BASE}))
    assert (found.outdated, found.confidence) == (False, "certain")


async def test_a_base_without_tag_is_the_latest(world: World):
    world.registry.push("lib/base", NOW, tags=["latest"])
    found = await world.check(app(NEW, OWN, told={NAME: f"{HOST}/lib/base"}))
    assert (found.base, found.outdated) == (f"{HOST}/lib/base:latest", False)


async def test_a_digest_in_the_name_is_what_the_base_was(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(told={NAME: f"{BASE}@{THEN.digest}"}))
    assert (found.base, found.base_digest, found.outdated) == (BASE, THEN.digest, True)


async def test_a_digest_alone_never_moves(world: World):
    world.registry.push("lib/base", THEN)
    pinned = f"{HOST}/lib/base@{THEN.digest}"
    found = await world.check(app(told={NAME: pinned}))
    assert (found.base, found.outdated, found.confidence) == (pinned, None, "certain")
    assert "no tag that could have moved" in found.warnings[0]


async def test_the_index_may_say_it_and_labels_last(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    labels = {NAME: f"{HOST}/lib/other:1"}
    outer = index([app(NEW, OWN, labels=labels)], annotations={NAME: BASE})
    assert (await world.check(outer)).base == BASE
    told = await world.check(app(NEW, OWN, labels={NAME: BASE}))
    assert (told.base, told.found_by, told.confidence) == (BASE, "labels", "certain")


async def test_a_label_that_the_layers_contradict_is_a_guess(world: World):
    """Labels are inherited: it may be what the base says of its own base."""
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(OLD, OWN, labels={NAME: BASE}))
    assert (found.found_by, found.confidence, found.claimed) == ("labels", "guess", True)


async def test_an_annotation_that_the_layers_contradict_is_doubted(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(OLD, OWN, told={NAME: BASE, DIGEST: NOW.digest}))
    assert (found.confidence, found.claimed) == ("guess", True)
    assert "does not begin with the layers of the base that it names" in found.warnings[0]


async def test_each_platform_is_compared_with_its_own(world: World):
    world.registry.push("lib/base", base(OLD), tags=["12"])
    both = index([app(OLD, OWN), app(NEW, OWN, platform="linux/arm64")], annotations={NAME: BASE})
    digest = world.registry.push("shop/api", both)
    for platform in ("linux/amd64", "linux/arm64"):
        found = await world.pc.check_base_image(f"{HOST}/shop/api@{digest}", platform=platform)
        assert (found.platform, found.outdated, found.confidence) == (platform, False, "certain")


async def test_a_newer_version_of_the_base_is_told(world: World):
    world.registry.push("lib/base", NOW, tags=["12", "12.1", "13", "13-slim", "14-rc1", "latest"])
    assert (await world.check(app(NEW, OWN, told={NAME: BASE}))).newer == "13"


async def test_a_tag_that_is_no_version_asks_for_no_list(world: World):
    world.registry.push("lib/base", NOW, tags=["stable", "13"])
    found = await world.check(app(NEW, OWN, told={NAME: f"{HOST}/lib/base:stable"}))
    assert found.newer is None
    assert world.registry.count("tags") == 0


async def test_a_list_of_tags_that_fails_spoils_nothing(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    world.registry.add(quirks.Answer(501, path="tags/list"))
    found = await world.check(app(NEW, OWN, told={NAME: BASE}))
    assert (found.outdated, found.newer) == (False, None)
    assert "newer versions" in found.warnings[0]


# A base that cannot be asked for is never up to date


async def unknown(world: World, told: dict[str, str]) -> BaseImageCheck:
    found = await world.check(app(told=told))
    assert (found.outdated, found.current_digest, found.shared_layers, found.newer) == (None, None, None, None)
    assert found.confidence == "likely"
    return found


async def test_a_base_that_is_down_is_a_warning(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    world.registry.add(quirks.Answer(501, path="lib/base"))
    found = await unknown(world, {NAME: BASE, DIGEST: NOW.digest})
    assert (found.base, found.base_digest) == (BASE, NOW.digest)
    assert f"what {BASE} is now could not be found out" in found.warnings[0]


async def test_a_private_base_is_a_warning():
    private = FakeRegistry(auth=BearerAuth({"ada": "secret"}, public=["shop/*"]))
    with private.serve() as address:
        private.push("lib/base", NOW, tags=["12"])
        async with Portcall(settings_for({HOST: {"endpoint": address.url}})) as pc:
            found = await unknown(World(pc, private, private), {NAME: BASE})
    assert "could not be found out" in found.warnings[0]


async def test_a_base_that_is_gone_is_a_warning(world: World):
    found = await unknown(world, {NAME: f"{HOST}/lib/gone:1"})
    assert "could not be found out" in found.warnings[0]


async def test_a_base_without_this_platform_is_a_warning(world: World):
    world.registry.push("lib/base", index([image([NEW], platform="linux/s390x")]), tags=["12"])
    found = await unknown(world, {NAME: BASE})
    assert "not for linux/amd64" in found.warnings[0]


async def test_a_registry_that_policy_forbids_is_not_asked(registry: FakeRegistry):
    """A label is a stranger's word: it opens no host that the caller could not name."""
    known = {HOST: {"endpoint": registry.address.url}}
    async with Portcall(settings_for(known, network={"deny_hosts": ["evil.test"]})) as pc:
        found = await unknown(World(pc, registry, registry), {NAME: "evil.test/base:1"})
    assert "could not be found out" in found.warnings[0]


async def test_metadata_services_are_no_registries(world: World):
    found = await unknown(world, {NAME: "169.254.169.254/base:1"})
    assert found.base == "169.254.169.254/base:1"


@pytest.mark.parametrize("name", ["shop/API", "a b", "http://", "../../x", "x" * 3000, "sha256:" + "0" * 64])
async def test_a_name_that_is_no_reference_is_passed_over(world: World, name: str):
    found = await world.check(app(told={NAME: name}))
    assert (found.base, found.outdated) == (None, None)
    assert "no reference to an image" in found.warnings[0]
    assert name[:40] not in found.warnings[0]


async def test_a_digest_that_is_none_counts_as_not_told(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: "sha256:../../x"}))
    assert (found.base_digest, found.outdated) == (None, False)


# Pulls that are counted


async def test_where_pulls_are_counted_a_head_may_be_enough(world: World):
    world.hub.push("library/debian", NOW, tags=["bookworm"])
    found = await world.check(app(NEW, OWN, told={NAME: "debian:bookworm", DIGEST: NOW.digest}))
    assert (found.base, found.outdated, found.confidence) == ("debian:bookworm", False, "likely")
    assert (world.hub.metered, found.shared_layers) == (0, None)


async def test_where_pulls_are_counted_a_label_is_still_compared(world: World):
    world.hub.push("library/debian", NOW, tags=["bookworm"])
    found = await world.check(app(NEW, OWN, labels={NAME: "debian:bookworm", DIGEST: NOW.digest}))
    assert (found.confidence, world.hub.metered) == ("certain", 2)


# Provenance


def attested(built: BuiltImage, **told: Any) -> BuiltManifest:
    return index([built], attestations=[provenance(built, **told)])


@pytest.mark.parametrize("slsa", ["v1", "v0.2"])
async def test_the_only_material_is_the_base(world: World, slsa: Any):
    world.registry.push("lib/base", THEN)
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(attested(app(), slsa=slsa, build=Build(base=(BASE, THEN.digest))))
    assert (found.base, found.base_digest, found.outdated) == (BASE, THEN.digest, True)
    assert (found.found_by, found.confidence) == ("provenance", "certain")


def material(name: str, digest: str, platform: str = "linux%2Famd64") -> dict[str, Any]:
    return {"uri": f"pkg:docker/{name}?platform={platform}", "digest": {"sha256": digest.removeprefix("sha256:")}}


def with_materials(
    built: BuiltImage, *materials: Any, dockerfile: str | None = None, **told: Any
) -> BuiltManifest:
    def change(statement: dict[str, Any]) -> dict[str, Any]:
        statement["predicate"]["buildDefinition"]["resolvedDependencies"] = list(materials)
        return statement

    made = provenance(built, dockerfile=dockerfile, **told)
    return index([built], attestations=[rewritten(made, change)])


async def test_of_several_materials_the_one_whose_layers_come_first_is_the_base(world: World):
    """Builders sort them: the images of other stages are among them, in no order that means anything."""
    tools = image([layer({"bin/cc": "cc"})])
    world.registry.push("lib/base", THEN, tags=["12"])
    world.registry.push("lib/tools", tools, tags=["1"])
    built = with_materials(
        app(),
        material(f"{HOST}/lib/tools@1", tools.digest),
        material(f"{HOST}/lib/base@12", THEN.digest),
        material(f"{HOST}/lib/base@12", NOW.digest, "linux%2Farm64"),
        material("docker/dockerfile@1", "0" * 64),
        {"uri": "https://github.com/acme/app.git#main", "digest": {"sha1": "0" * 40}},
        "nonsense",
    )
    found = await world.check(built)
    assert (found.base, found.found_by, found.confidence) == (BASE, "provenance", "certain")
    assert world.hub.requests == []


async def test_of_two_that_come_first_the_larger_is_the_base(world: World):
    between = image([OLD, layer({"lib/x": "x"})])
    world.registry.push("lib/base", THEN, tags=["12"])
    world.registry.push("lib/between", between, tags=["1"])
    built = with_materials(
        image([*between.layers, OWN]),
        material(f"{HOST}/lib/base@12", THEN.digest),
        material(f"{HOST}/lib/between@1", between.digest),
    )
    assert (await world.check(built)).base == f"{HOST}/lib/between:1"


async def test_materials_that_are_no_base_are_told_and_no_guess_is_made(world: World):
    world.registry.push("lib/tools", image([layer({"bin/cc": "cc"})]), tags=["1", "2"])
    built = with_materials(
        app(OWN), *(material(f"{HOST}/lib/tools@{tag}", f"sha256:{tag * 64}") for tag in ("1", "2"))
    )
    found = await world.check(built)
    assert (found.base, found.found_by) == (None, "scratch")
    assert "which of them is the base is not clear" in found.warnings[0]


async def test_the_dockerfile_in_provenance_tells_which_stage_was_built(world: World):
    world.registry.push("lib/base", THEN, tags=["12"])
    stages = [f"FROM {HOST}/lib/tools:1 AS build", f"FROM {HOST}/lib/base:$V AS run", "FROM run"]
    text = "\n".join(["ARG V=11", *stages, "COPY --from=build a a", ""])
    built = with_materials(
        app(),
        material(f"{HOST}/lib/tools@1", "0" * 64),
        material(f"{HOST}/lib/base@12", THEN.digest),
        dockerfile=text,
        build=Build(args=(("V", "12"),)),
    )
    found = await world.check(built)
    assert (found.base, found.base_digest, found.confidence) == (BASE, THEN.digest, "certain")
    assert world.registry.count(repository="lib/tools") == 0


async def test_what_was_only_built_with_is_no_base(world: World):
    """A compiler's image is the only material of what is copied out of it into nothing."""
    world.registry.push("lib/tools", image([layer({"bin/cc": "cc"})]), tags=["1"])
    tools = world.registry.digest("lib/tools", "1")
    found = await world.check(with_materials(app(OWN), material(f"{HOST}/lib/tools@1", tools)))
    assert (found.base, found.found_by) == (None, "scratch")


async def test_a_material_that_is_gone_may_have_been_the_base(world: World):
    found = await world.check(with_materials(app(), material(f"{HOST}/lib/base@12", THEN.digest)))
    assert (found.base, found.outdated, found.confidence) == (BASE, None, "likely")


async def test_a_material_for_another_platform_is_no_base(world: World):
    """Cross-compilers run where the builder does."""
    compiler = material(f"{HOST}/lib/tools@1", "0" * 64, "linux%2Farm64")
    found = await world.check(with_materials(app(), compiler, material(f"{HOST}/lib/base@12", THEN.digest)))
    assert (found.base, found.confidence) == (BASE, "likely")


async def test_a_dockerfile_in_provenance_may_be_built_on_nothing(world: World):
    text = f"FROM {BASE} AS build\nFROM scratch\nCOPY --from=build a a\n"
    built = with_materials(app(), material(f"{HOST}/lib/base@12", THEN.digest), dockerfile=text)
    assert (await world.check(built)).found_by == "scratch"


async def test_a_stage_may_be_chosen(world: World):
    world.registry.push("lib/base", THEN, tags=["12"])
    text = f"FROM {BASE} AS Run\nFROM {HOST}/lib/tools:1 AS test\n"
    built = with_materials(
        app(), material(f"{HOST}/lib/base@12", THEN.digest), dockerfile=text, build=Build(target="run")
    )
    assert (await world.check(built)).base == BASE


async def test_a_material_by_digest_alone_is_no_latest(world: World):
    world.registry.push("lib/base", THEN, tags=["latest"])
    pinned = {"uri": f"pkg:docker/{HOST}/lib/base?digest={THEN.digest}", "digest": {"sha256": THEN.digest[7:]}}
    found = await world.check(with_materials(app(), pinned))
    assert (found.base, found.outdated) == (f"{HOST}/lib/base@{THEN.digest}", None)


async def test_an_outage_of_the_attestation_is_told(world: World):
    built = attested(app(OWN), build=Build(base=(BASE, THEN.digest)))
    world.registry.add(quirks.Answer(501, path=built.children[-1].digest))
    found = await world.check(built)
    assert found.base is None
    assert "its attestations could not be read" in found.warnings[0]


# What a history suggests

DEBIAN = "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'"
SLIM = layer({"etc/debian": "slim"}, command=DEBIAN, comment="debuerreotype 0.15")
PYTHON = layer({"usr/bin/python": "3.12.1"}, command="RUN /bin/sh -c make python # buildkit")
PYTHON_ENV = ("PYTHON_VERSION=3.12.1",)


async def test_an_official_image_is_found_by_its_layers(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.found_by, found.confidence) == ("python:3.12-slim-bookworm", "layers", "certain")
    assert (found.outdated, found.claimed, found.shared_layers) == (False, False, 2)
    assert world.hub.metered == 1


async def test_the_distribution_is_the_base_where_the_language_is_not(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, OWN, env=PYTHON_ENV))
    assert (found.base, found.confidence) == ("debian:bookworm-slim", "certain")


async def test_an_official_image_is_not_built_on_itself(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON], env=PYTHON_ENV), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.pc.check_base_image("python:3.12-slim-bookworm")
    assert (found.base, found.found_by) == ("debian:bookworm-slim", "layers")


async def test_an_older_official_image_is_not_built_on_a_newer_one(world: World):
    old = world.hub.push("library/python", image([SLIM, PYTHON], env=PYTHON_ENV))
    world.hub.push("library/python", image([NEW, PYTHON], env=PYTHON_ENV), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([NEW]), tags=["bookworm-slim"])
    found = await world.pc.check_base_image(f"python@{old}")
    assert (found.base, found.confidence) == ("debian:bookworm-slim", "guess")


async def test_a_copy_of_an_official_image_is_built_on_what_that_is(world: World):
    copy = image([SLIM, PYTHON], env=PYTHON_ENV)
    world.hub.push("library/python", copy, tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    assert (await world.check(copy)).base == "debian:bookworm-slim"


async def test_the_full_image_is_asked_for_first_where_its_tools_are_there(world: World):
    tools = layer(
        {"usr/bin/hg": "hg"}, command="RUN /bin/sh -c apt-get install -y mercurial subversion # buildkit"
    )
    world.hub.push("library/python", image([SLIM, tools, PYTHON]), tags=["3.12-bookworm"])
    found = await world.check(app(SLIM, tools, PYTHON, OWN, env=PYTHON_ENV))
    assert found.base == "python:3.12-bookworm"
    assert world.hub.count("manifest") == 1


async def test_other_layers_now_leave_a_guess(world: World):
    world.hub.push("library/debian", image([NEW]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, OWN))
    assert (found.base, found.found_by, found.confidence) == ("debian:bookworm-slim", "history", "guess")
    assert (found.outdated, found.claimed) == (None, True)
    (warning,) = found.warnings
    assert "its history alone suggests debian:bookworm-slim" in warning


async def test_a_guess_has_moved_where_its_lowest_layers_are_in_common(world: World):
    """Of several guesses the one that has the most in common is told."""
    world.hub.push("library/python", image([NEW, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/python", image([SLIM, PATCH, PYTHON]), tags=["3.12-bookworm"])
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.outdated, found.confidence) == ("python:3.12-bookworm", True, "guess")
    assert found.shared_layers == 1


async def test_candidates_that_cannot_be_asked_for_leave_it_open(world: World):
    world.hub.add(quirks.Answer(501))
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.confidence, found.outdated) == ("python:3.12-slim-bookworm", "guess", None)
    assert "was not found out" in found.warnings[0]
    assert world.hub.count("manifest") == 1


async def test_candidates_that_are_not_there_are_few(world: World):
    found = await world.check(app(SLIM, OWN, env=PYTHON_ENV))
    assert (found.outdated, found.warnings) == (None, ())
    assert world.hub.count("manifest") <= 6


@pytest.mark.parametrize(
    ("steps", "env", "repository", "tag"),
    [
        (["ADD alpine-minirootfs-3.19.1-x86_64.tar.gz / # buildkit"], (), "alpine", "3.19"),
        (["BusyBox 1.37.0 (glibc), Debian 12"], (), "busybox", "1.37.0-glibc"),
        (["ADD alpine-minirootfs-3.19.1-x86_64.tar.gz /"], ("NODE_VERSION=20.11.0",), "node", "20-alpine3.19"),
        ([DEBIAN], ("GOLANG_VERSION=1.22.1",), "golang", "1.22-bookworm"),
        ([DEBIAN], ("NGINX_VERSION=1.27.3",), "nginx", "1.27-bookworm"),
        (["/bin/sh -c #(nop) ADD file:65504f71f585 in / "], ("RUBY_VERSION=2.7.1",), "ruby", "2.7"),
    ],
)
async def test_builders_leave_marks(world: World, steps: Any, env: Any, repository: str, tag: str):
    bottom = layer({"etc/x": "x"}, command=steps[0])
    world.hub.push(f"library/{repository}", image([bottom]), tags=[tag])
    found = await world.check(app(bottom, OWN, env=env))
    assert (found.base, found.found_by) == (f"{repository}:{tag}", "layers")


async def test_ubuntu_is_told_by_its_labels(world: World):
    rootfs = layer({"etc/ubuntu": "22.04"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    world.hub.push("library/eclipse-temurin", image([rootfs]), tags=["17-jre-jammy"])
    steps = [
        f"/bin/sh -c #(nop)  LABEL org.opencontainers.image.{pair}"
        for pair in ("ref.name=ubuntu", "version=22.04")
    ]
    built = image([*map(Step, steps), rootfs, OWN], env=["JAVA_VERSION=jdk-17.0.9+9"])
    assert (await world.check(built)).base == "eclipse-temurin:17-jre-jammy"


async def test_what_buildah_notes_is_the_base(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    own = layer({"a": "a"}, command="/bin/sh -c make", comment=f"FROM {BASE}")
    found = await world.check(app(NEW, own))
    assert (found.base, found.found_by, found.outdated, found.confidence) == (BASE, "history", False, "certain")
    moved = await world.check(app(OLD, own))
    assert (moved.outdated, moved.confidence) == (None, "likely")
    assert "may as well have been squashed" in moved.warnings[0]


async def test_an_image_from_scratch_has_no_base(world: World):
    found = await world.check(app(OWN))
    assert (found.base, found.found_by, found.confidence, found.outdated) == (None, "scratch", "likely", None)


async def test_a_nameless_file_system_may_be_anybodys(world: World):
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(app(rootfs, OWN))
    assert (found.base, found.found_by) == (None, "none")


async def test_nothing_told_is_nothing_known(world: World):
    found = await world.check(image([layer({"a": "1"})], config_fields={"history": None}))
    assert (found.base, found.found_by, found.confidence, found.outdated) == (None, "none", "unknown", None)
    (warning,) = found.warnings
    assert "read_file of /etc/os-release" in warning
    assert "get_dockerfile" in warning
    assert world.hub.requests == []


@pytest.mark.parametrize("told", ["annotations", "labels"])
async def test_a_digest_without_a_name_is_told(world: World, told: str):
    """Buildah leaves the name empty."""
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(image([rootfs], **{told: {NAME: "", DIGEST: THEN.digest}}))
    assert (found.base, found.base_digest, found.outdated) == (None, THEN.digest, None)
    assert (found.found_by, found.confidence, found.claimed) == (told, "unknown", True)
    named, following = found.warnings
    assert named == f"its {told} name the digest of a base, but no image that it is of"
    assert "/etc/os-release" in following


@pytest.mark.parametrize(("name", "digest"), [("scratch", THEN.digest), ("", "sha256:../../x"), ("", "")])
async def test_what_is_no_digest_of_a_base_is_not_told(world: World, name: str, digest: str):
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(app(rootfs, told={NAME: name, DIGEST: digest}))
    assert (found.base_digest, found.found_by) == (None, "none")


async def test_the_answer_says_which_image_it_is_about(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    built = app(NEW, OWN, told={NAME: BASE}, created="2024-05-01T00:00:00Z")
    found = await world.check(built)
    assert (found.name, found.digest, found.platform_digest) == (f"{HOST}/shop/api", built.digest, built.digest)
    assert (found.registry, found.platform, found.created) == (HOST, "linux/amd64", "2024-05-01T00:00:00Z")
