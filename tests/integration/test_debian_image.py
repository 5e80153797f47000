"""A real Debian image, in every form that it is stored in, is inside what umoci unpacks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.testbed.debian import DebianImage, debian_image
from tests.testbed.layout import TAG, push_layout, skopeo_copy
from tests.testbed.told import as_seen, content, listed
from tests.testbed.unpacked import by_umoci, seen

from portcall.images.files import MergedTree
from portcall.images.opened import open_image
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.registry import RealRegistry

    from portcall import Portcall

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FORMS = ("oci", "docker", "zstd")
#: A configuration, a large program, a hard link, two links, something set anew, something of a late layer.
READ = ("/etc/os-release", "/usr/bin/bash", "/usr/bin/perl", "/bin/sh", "/usr/bin/env", "/etc/apt/only")


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> DebianImage:
    try:
        return debian_image(tmp_path_factory.mktemp("debian"))
    except RuntimeError as error:
        pytest.skip(f"no Debian image can be made here: {error}")


@pytest.fixture(scope="module")
def unpacked(debian: DebianImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    return by_umoci(debian.layout(folder / "layout"), folder)


@pytest.fixture(scope="module", params=FORMS)
def reference(
    request: pytest.FixtureRequest,
    debian: DebianImage,
    plain_registry: RealRegistry,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    name = f"scratch/debian:{request.param}"
    destination = plain_registry.reference(name)
    if request.param == "zstd":
        folder = tmp_path_factory.mktemp("zstd")
        layout = debian.layout(folder / "gzip")
        packed = ["--dest-compress", "--dest-compress-format", "zstd"]
        skopeo_copy(*packed, f"oci:{layout}:{TAG}", f"oci:{folder / 'zstd'}:{TAG}")
        return push_layout(folder / "zstd", plain_registry, name)
    debian.copy_to(f"docker://{destination}", "v2s2" if request.param == "docker" else "oci")
    return destination


@pytest.fixture
def portcall(gateway: Callable[..., Portcall], plain_registry: RealRegistry) -> Portcall:
    return gateway(plain_registry)


async def test_the_merged_tree_is_what_umoci_unpacks(portcall: Portcall, reference: str, unpacked: Path) -> None:
    rows = await listed(portcall, reference)
    assert len(rows) > 3000
    ours = {path: as_seen(rows, path, None) for path in rows}
    theirs = {path: replace(each, digest=None) for path, each in seen(unpacked).items()}
    assert sorted(ours) == sorted(theirs)
    assert {path: (each, theirs[path]) for path, each in ours.items() if each != theirs[path]} == {}


async def test_the_digest_of_every_file_is_that_of_what_umoci_unpacks(
    portcall: Portcall, reference: str, unpacked: Path
) -> None:
    """compare_images tells by them what has changed."""

    asked = parse_reference(reference)
    image = await open_image(await portcall._backend_for(asked), asked, None, portcall._default_platform)
    tree = MergedTree.of(await portcall._layers.reader(image, None).indexes())
    ours = {f"/{path}": node.content.entry.digest for path, node in tree if node.kind == "file"}
    theirs = {path: each.digest for path, each in seen(unpacked).items() if each.digest}
    assert {path: digest.hex() for path, digest in ours.items() if digest} == theirs


@pytest.mark.parametrize("path", READ)
async def test_a_file_is_read_to_the_last_byte(
    portcall: Portcall, reference: str, unpacked: Path, path: str
) -> None:
    there = unpacked / path.lstrip("/")  # its links are relative ones, so they lead nowhere else
    assert await content(portcall, reference, path) == there.read_bytes()
