"""Plugins of strangers, as pip would have installed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NOISY = '''\
"""Prints wherever it can, and answers all the same."""

import os
import subprocess

from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

print("a stray print while importing")
subprocess.run(["echo", "a program's print while importing"], check=True)


class NoisyBackend(RegistryBackend):
    async def get_manifest(self, repository, identifier):
        print("a stray print")
        print('{"jsonrpc": "2.0", "id": 1, "result": {}}', flush=True)
        os.write(1, b"a stray write to the descriptor\\n")
        subprocess.run(["echo", "a stray word of a child"], check=True)
        return await super().get_manifest(repository, identifier)


@hookimpl
def portcall_backends():
    yield BackendRegistration(name="noisy", factory=NoisyBackend)
'''

BROKEN = '''\
"""Fails while it is imported, with something secret in its words."""

raise RuntimeError("a part is missing")
'''


def install_plugin(folder: Path, name: str, source: str) -> Path:
    """Write a plugin ``portcall-<name>`` with its metadata into ``folder``; return it, for PYTHONPATH."""
    module = f"portcall_{name}"
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: portcall-{name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[portcall.plugins]\n{name} = {module}\n")
    return folder
