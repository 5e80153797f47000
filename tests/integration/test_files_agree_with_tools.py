"""What is inside an image, as portcall tells it, is what umoci unpacks, and GNU tar of what skopeo has copied."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.testbed.layout import push_layout, write_layout
from tests.testbed.machine_image import machine_image
from tests.testbed.told import listed, told
from tests.testbed.unpacked import Seen, by_tar, by_umoci, seen, without_owners

from portcall.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.registry import RealRegistry

    from portcall import Portcall

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("machine")
    return write_layout(machine_image(folder), folder / "layout")


@pytest.fixture(scope="module")
def reference(layout: Path, plain_registry: RealRegistry) -> str:
    return push_layout(layout, plain_registry, "scratch/machine:1")


@pytest.fixture
def portcall(gateway: Callable[..., Portcall], plain_registry: RealRegistry) -> Portcall:
    return gateway(plain_registry)


def assert_same(ours: dict[str, Seen], theirs: dict[str, Seen]) -> None:
    """Compare two trees; nobody but root gives files away, so that only root's owners are compared."""
    if os.geteuid() != 0:
        ours, theirs = without_owners(ours), without_owners(theirs)
    assert sorted(ours) == sorted(theirs)
    assert {path: (each, theirs[path]) for path, each in ours.items() if each != theirs[path]} == {}


async def test_the_tree_and_every_file_are_what_umoci_unpacks(
    portcall: Portcall, layout: Path, reference: str, tmp_path: Path
) -> None:
    """Holes, devices, names of any bytes, whiteouts, and a hard link to a file of the layer below."""
    ours = await told(portcall, reference)
    assert len(ours) > 200
    assert_same(ours, seen(by_umoci(layout, tmp_path)))


async def test_the_tree_and_every_file_are_what_tar_makes_of_the_layers(
    portcall: Portcall, plain_registry: RealRegistry, tmp_path: Path
) -> None:
    layout = write_layout(machine_image(tmp_path, old_holes=True), tmp_path / "layout")
    reference = push_layout(layout, plain_registry, "scratch/machine:holes")
    assert_same(await told(portcall, reference), seen(by_tar(reference, tmp_path)))


async def test_pages_of_any_size_tell_the_same(portcall: Portcall, reference: str) -> None:
    assert await listed(portcall, reference, limit=17) == await listed(portcall, reference, limit=1000)


async def test_what_a_layer_has_deleted_is_missing_and_which_layer_did_is_said(
    portcall: Portcall, reference: str
) -> None:
    with pytest.raises(NotFoundError, match="layer 2"):
        await portcall.read_file(reference, "/gone/a")
