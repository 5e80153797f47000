"""The progress of two images' layers, told as one."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, Told

from portcall import Portcall
from portcall.images.comparison.summed_progress import SummedProgress
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio


async def test_parts_add_up_and_never_go_back():
    told = Told()
    summed = SummedProgress(told)
    first, second = summed.part(), summed.part()
    assert first is not None
    assert second is not None
    await first(3, 5, "MB")
    await second(1, 10, "MB")
    await first(5, 5, "MB")
    await second(2, None, "MB")
    assert told.steps == [(3, 5, "MB"), (4, 15, "MB"), (6, 15, "MB"), (7, None, "MB")]


def test_where_nobody_listens_there_is_nothing_to_tell():
    assert SummedProgress(None).part() is None


async def test_both_images_layers_are_told_as_one(pc: Portcall, registry: FakeRegistry):
    big = (layer({name: bytes(1_500_000)}, compression="none") for name in "ab")
    for tag, one in zip("12", big, strict=True):
        registry.push("shop/api", image([one]), tags=[tag])
    told = Told()
    await pc.compare_images(f"{HOST}/shop/api:1", f"{HOST}/shop/api:2", files=True, progress=told)
    done = [step[0] for step in told.steps]
    assert done == sorted(set(done))
    assert done[-1] == 2
