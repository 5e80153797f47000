"""analyze_layers: why an image is as large as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from tests.core.images.analysis.dive_golden import TEST_IMAGE
from tests.core.images.conftest import HOST, asked

from portcall import Portcall
from portcall.digest import digest_of
from portcall.errors import DigestMismatchError, PortcallError, UnavailableError, UnsupportedError
from portcall.models import LayerAnalysis, LayerFile, WastedFile
from portcall.oci.layers.entry import LayerEntry
from portcall.testing import (
    DELETED,
    OPAQUE,
    BuiltImage,
    FakeRegistry,
    Layer,
    Node,
    Step,
    directory,
    estargz,
    hardlink,
    helm_chart,
    image,
    index,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio

KIB = 1024
BASE = layer(
    {"etc/os-release": "ID=debian\n", "var/lib/apt/lists/x": b"a" * 40 * KIB, "usr/bin/tool": b"t" * 8 * KIB},
    command="ADD rootfs /",
    created="2024-05-02T00:00:00Z",
)
APP = layer({"srv/app": b"1" * 3 * KIB, "srv/data": b"d" * 5 * KIB}, command="COPY . /srv/")
CHANGED = layer({"srv/app": b"2" * 4 * KIB, "srv/data": DELETED}, command="RUN rebuild", compression="zstd")
IMAGE = image([BASE, Step("ENV A=1"), APP, CHANGED])


@pytest.fixture
def analyzed(pc: Portcall, registry: FakeRegistry):
    """Return how to push an image and have it analyzed."""

    async def analyze(built: BuiltImage, **arguments: Any) -> LayerAnalysis:
        registry.push("shop/api", built, tags=["1"])
        return await pc.analyze_layers(f"{HOST}/shop/api:1", **arguments)

    return analyze


# From manifest and configuration alone


async def test_each_layer_is_told_with_the_step_that_made_it(analyzed: Any):
    told = await analyzed(IMAGE)
    assert [(row.number, row.digest, row.size, row.command) for row in told.layers] == [
        (1, BASE.digest, BASE.size, "ADD rootfs /"),
        (2, APP.digest, APP.size, "COPY . /srv/"),
        (3, CHANGED.digest, CHANGED.size, "RUN rebuild"),
    ]
    assert told.layers[0].created == "2024-05-02T00:00:00Z"
    assert told.total_size == IMAGE.total_size


async def test_no_layer_is_downloaded_for_that(analyzed: Any, registry: FakeRegistry):
    told = await analyzed(IMAGE)
    assert asked(registry) == ["GET manifest", "GET blob"]
    assert (told.deep, told.efficiency, told.reclaimable, told.bytes_fetched) == (False, None, None, None)
    assert "wasted" not in told.layers[0].model_dump()


async def test_the_answer_says_which_image_it_is_about(analyzed: Any):
    told = await analyzed(IMAGE)
    assert (told.name, told.tag, told.platform) == (f"{HOST}/shop/api", "1", "linux/amd64")
    assert (told.digest, told.platform_digest) == (IMAGE.digest, IMAGE.digest)


async def test_a_platform_may_be_asked_for(pc: Portcall, registry: FakeRegistry):
    arm = image([APP], platform="linux/arm64")
    registry.push("shop/api", index([IMAGE, arm]), tags=["1"])
    told = await pc.analyze_layers(f"{HOST}/shop/api:1", platform="linux/arm64")
    assert (told.platform_digest, told.total_size) == (arm.digest, APP.size)


async def test_a_history_that_does_not_fit_blames_no_step(analyzed: Any):
    told = await analyzed(image([BASE, APP], config_fields={"history": [{"created_by": "RUN all"}]}))
    assert [row.command for row in told.layers] == [None, None]
    assert told.warnings == ("history and layers do not match, so layers are shown without their commands",)


async def test_an_image_without_history_is_no_mismatch(analyzed: Any):
    assert (await analyzed(image([BASE], config_fields={"history": None}))).warnings == ()


async def test_layers_that_cannot_be_read_say_why(analyzed: Any):
    foreign = layer({"x": "y"}, urls=["https://elsewhere.example/x"])
    told = await analyzed(image([foreign, APP]))
    assert (told.layers[0].foreign, told.layers[0].problem) == (
        True,
        "it lives outside the registry (a foreign layer)",
    )
    assert told.layers[1].problem is None


async def test_an_artifact_has_no_layers_of_files(analyzed: Any):
    with pytest.raises(UnsupportedError, match="an artifact, not an image"):
        await analyzed(helm_chart("shop", "1.0"))


# With all that is in the layers


async def test_dives_figures_are_told(analyzed: Any):
    told = await analyzed(IMAGE, deep=True)
    size = (48 + 8 + 4) * KIB + 10
    assert told.deep is True
    assert told.uncompressed_size == size
    # To dive, both copies of the changed file are wasted, and so is the deleted one.
    assert told.wasted_bytes == (3 + 4 + 5) * KIB
    assert told.efficiency == (size - 9 * KIB) / size
    assert told.wasted_percent == 12 / 12


async def test_the_honest_figure_is_told_beside_them(analyzed: Any):
    told = await analyzed(IMAGE, deep=True)
    assert told.reclaimable == (3 + 5) * KIB
    assert [(row.uncompressed_size, row.files, row.wasted) for row in told.layers] == [
        (48 * KIB + 10, 10, 0),
        (8 * KIB, 3, 8 * KIB),
        (4 * KIB, 3, 0),
    ]


async def test_wasted_files_are_told_the_worst_first(analyzed: Any):
    told = await analyzed(IMAGE, deep=True)
    assert told.wasted_files == (
        WastedFile(path="/srv/data", count=2, size=5 * KIB, reclaimable=5 * KIB),
        WastedFile(path="/srv/app", count=2, size=7 * KIB, reclaimable=3 * KIB),
    )
    assert told.wasted_files_total == 2


async def test_the_biggest_files_are_those_that_containers_see(analyzed: Any):
    told = await analyzed(IMAGE, deep=True)
    assert told.biggest_files[:3] == (
        LayerFile(path="/var/lib/apt/lists/x", size=40 * KIB, layer=1),
        LayerFile(path="/usr/bin/tool", size=8 * KIB, layer=1),
        LayerFile(path="/srv/app", size=4 * KIB, layer=3),
    )
    assert len(told.biggest_files) == 4


async def test_leftovers_are_told_with_advice(analyzed: Any):
    (left,) = (await analyzed(IMAGE, deep=True)).leftovers
    assert (left.kind, left.path, left.size, left.layers) == ("apt lists", "/var/lib/apt/lists", 40 * KIB, (1,))
    assert "rm -rf /var/lib/apt/lists/*" in left.advice


async def test_it_says_what_was_downloaded_and_that_it_was_verified(analyzed: Any):
    told = await analyzed(IMAGE, deep=True)
    assert (told.bytes_fetched, told.verified) == (IMAGE.total_size, True)
    again = await analyzed(IMAGE, deep=True)
    assert again.bytes_fetched == 0
    assert again.model_copy(update={"bytes_fetched": told.bytes_fetched}) == told


async def test_long_lists_are_cut_and_counted(analyzed: Any):
    names = [f"f{number:02}" for number in range(30)]
    built = image([layer(dict.fromkeys(names, "old")), layer(dict.fromkeys(names, "new"))])
    told = await analyzed(built, deep=True)
    assert (len(told.wasted_files), told.wasted_files_total) == (20, 30)
    assert len(told.biggest_files) == 20


async def test_leftovers_without_end_are_cut_and_counted(analyzed: Any):
    clones = {f"srv/{number}/.git/pack": bytes(16 * KIB) for number in range(53)}
    told = await analyzed(image([layer(clones)]), deep=True)
    assert len(told.leftovers) == 50
    assert told.warnings == ("3 more leftovers, none of them larger, are not listed",)


async def test_a_hard_link_is_one_file_in_the_list_of_the_biggest(analyzed: Any):
    told = await analyzed(image([layer({"a": b"x" * KIB, "b": hardlink("a")})]), deep=True)
    assert told.biggest_files == (LayerFile(path="/a", size=KIB, layer=1),)


async def test_what_an_opaque_folder_hides_is_reclaimable_though_not_to_dive(analyzed: Any):
    built = image([layer({"d/a": b"x" * KIB}), layer({"d": OPAQUE, "d/b": b"y"})])
    told = await analyzed(built, deep=True)
    assert (told.wasted_bytes, told.reclaimable) == (0, KIB)


async def test_an_image_from_scratch_is_wholly_efficient(analyzed: Any):
    told = await analyzed(image([]), deep=True)
    assert (told.efficiency, told.wasted_bytes, told.reclaimable, told.layers) == (1.0, 0, 0, ())
    assert told.wasted_percent is None


async def test_a_table_of_contents_leaves_out_what_dive_counts(analyzed: Any):
    """What eStargz adds is in the archive, but not in its table; a wrong figure is worse than none."""
    built = image([estargz({"srv/app": b"1" * KIB}), layer({"srv/app": b"2" * KIB})])
    told = await analyzed(built, deep=True)
    assert (told.efficiency, told.wasted_bytes, told.uncompressed_size) == (None, None, None)
    assert told.reclaimable == KIB
    assert told.warnings[0].startswith("layer 1 came by eStargz's table of contents")


async def test_dives_golden_image_is_met_from_real_archives(analyzed: Any):
    """dive's ``.data/test-docker-image.tar``, rebuilt: same names, kinds and sizes, other bytes."""
    told = await analyzed(image([rebuilt(index.entries) for index in TEST_IMAGE]), deep=True)
    assert (told.efficiency, told.uncompressed_size) == (0.9844212134184309, 1220598)
    assert (told.wasted_bytes, told.wasted_percent) == (32025, 0.4834911001404049)
    # The same by chance: dive counts the copy of saved.txt that is needed, but not somefile2.txt.
    assert told.reclaimable == 32025
    assert {(row.path, row.count, row.size, row.reclaimable) for row in told.wasted_files} == {
        ("/root/example/somefile1.txt", 2, 12810, 12810),
        ("/root/example/somefile2.txt", 1, 6405, 6405),
        ("/root/example/somefile3.txt", 2, 6405, 6405),
        ("/root/saved.txt", 2, 12810, 6405),
    }


