"""check_base_image by build provenance: which of its materials is the base."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.base.bases import BASE, NOW, OLD, OWN, THEN, World, app
from tests.core.images.conftest import HOST
from tests.core.images.dockerfile.statements import provenance, rewritten

from portcall.testing import (
    Build,
    BuiltImage,
    BuiltManifest,
    image,
    index,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio


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
