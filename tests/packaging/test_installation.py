"""Whoever installs portcall can use it: in a clean environment, from a wheel, a folder or a repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from portcall import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.shell import Shell

# What a plugin author's own tests use may want pytest; nothing else may want anything.
IMPORT_ALL = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("error")
for name in {packages}:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        try:
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name != "pytest" or not module.name.startswith("portcall.testing."):
                raise
print(len([name for name in sys.modules if name.startswith("portcall")]))
"""
FOUND = """
import json, portcall
from importlib.metadata import entry_points
print(json.dumps([portcall.__version__, sorted(entry_points(group="portcall.plugins").names)]))
"""
PLUGINS = ["dockerhub", "ghcr", "oci", "quay"]


class TestCleanEnvironment:
    def test_the_command_is_there(self, installed: Path, shell: Shell) -> None:
        done = shell.run([str(installed / "portcall"), "--version"])
        assert (done.status, done.out, done.err) == (0, f"portcall {__version__}\n", "")

    def test_the_built_in_plugins_are_found_and_loaded(self, installed: Path, shell: Shell) -> None:
        done = shell.run([str(installed / "portcall"), "plugins", "--json"])
        assert (done.status, done.err) == (0, "")
        rows = json.loads(done.out)["plugins"]
        assert [(row["plugin"], row["state"], row["version"]) for row in rows] == [
            (f"portcall:{name}", "loaded", __version__) for name in PLUGINS
        ]

    def test_the_demonstration_runs_in_ten_seconds(self, installed: Path, shell: Shell) -> None:
        done = shell.run([str(installed / "portcall"), "demo"])
        assert (done.status, done.err) == (0, "")
        assert "get_image_details" in done.out
        assert done.busy < 10

    def test_every_module_is_imported_without_a_warning_or_a_missing_dependency(
        self, installed: Path, shell: Shell
    ) -> None:
        packages = ("portcall", *(f"portcall_{name}" for name in PLUGINS))
        script = IMPORT_ALL.format(packages=packages)
        done = shell.run([str(installed / "python"), "-c", script])
        assert (done.status, done.err) == (0, "")
        assert int(done.out) > 100


def test_the_checkout_can_be_installed_by_pip(
    install_alone: Callable[[str], Path], root: Path, shell: Shell
) -> None:
    done = shell.run([str(install_alone(str(root)) / "python"), "-c", FOUND])
    assert (done.status, json.loads(done.out)) == (0, [__version__, PLUGINS])


@pytest.mark.slow
def test_the_repository_can_be_installed_by_pip(
    install_alone: Callable[[str], Path], root: Path, tmp_path: Path, shell: Shell
) -> None:
    if not (root / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no git checkout")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(clone)], check=True)
    done = shell.run([str(install_alone(f"git+file://{clone}") / "python"), "-c", FOUND])
    assert (done.status, json.loads(done.out)[1]) == (0, PLUGINS)