def rebuilt(entries: Iterable[LayerEntry]) -> Layer:
    """Return a layer with these entries; contents are zeros."""
    return layer([(entry.path, content_of(entry)) for entry in entries])


def content_of(entry: LayerEntry) -> Node | bytes:
    if entry.kind == "directory":
        return directory()
    return hardlink(entry.target or "") if entry.kind == "hardlink" else bytes(entry.size)


# Layers that cannot be read


def partly(bad: Layer) -> BuiltImage:
    return image([layer({"a": b"x" * KIB}), bad, layer({"a": DELETED})])


async def test_a_wrong_figure_is_worse_than_none(analyzed: Any):
    told = await analyzed(partly(layer({"x": "y"}, urls=["https://elsewhere.example/x"])), deep=True)
    assert (told.efficiency, told.wasted_bytes, told.wasted_percent, told.uncompressed_size) == (None,) * 4
    assert told.reclaimable == KIB
    assert [row.wasted for row in told.layers] == [KIB, None, 0]
    assert told.wasted_files == (WastedFile(path="/a", count=2, size=KIB, reclaimable=KIB),)
    assert told.warnings[0].startswith("layer 2 could not be read, so dive's figures are not told")


async def test_a_layer_that_is_no_archive_says_so_in_its_row(analyzed: Any):
    told = await analyzed(partly(layer(tar=b"no archive at all" * 100)), deep=True)
    assert told.layers[1].problem is not None
    assert told.layers[1].files is None
    assert told.reclaimable == KIB


async def test_where_no_layer_can_be_read_nothing_is_claimed(analyzed: Any):
    told = await analyzed(image([layer({"x": "y"}, urls=["https://elsewhere.example/x"])]), deep=True)
    assert (told.deep, told.reclaimable, told.biggest_files) == (True, None, ())
    assert told.warnings


async def test_an_outage_is_an_error(analyzed: Any, registry: FakeRegistry):
    registry.add(quirks.Answer(503, path=f"/blobs/{APP.digest}", retry_after=600))
    with pytest.raises(UnavailableError):
        await analyzed(IMAGE, deep=True)


async def test_a_layer_that_is_not_what_its_digest_names_is_an_error(analyzed: Any, registry: FakeRegistry):
    registry.add(quirks.FlippedBit(path=f"/blobs/{APP.digest}"))
    with pytest.raises(PortcallError) as caught:
        await analyzed(IMAGE, deep=True)
    assert isinstance(caught.value, DigestMismatchError)
    assert digest_of(APP.blob) == APP.digest
