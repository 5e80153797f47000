"""Virtual environments of a ``requirements.txt``: made by uv, once for a work tree, from the index that pip uses.

Each lies in ``.testbed/``, under its requirements' hash, and is made again when they change. What the tests hide
of the machine, its trust, is given back to uv; what pip is told of an index is told to uv in its own words.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed.process import missing_program
from tests.testbed.sharing import locked
from tests.testbed.trust import of_the_system

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where every work tree keeps what its tests need, and git does not look.
STORE = Path(__file__).parents[2] / ".testbed"
#: Seconds for a download of some 60 MB.
_PATIENCE = 300
#: What uv says where the requirements are at fault, rather than the way to the index.
_WRONG_REQUIREMENTS = ("No solution found", "Couldn't parse requirement", "Hash mismatch")
#: pip's options, uv's variables for the same, and what separates several values in one.
_SAME_IN_UV = (
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", " "),
)


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A virtual environment.

    Attributes:
        folder: Its own.
    """

    folder: Path

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.bin / "python"

    def installed(self) -> set[str]:
        """Return the names of the distributions in it, as their folders spell them."""
        found = self.folder.glob("lib/python*/site-packages/*.dist-info")
        return {folder.name.partition("-")[0].lower() for folder in found}


def installed(requirements: Path, name: str, store: Path = STORE) -> PythonEnvironment:
    """Return an environment with what ``requirements`` asks for, made if there is none yet.

    Without a way to the index the test is skipped, and fails where ``CI`` is set.

    Args:
        requirements: A ``requirements.txt``.
        name: What to call the environment; one of its name is replaced when the requirements change.
        store: Where to keep it.

    Raises:
        RuntimeError: The requirements cannot be met.
    """
    told = f"{sys.version_info[:3]} {sys.executable}".encode()
    wanted = hashlib.sha256(requirements.read_bytes() + told).hexdigest()[:16]
    folder = store / f"{name}-{wanted}"
    store.mkdir(exist_ok=True)
    with locked(store / f"{name}.lock"):
        if not (folder / "done").exists():
            for old in store.glob(f"{name}-{'?' * len(wanted)}"):
                shutil.rmtree(old)
            _install(requirements, folder)
            (folder / "done").touch()
    return PythonEnvironment(folder)


def _install(requirements: Path, folder: Path) -> None:
    # Not moved when it is finished: a virtual environment's programs name the folder that they were made in.
    variables = uv_variables(_settings_of_pip(), of_the_system())
    making = _uv(["venv", "--quiet", f"--python={sys.executable}", str(folder)], variables)
    filling = ["pip", "install", "--quiet", "--link-mode=hardlink"]
    if making.returncode == 0:
        into = f"--python={folder / 'bin' / 'python'}"
        making = _uv([*filling, into, f"--requirement={requirements}"], variables)
    if making.returncode != 0:
        said = making.stderr[:2000]
        if any(fault in said for fault in _WRONG_REQUIREMENTS):
            raise RuntimeError(f"uv refuses {requirements}:\n{said}")
        missing_program(f"uv could not install {requirements}:\n{said}")


def _uv(arguments: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "uv", *arguments]
    try:
        return subprocess.run(
            command, env=variables, timeout=_PATIENCE, check=False, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no end in {_PATIENCE} s")


def _settings_of_pip() -> str:
    """Return what pip's files and variables say, as ``pip config list`` prints it."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, env=of_the_system(), capture_output=True, text=True, check=True)
    return done.stdout


def uv_variables(pip_settings: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which uv looks where pip would.

    Args:
        pip_settings: Lines like ``global.index-url='https://…'``; what the environment says is among them.
        environment: To which it is added; what is there for uv itself wins.
    """
    by_scope: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}  # the later wins
    for line in pip_settings.splitlines():
        key, _, value = line.partition("=")
        scope, _, option = key.partition(".")
        by_scope.get(scope, {})[option] = ast.literal_eval(value)
    values = {option: value for scope in by_scope.values() for option, value in scope.items()}
    added = {"UV_SYSTEM_CERTS": "true", "UV_NO_CONFIG": "true"}
    for option, variable, separator in _SAME_IN_UV:
        # A folder of wheels that is not there is nothing to pip, and an error to uv.
        given = [place for place in values.get(option, "").split() if option != "find-links" or _is_there(place)]
        if given:
            added[variable] = separator.join(given)
    return added | dict(environment)


def _is_there(place: str) -> bool:
    return "://" in place or os.path.isdir(place)  # noqa: PTH112 - it may not be a path at all
