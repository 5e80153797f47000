"""Reads every layer of the image in the first argument, and prints what that took as JSON; see ``inside.py``."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from pathlib import Path

from portcall import Portcall
from portcall.settings import load_settings
from portcall.testing import FakeRegistry, image, layer

_STATUS = Path("/proc/self/status")
_KIB = 1024


async def measured(reference: str) -> dict[str, float]:
    """Return the seconds of ``analyze_layers``, and the resident MiB before it, at its peak and after it."""
    async with Portcall(load_settings()) as portcall:
        await _warmed(portcall)
        gc.collect()
        before = _resident("VmRSS")
        _forget_peak()
        began = time.perf_counter()
        told = await portcall.analyze_layers(reference, deep=True)
        seconds = time.perf_counter() - began
        assert told.verified
        return {
            "seconds": seconds,
            "before": before,
            "peak": _resident("VmHWM"),
            "end": _resident("VmRSS"),
        }


async def _warmed(portcall: Portcall) -> None:
    """Look into a small image, so that what is imported is no growth."""
    registry = FakeRegistry()
    registry.push("a", image([layer({"a": "b"})]), tags=["1"])
    with registry.serve() as address:
        await portcall.analyze_layers(f"{address.netloc}/a:1", deep=True)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _resident(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / _KIB


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(sys.argv[1]))))
