"""Programs of npm's packages, at the versions of a committed lock, run by a Node that is locked beside them.

Each set of packages is installed once for a work tree, in ``.testbed/``, and again when its lock changes. npm
itself comes with the machine; what it downloads has to match the lock's checksums, and no script of any is run.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed.process import missing_program
from tests.testbed.sharing import locked
from tests.testbed.trust import of_the_system

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where every work tree keeps what its tests need, and git does not look.
STORE = Path(__file__).parents[2] / ".testbed"
#: What says which packages a folder wants.
MANIFEST = ("package.json", "package-lock.json")
#: Seconds for a download of some 60 MB.
_PATIENCE = 300
#: What npm says where the lock is at fault, rather than the way to the registry.
_WRONG_LOCK = ("EINTEGRITY", "EUSAGE", "EJSONPARSE")


@dataclass(frozen=True, slots=True)
class NodePackages:
    """Installed packages.

    Args:
        folder: Which holds ``node_modules``.
    """

    folder: Path

    @property
    def node(self) -> Path | None:
        """The Node among the packages; ``None`` where there is none for this kind of machine."""
        return next(self.folder.glob("node_modules/node-linux-*/bin/node"), None)

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of a package's program; where no Node of ours runs, skip the test or fail it."""
        if self.node is None:
            missing_program("no Node among the packages runs here: they have those for Linux, x64 and arm64")
        return [str(self.node), str(self.folder / "node_modules" / ".bin" / name), *arguments]


def installed(manifest: Path, store: Path = STORE) -> NodePackages:
    """Return the packages that the lock in ``manifest`` names, installed if they were not yet.

    Without npm, or without a way to its registry, the test is skipped, and fails where ``CI`` is set.

    Args:
        manifest: A folder with ``package.json`` and ``package-lock.json``.
        store: Where to install.

    Raises:
        RuntimeError: A download is not what the lock says, or the lock does not fit the package.json.
    """
    contents = [(manifest / name).read_bytes() for name in MANIFEST]
    wanted = hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]
    folder = store / f"{manifest.name}-{wanted}"
    store.mkdir(exist_ok=True)
    with locked(store / f"{manifest.name}.lock"):
        if not folder.exists():
            _install(manifest, folder)
    return NodePackages(folder)


def _install(manifest: Path, folder: Path) -> None:
    """Install into ``folder``, which exists afterwards only if all went well."""
    npm = shutil.which("npm")
    if npm is None:
        missing_program("npm is not installed: it comes with Node (https://nodejs.org, or apt-get install npm)")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in MANIFEST:
        shutil.copyfile(manifest / name, unfinished / name)
    outcome = _npm([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], unfinished)
    if outcome.returncode != 0:
        told = outcome.stderr[:2000]  # what is wrong comes first, and then how npm is used
        if any(code in told for code in _WRONG_LOCK):
            raise RuntimeError(f"npm refuses {manifest / 'package-lock.json'}:\n{told}")
        missing_program(f"npm could not install what {manifest.name} needs:\n{told}")
    for old in folder.parent.glob(f"{manifest.name}-{'[0-9a-f]' * 16}*"):  # and not another's, of a longer name
        if old != unfinished:
            shutil.rmtree(old)
    unfinished.rename(folder)


def _npm(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # The registry's certificate is one that the machine trusts; the tests do not.
    trusting = of_the_system()
    try:
        return subprocess.run(
            command, cwd=folder, env=trusting, timeout=_PATIENCE, check=False, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no end in {_PATIENCE} s")
