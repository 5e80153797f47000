"""olareg, an OCI 1.1 registry with the referrers API: an extra, for machines that have or can build it.

Debian's docker-registry knows no referrers, and no paging of tags. olareg is taken from ``PATH``, else
from the cache, else built into the cache by Go from the module that ``olareg/go.mod`` pins and
``olareg/go.sum`` seals (some 25 s, once; three small dependencies).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.testbed.process import Service
from tests.testbed.registry import RealRegistry
from tests.testbed.sharing import locked
from tests.testbed.trust import of_the_system

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "github.com/olareg/olareg/cmd/olareg"
MODULE = Path(__file__).parent / "olareg"
CACHE = Path.home() / ".cache" / "portcall-testbed"
BUILD_TIMEOUT = 180
OLAREG_REFUSES = frozenset({("demo/odd", "foreign")})  # it wants every layer, foreign ones too


@contextmanager
def oci11(folder: Path) -> Iterator[RealRegistry]:
    """Run olareg, in memory, without authentication; skips the test where it can't be had."""
    program = olareg_binary()
    folder.mkdir(parents=True, exist_ok=True)
    command = [program, "serve", "--addr", "127.0.0.1", "--store-type", "mem", "--api-delete"]
    for attempt in range(3):
        netloc = f"127.0.0.1:{_free_port()}"  # olareg tells no port: ours may be gone by then
        with Service([*command, "--port", netloc.partition(":")[2]], folder / "log") as service:
            try:
                service.wait_for(lambda: _answers(f"http://{netloc}/v2/"), "olareg")  # noqa: B023 -- called here
            except RuntimeError:
                if attempt == 2:
                    raise
                continue
            yield RealRegistry("oci11", netloc, f"http://{netloc}")
            return


def olareg_binary(cache: Path = CACHE) -> str:
    """Return the path of olareg, built first if need be; skip the test, in CI too, with a plain reason."""
    if found := shutil.which("olareg"):
        return found
    binary = cache / "olareg-0.1.2"
    go = shutil.which("go")
    if not binary.exists() and go is None:
        pytest.skip("olareg is an extra: neither it nor a Go toolchain to build it is installed")
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / "lock"):  # one build for all of pytest-xdist's workers
        if not binary.exists() and go is not None:
            _build(go, binary)
    return str(binary)


def _build(go: str, binary: Path) -> None:
    """Build olareg; what went wrong is kept, so that a machine without network waits only once."""
    failed = binary.with_name(f"{binary.name}.failed")
    if failed.exists():
        pytest.skip(f"olareg is an extra: it could not be built ({failed}; delete that file to try again)")
    made = binary.with_name(f"{binary.name}.new")
    settings = of_the_system() | {"GOFLAGS": "-mod=readonly -trimpath", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go, "build", "-o", str(made), PACKAGE]
    try:
        subprocess.run(command, cwd=MODULE, env=settings, check=True, capture_output=True, timeout=BUILD_TIMEOUT)
    except subprocess.SubprocessError as error:
        output = getattr(error, "stderr", None) or b""
        failed.write_text(f"{error}\n{output.decode(errors='replace')}")
        pytest.skip(f"olareg is an extra: it could not be built ({failed} says why)")
    made.rename(binary)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool | None:
    try:
        return httpx.get(url, trust_env=False).is_success or None
    except httpx.TransportError:
        return None
