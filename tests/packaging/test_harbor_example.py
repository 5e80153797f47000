"""A third party's plugin: installed it is there, with no change but one entry; uninstalled it leaves no trace."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.packaging.conftest import PATIENCE, copy_of, run
from tests.testbed.shell import Finished, Shell

HOST = "harbor.corp.example"
BUILT_IN = {"portcall:dockerhub", "portcall:ghcr", "portcall:oci", "portcall:quay"}


@dataclass(frozen=True)
class Environment:
    """A virtual environment with portcall's wheel in it, and what a person does there.

    Attributes:
        folder: The environment's.
        shell: Runs commands with a home folder of their own.
        harbor: Where a Harbor is served.
    """

    folder: Path
    shell: Shell
    harbor: str

    def pip(self, *arguments: str) -> None:
        """Run the pip that is here, in that environment."""
        run([sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"), *arguments])

    def portcall(self, *arguments: str, backend: str = "harbor") -> Finished:
        """Run a command with the one entry that a Harbor needs."""
        entry = {HOST: {"backend": backend, "endpoint": self.harbor}}
        variables = {"PORTCALL_REGISTRIES": json.dumps(entry), "PORTCALL_NETWORK__PROXY": "none"}
        return self.shell.run([str(self.folder / "bin" / "portcall"), *arguments], environment=variables)

    def call(self, tool: str, **arguments: str) -> dict[str, Any]:
        """Return the JSON that a tool answers with."""
        done = self.portcall("call", tool, *(f"{name}={value}" for name, value in arguments.items()))
        told: dict[str, Any] = json.loads(done.out)
        assert done.status == 0, told
        return told

    def plugins(self) -> set[str]:
        """Return the plugins that are loaded."""
        listed = json.loads(self.portcall("plugins", "--json", backend="oci").out)
        return {plugin["plugin"] for plugin in listed["plugins"] if plugin["state"] == "loaded"}

    def files(self) -> set[str]:
        """Return every file of the environment and of the home folder, but for what Python keeps of its own."""
        found = [path for folder in (self.folder, self.shell.home) for path in folder.rglob("*")]
        return {str(path) for path in found if "__pycache__" not in path.parts}


@pytest.fixture
def harbor(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the example's own double of Harbor is served."""
    monkeypatch.syspath_prepend(str(root / "examples" / "portcall-harbor" / "tests"))
    from harbor_double import HarborDouble, Project

    from portcall.testing import image, layer

    double = HarborDouble([Project("library")])
    double.push("library/nginx", image([layer({"srv/app": "one\n"})]), tags=["1.0", "1.1"])
    with double.serve() as address:
        yield address.url
    assert double.violations == []


@pytest.fixture
def environment(
    installed: Path, shell: Shell, harbor: str, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    folder = tmp_path_factory.mktemp("clean") / "venv"
    copy_of(installed.parent, folder)
    return Environment(folder, shell, harbor)


def test_it_is_installed_and_used_and_uninstalled_without_a_trace(environment: Environment, root: Path):
    without = environment.portcall("registries")
    assert without.status == 2
    assert "backend is none that a plugin offers" in without.err
    assert environment.plugins() == BUILT_IN
    before = environment.files()

    environment.pip("install", "--quiet", str(root / "examples" / "portcall-harbor"))
    assert environment.plugins() == BUILT_IN | {"portcall-harbor:harbor"}
    found = environment.call("search_images", query="nginx", registry=HOST)
    assert [row["name"] for row in found["images"]] == [f"{HOST}/library/nginx"]
    tags = environment.call("search_tags", image_name=f"{HOST}/library/nginx")
    assert [(tag["name"], bool(tag["last_updated"])) for tag in tags["tags"]] == [("1.1", True), ("1.0", True)]
    listed = environment.call("list_repositories", namespace="library", registry=HOST)
    assert [row["pulls"] is not None for row in listed["repositories"]] == [True]
    assert environment.call("get_image_details", image_name=f"{HOST}/library/nginx:1.1")["registry"] == HOST
    assert environment.call("list_harbor_projects", registry=HOST)["total"] == 1

    environment.pip("uninstall", "--quiet", "--yes", "portcall-harbor")
    assert environment.files() == before
    assert environment.plugins() == BUILT_IN
    assert environment.portcall("registries").status == 2


def test_it_is_written_against_the_public_face_alone(root: Path):
    public = {"portcall", "portcall.plugin", "portcall.models", "portcall.errors"}
    modules = list((root / "examples" / "portcall-harbor" / "src").rglob("*.py"))
    assert len(modules) > 5
    imported = {name for module in modules for name in _imports(module) if name.split(".")[0] == "portcall"}
    assert imported <= public


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_its_own_tests_pass_against_this_portcall(root: Path, tmp_path: Path):
    source, target = root / "examples" / "portcall-harbor", tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-build-isolation", f"--target={target}", str(source)])
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests'}"],
        env=dict(os.environ) | {"PYTHONPATH": str(target), "PORTCALL_CONFIG": os.devnull},
        cwd=source,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
