"""check_base_image by the image's own words: what it was built on, and whether that has moved on since."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.base.bases import BASE, DIGEST, NAME, NEW, NOW, OLD, OWN, PATCH, THEN, World, app, base
from tests.core.images.conftest import HOST

from portcall.testing import (
    image,
    index,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio


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
    short = NOW.digest[: len("sha256:") + 12]
    assert f"does not begin with all the layers of {short}, the base that it names" in found.warnings[0]


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
