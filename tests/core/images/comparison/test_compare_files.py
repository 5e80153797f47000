"""compare_images with files: what differs in the merged trees, for as few bytes as that takes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.conftest import HOST, asked

from portcall import Portcall
from portcall.errors import DigestMismatchError, UnavailableError
from portcall.models import FileDifference, ImageComparison
from portcall.testing import (
    DELETED,
    BuiltManifest,
    FakeRegistry,
    Layer,
    Step,
    file,
    hardlink,
    helm_chart,
    image,
    index,
    layer,
    quirks,
    symlink,
)

pytestmark = pytest.mark.anyio

KIB = 1024
BASE = layer({"etc/os-release": "ID=debian\n", "usr/bin/tool": b"t" * 64 * KIB})
OLD = layer({"srv/app": b"1" * KIB, "srv/gone": "gone", "srv/link": symlink("app")})
NEW = layer({"srv/app": b"2" * KIB, "srv/new": "brand new", "srv/link": symlink("new")})
FOREIGN = layer({"windows/x": "y"}, urls=["https://elsewhere.example/x"])


@pytest.fixture
def compared(pc: Portcall, registry: FakeRegistry):
    """Return how to push two images and compare their files."""

    async def compare(a: BuiltManifest, b: BuiltManifest, **arguments: Any) -> ImageComparison:
        registry.push("shop/a", a, tags=["1"])
        registry.push("shop/b", b, tags=["2"])
        registry.forget()
        return await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/b:2", files=True, **arguments)

    return compare


def fetched(registry: FakeRegistry, one: Layer) -> int:
    """Return how often a layer was downloaded."""
    return sum(request.path.endswith(one.digest) for request in registry.requests)


async def test_paths_that_differ_are_told_the_largest_change_first(compared: Any):
    told = await compared(image([BASE, OLD]), image([BASE, NEW]))
    assert told.files == (
        FileDifference(path="/srv/app", change="changed", size_a=KIB, size_b=KIB, what=("content",)),
        FileDifference(path="/srv/new", change="added", size_b=9),
        FileDifference(path="/srv/gone", change="removed", size_a=4),
        FileDifference(path="/srv/link", change="changed", what=("target",)),
    )
    assert (told.files_added, told.files_removed, told.files_changed) == (1, 1, 2)
    assert (told.same, told.same_content) == (False, False)


async def test_a_layer_that_both_have_is_downloaded_once(compared: Any, registry: FakeRegistry):
    told = await compared(image([BASE, OLD]), image([BASE, NEW]))
    assert [fetched(registry, one) for one in (BASE, OLD, NEW)] == [1, 1, 1]
    assert told.bytes_fetched == BASE.size + OLD.size + NEW.size
    assert told.verified is True


async def test_the_same_image_twice_downloads_no_layer(compared: Any, registry: FakeRegistry):
    told = await compared(image([BASE, OLD]), image([BASE, OLD]))
    assert (told.same, told.files, told.files_changed, told.bytes_fetched) == (True, (), 0, 0)
    assert all(fetched(registry, one) == 0 for one in (BASE, OLD))


async def test_images_of_the_same_layers_download_none_either(compared: Any, registry: FakeRegistry):
    told = await compared(image([BASE, OLD]), image([BASE, OLD], user="app"))
    assert (told.files_added, told.files_removed, told.files_changed, told.bytes_fetched) == (0, 0, 0, 0)
    assert told.same_content is False
    assert asked(registry).count("GET blob") == 2


async def test_unless_asked_for_no_file_is_compared(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/a", image([BASE, OLD]), tags=["1"])
    registry.push("shop/a", image([BASE, NEW]), tags=["2"])
    told = await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/a:2")
    assert (told.files, told.files_added, told.bytes_fetched, told.verified) == ((), None, None, None)
    assert fetched(registry, BASE) == 0


async def test_layers_that_differ_in_times_alone_hold_the_same_content(compared: Any):
    """What neither digest nor diff ID can tell: a build that can be repeated but for its clock."""
    early = layer({"srv/app": file("x", mtime=1)}, command="COPY")
    late = layer({"srv/app": file("x", mtime=2)}, command="COPY")
    told = await compared(image([early]), image([late]))
    assert (told.same, told.same_content, told.files_changed) == (False, True, 0)
    assert told.layers_shared == 0


async def test_other_steps_to_the_same_files_are_told_as_that(compared: Any):
    split = [layer({"srv/app": "x"}), layer({"srv/more": "y"})]
    told = await compared(image([layer({"srv/app": "x", "srv/more": "y"})]), image(split))
    assert (told.files_added, told.files_removed, told.files_changed) == (0, 0, 0)


async def test_files_are_compared_as_containers_see_them(compared: Any):
    a = image([layer({"a": "same", "gone": "x"}), layer({"gone": DELETED, "b": hardlink("a")})])
    b = image([layer({"a": "same", "b": "same"})])
    assert (await compared(a, b)).files == ()


async def test_the_platform_asked_for_is_the_one_that_is_compared(compared: Any):
    a = index([image([BASE, OLD]), image([OLD], platform="linux/arm64")])
    b = index([image([BASE, OLD]), image([NEW], platform="linux/arm64")])
    assert (await compared(a, b)).files_added == 0


async def test_the_platform_that_is_compared_may_be_asked_for(compared: Any):
    a = index([image([BASE, OLD]), image([OLD], platform="linux/arm64")])
    b = index([image([BASE, OLD]), image([NEW], platform="linux/arm64")])
    assert (await compared(a, b, platform="linux/arm64")).files_added == 1


async def test_a_layer_that_only_one_side_can_read_forbids_to_compare(compared: Any):
    told = await compared(image([OLD]), image([FOREIGN, NEW]))
    assert (told.files, told.files_added, told.files_changed) == ((), None, None)
    assert told.same_content is None or told.same_content is False
    assert told.warnings == (
        "the second image has layers that cannot be read and the other has not, so the files are not compared",
    )


async def test_the_side_that_cannot_be_read_is_named(compared: Any):
    told = await compared(image([BASE, FOREIGN]), image([BASE, NEW]))
    assert told.warnings[0].startswith("the first image has layers that cannot be read")


async def test_a_layer_that_one_registry_has_can_be_read_for_both(compared: Any):
    pushed = layer({"windows/x": "y"})
    assert pushed.digest == FOREIGN.digest
    told = await compared(image([FOREIGN, OLD]), image([pushed, NEW]))
    assert (told.files_added, told.files_removed, told.files_changed) == (1, 1, 2)
    assert told.warnings == ()


async def test_a_layer_that_neither_side_can_read_is_left_out(compared: Any):
    """Windows images share a base that is not in the registry."""
    told = await compared(image([FOREIGN, OLD]), image([FOREIGN, NEW]))
    assert told.files_added == 1
    assert told.warnings == ("one layer of both images cannot be read, and what is in there is left out",)


async def test_artifacts_have_no_files_to_compare(compared: Any):
    told = await compared(helm_chart("shop", "1.0"), helm_chart("shop", "1.1"))
    assert (told.files, told.files_added) == ((), None)
    assert "no platform, history or files" in told.warnings[0]


async def test_a_layer_that_cannot_be_had_is_said_of_its_side(compared: Any, registry: FakeRegistry):
    registry.add(quirks.Answer(503, path=f"/blobs/{NEW.digest}", retry_after=600))
    with pytest.raises(UnavailableError, match="the second image: "):
        await compared(image([BASE, OLD]), image([BASE, NEW]))


async def test_a_layer_that_is_not_what_its_digest_names_is_an_error(compared: Any, registry: FakeRegistry):
    registry.add(quirks.FlippedBit(path=f"/blobs/{OLD.digest}"))
    with pytest.raises(DigestMismatchError, match="the first image: "):
        await compared(image([BASE, OLD, Step("USER app")]), image([BASE, NEW]))
