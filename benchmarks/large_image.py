"""A large image, all of its layers read to the end: how fast, and in how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from filesystem import MIB, PackedLayer, packed_layers
from measuring import in_turns, print_grid, print_table
from place import Place, RefusedError
from tests.testbed.push import PushClient
from tests.testbed.registry import RealRegistry

BASELINE = "gzip -dc | tar t, layer after layer"


def read_all_layers(archive: Path, place: Place, real: RealRegistry, mib: int, rounds: int, folder: Path) -> None:
    """Print what it takes to read a large image whole: time beside ``gzip -dc | tar t``, and memory."""
    layers = list(packed_layers(archive, mib * MIB, folder / "large"))
    reference = f"{place.netloc}/{_push_packed(real, layers)}"
    unpacked = sum(each.unpacked for each in layers) / MIB
    stored = sum(each.file.stat().st_size for each in layers) / MIB
    print(f"\n{len(layers)} layers, {stored:,.0f} MiB as stored, {unpacked:,.0f} MiB unpacked")
    memory: list[dict[str, float]] = []

    def portcall() -> float:
        told = _in_a_new_process(place, reference)
        memory.append(told)
        return unpacked / told["seconds"]

    candidates = {BASELINE: lambda: unpacked / _listed(layers), "portcall, analyze_layers": portcall}
    results = in_turns(candidates, rounds)
    print_table("All layers read, MiB a second, unpacked", results, "MiB/s", BASELINE, more=True)
    growth = {
        f"at the {when}": {"MiB": f"{median(each[when] - each['before'] for each in memory):,.1f}"}
        for when in ("peak", "end")
    }
    print_grid("Resident memory of a new process above what it had before", growth)


def _listed(layers: list[PackedLayer]) -> float:
    """Return the seconds that a list of all files takes by the usual tools, layer after layer."""
    began = time.perf_counter()
    for each in layers:
        subprocess.run(f"gzip -dc {each.file} | tar t > /dev/null", shell=True, check=True)
    return time.perf_counter() - began


def _in_a_new_process(place: Place, reference: str) -> dict[str, float]:
    program = Path(__file__).parent / "whole_image.py"
    with tempfile.TemporaryDirectory() as home:
        environment = Place(place.netloc, Path(home), place.authorities).environment()
        line = [sys.executable, program, reference]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stderr.strip()[-1000:])
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _push_packed(real: RealRegistry, layers: list[PackedLayer]) -> str:
    """Push an image of ready layers; returns its repository and tag."""
    name = "systems/large"
    with PushClient(real) as client:
        described = [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": client.blob(name, each.file.read_bytes()),
                "size": each.file.stat().st_size,
            }
            for each in layers
        ]
        rootfs = {"type": "layers", "diff_ids": [each.diff_id for each in layers]}
        config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": rootfs}).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": client.blob(name, config),
                "size": len(config),
            },
            "layers": described,
        }
        client.manifest(name, "1", manifest)
    return f"{name}:1"
