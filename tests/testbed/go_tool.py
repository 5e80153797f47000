"""Programs in Go that tests use, each built once into the cache, from a module that is pinned and sealed.

They are extras: without Go, or without a network when one is built first, the tests that want them are skipped.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.testbed.sharing import locked
from tests.testbed.trust import of_the_system

CACHE = Path.home() / ".cache" / "portcall-testbed"
BUILD_TIMEOUT = 300


def go_tool(source: Path, package: str = ".", cache: Path = CACHE) -> str:
    """Return the path of a program, built first if need be; skip the test, with a plain reason, where it can't be.

    Args:
        source: The folder of ``go.mod``, which pins what it is made of, and ``go.sum``, which seals it.
        package: What to build: the folder's own program, or another module's.
        cache: Where programs are kept, by the hash of what they are made of.
    """
    sealed = b"".join(file.read_bytes() for file in sorted(source.iterdir()) if file.is_file())
    binary = cache / f"{source.name}-{hashlib.sha256(sealed).hexdigest()[:12]}"
    go = shutil.which("go")
    if not binary.exists() and go is None:
        pytest.skip(f"{source.name} is an extra: neither it nor a Go toolchain to build it is installed")
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / f"{source.name}.lock"):  # one build for all of pytest-xdist's workers
        if not binary.exists() and go is not None:
            _build(go, package, source, binary)
    return str(binary)


def _build(go: str, package: str, source: Path, binary: Path) -> None:
    """Build it; what went wrong is kept, so that a machine without network waits only once."""
    failed = binary.with_name(f"{binary.name}.failed")
    if failed.exists():
        pytest.skip(f"{source.name} is an extra: it could not be built ({failed}; delete that file to try again)")
    made = binary.with_name(f"{binary.name}.new")
    settings = of_the_system() | {"GOFLAGS": "-mod=readonly -trimpath", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go, "build", "-o", str(made), package]
    try:
        subprocess.run(command, cwd=source, env=settings, check=True, capture_output=True, timeout=BUILD_TIMEOUT)
    except subprocess.SubprocessError as error:
        output = getattr(error, "stderr", None) or b""
        failed.write_text(f"{error}\n{output.decode(errors='replace')}")
        pytest.skip(f"{source.name} is an extra: it could not be built ({failed} says why)")
    made.rename(binary)
