"""What pip would install: built once, installed once, for all of pytest-xdist's workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.testbed.sharing import locked, shared_folder
from tests.testbed.shell import Shell
from tests.testbed.trust import of_the_system

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
#: Seconds for one build or installation; with a warm network the longest takes some 25.
PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Built:
    """The files that a release would upload, and the wheel that others would make of its source.

    Attributes:
        wheel: Made from the checkout.
        sdist: Made from the checkout.
        wheel_of_sdist: Made from the sdist alone.
    """

    wheel: Path
    sdist: Path
    wheel_of_sdist: Path


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Wheels and sdist, by hatchling as it is installed here: no network."""
    folder = shared_folder(tmp_path_factory) / "dist"
    with locked(folder.with_suffix(".lock")):
        if not folder.exists():
            unfinished = tmp_path_factory.mktemp("dist")
            build = [sys.executable, "-m", "build", "--no-isolation"]
            run([*build, "--wheel", "--outdir", str(unfinished / "direct"), str(ROOT)])
            run([*build, "--outdir", str(unfinished / "released"), str(ROOT)])
            unfinished.rename(folder)
    (wheel,) = folder.glob("direct/*.whl")
    (sdist,) = folder.glob("released/*.tar.gz")
    (wheel_of_sdist,) = folder.glob("released/*.whl")
    return Built(wheel, sdist, wheel_of_sdist)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a virtual environment that holds the wheel, what it depends on, and nothing else."""
    folder = shared_folder(tmp_path_factory) / "venv"
    done = folder / "done"
    with locked(folder.with_suffix(".lock")):
        if not done.exists():
            pip_install(folder, str(built.wheel))
            done.touch()
    return folder / "bin"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs commands with an empty home folder."""
    return Shell(tmp_path)


@pytest.fixture
def install_alone(tmp_path: Path) -> Callable[[str], Path]:
    """Installs something without its dependencies into an empty environment; returns its ``bin`` folder."""

    def install(what: str) -> Path:
        pip_install(tmp_path / "venv", "--no-deps", what)
        return tmp_path / "venv" / "bin"

    return install


def pip_install(folder: Path, *arguments: str) -> None:
    """Make a virtual environment and install into it, by the pip that is here."""
    venv.create(folder, clear=True, symlinks=True)
    python = str(folder / "bin" / "python")
    run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *arguments])


def copy_of(environment: Path, folder: Path) -> None:
    """Make another environment that holds what this one does; its files are the same until one is replaced."""
    venv.create(folder, clear=True, symlinks=True)
    shutil.copytree(environment / "lib", folder / "lib", symlinks=True, copy_function=os.link, dirs_exist_ok=True)
    for script in (environment / "bin").iterdir():
        if not script.is_symlink() and not (folder / "bin" / script.name).exists():
            made = folder / "bin" / script.name
            made.write_text(script.read_text().replace(str(environment), str(folder)))
            made.chmod(0o755)


def run(command: list[str]) -> None:
    """Run a command; fail with all that it said."""
    done = subprocess.run(
        command, env=of_the_system(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
