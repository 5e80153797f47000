"""The merged tree is what umoci unpacks, wherever umoci can."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.core.images.files.layered import IMAGES, Entries, archive
from tests.core.images.files.naive import NaiveImage
from tests.core.images.files.test_tree_properties import indexes_of, seen

from portcall.images.files import MergedTree
from portcall.testing.images import BuiltImage, image, layer

UMOCI = shutil.which("umoci")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(UMOCI is None, reason="umoci is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="umoci unpacks owners, which needs root"),
]


def write_layout(built: BuiltImage, folder: Path) -> None:
    """Write an image as an OCI layout, tagged ``latest``."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    for digest, blob in {**built.blobs, built.digest: built.manifest}.items():
        (blobs / digest.partition(":")[2]).write_bytes(blob)
    descriptor = built.descriptor(annotations={"org.opencontainers.image.ref.name": "latest"})
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))


def unpack(built: BuiltImage, folder: Path) -> NaiveImage | None:
    """Return the image as umoci unpacks it; ``None`` where it refuses."""
    write_layout(built, folder / "layout")
    command = [UMOCI or "", "raw", "unpack", "--image", f"{folder}/layout:latest", f"{folder}/root"]
    done = subprocess.run(command, capture_output=True, check=False)
    unpacked = NaiveImage.__new__(NaiveImage)
    unpacked.root = str(folder / "root")
    return unpacked if done.returncode == 0 else None


def test_the_tree_is_what_umoci_unpacks():
    """umoci refuses what no engine unpacks, a good third of what is tried here."""
    compared = []

    @given(IMAGES)
    @settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def compare(layers: Sequence[Entries]) -> None:
        folder = Path(tempfile.mkdtemp())
        try:
            reference = unpack(image([layer(tar=archive(entries)) for entries in layers]), folder)
            if reference is not None:
                tree = MergedTree.of(indexes_of(layers))
                assert {path: seen(node, layers) for path, node in tree} == reference.everything()
                compared.append(len(layers))
        finally:
            shutil.rmtree(folder)

    compare()
    assert len(compared) > 200
