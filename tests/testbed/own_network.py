"""``portcall`` in a network of its own, whose name service keeps silent or is not there at all.

Linux' namespaces allow it without any privilege, where the system has not forbidden them to ordinary users.
Inside there is the loopback interface and nothing else; ``/etc/resolv.conf`` names 127.0.0.1, and lets the
system wait ``SYSTEM_PATIENCE`` seconds for it (its own default is ten).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SYSTEM_PATIENCE = 4

_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount", "--net")
_SIOCSIFFLAGS, _UP, _RUNNING = 0x8914, 0x1, 0x40
_PR_SET_PDEATHSIG, _SIGKILL = 1, 9


def in_own_network(name_service: str, asked: Path, *arguments: str) -> list[str]:
    """Return the command that runs ``python -m portcall`` there, as one process; without namespaces, skip.

    Args:
        name_service: ``silent``: it takes questions and never answers; ``absent``: nothing listens.
        asked: A file that is made when the silent one has got a question.
        arguments: Portcall's.
    """
    return python_in_own_network(name_service, asked, "-m", "portcall", *arguments)


def python_in_own_network(name_service: str, asked: Path, *arguments: str) -> list[str]:
    """Return the command that runs Python there; see :func:`in_own_network`."""
    if not _is_allowed():
        pytest.skip("this system lets nobody have a network namespace of their own")
    return [*_UNSHARE, sys.executable, __file__, name_service, str(asked), *arguments]


def _is_allowed() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode == 0


def _become(name_service: str, asked: Path, arguments: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _UP | _RUNNING))
    resolver = asked.with_suffix(".resolv")
    resolver.write_text(f"nameserver 127.0.0.1\noptions timeout:{SYSTEM_PATIENCE} attempts:1\n")
    subprocess.run(["mount", "--bind", str(resolver), "/etc/resolv.conf"], check=True)
    if name_service == "silent":
        service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        service.bind(("127.0.0.1", 53))
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)  # ends with portcall, however that ends
            for stream in range(3):
                os.close(stream)
            while service.recv(4096):
                asked.touch()
        service.close()
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    _become(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
