"""An image as a folder (an OCI layout), and on its way to a registry by skopeo."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.testbed.process import require_binary

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.registry import RealRegistry

    from portcall.testing.images import BuiltImage

TAG = "latest"


def write_layout(built: BuiltImage, folder: Path) -> Path:
    """Write an image as an OCI layout, tagged :data:`TAG`; returns ``folder``."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    for digest, blob in {**built.blobs, built.digest: built.manifest}.items():
        (blobs / digest.partition(":")[2]).write_bytes(blob)
    descriptor = built.descriptor(annotations={"org.opencontainers.image.ref.name": TAG})
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
    return folder


def push_layout(layout: Path, registry: RealRegistry, name: str) -> str:
    """Copy an OCI layout to a registry that asks nobody who they are; returns the full reference."""
    reference = registry.reference(name)
    skopeo_copy("--preserve-digests", "--dest-tls-verify=false", f"oci:{layout}:{TAG}", f"docker://{reference}")
    return reference


def skopeo_copy(*arguments: str) -> None:
    """Copy an image.

    Raises:
        RuntimeError: skopeo refused; with what it said.
    """
    run(require_binary("skopeo"), "--insecure-policy", "copy", "--quiet", *arguments)


def run(*command: str, cwd: Path | None = None) -> str:
    """Return what a command writes to stdout; where it fails, all that it said is in the error.

    Raises:
        RuntimeError: It failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
