"""The wheel and the sdist hold all that they should, and nothing else."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from configparser import ConfigParser
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest

from portcall import __version__

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from tests.packaging.conftest import Built


def contents(wheel: Path) -> dict[str, bytes]:
    """Return a wheel's files by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def files(built: Built) -> dict[str, bytes]:
    return contents(built.wheel)


@pytest.fixture(scope="module")
def plugin_folders(root: Path) -> set[str]:
    return {folder.name for folder in (root / "plugins").iterdir() if (folder / "__init__.py").exists()}


def metadata_file(files: dict[str, bytes], name: str) -> str:
    return files[f"portcall-{__version__}.dist-info/{name}"].decode()


def metadata(files: dict[str, bytes]) -> Message:
    return HeaderParser().parsestr(metadata_file(files, "METADATA"))


def entry_points(files: dict[str, bytes]) -> dict[str, dict[str, str]]:
    parser = ConfigParser()
    parser.read_string(metadata_file(files, "entry_points.txt"))
    return {section: dict(parser[section]) for section in parser.sections()}


def test_each_plugin_folder_is_in_the_wheel_and_has_an_entry_point(
    files: dict[str, bytes], plugin_folders: set[str]
) -> None:
    assert len(plugin_folders) >= 4
    packaged = {name.partition("/")[0] for name in files if name.endswith("/__init__.py")}
    assert packaged == plugin_folders | {"portcall"}
    assert set(entry_points(files)["portcall.plugins"].values()) == plugin_folders


def test_the_command_has_its_entry_point(files: dict[str, bytes]) -> None:
    assert entry_points(files)["console_scripts"] == {"portcall": "portcall.cli:main"}


def test_every_module_of_the_checkout_is_in_the_wheel_and_nothing_else_is(
    files: dict[str, bytes], root: Path
) -> None:
    modules = {
        str(file.relative_to(above))
        for above in (root / "core", root / "plugins")
        for file in above.glob("portcall*/**/*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {name for name in files if ".dist-info/" not in name} == modules


def test_every_package_is_marked_as_typed(files: dict[str, bytes], plugin_folders: set[str]) -> None:
    assert {name for name in files if name.endswith("py.typed")} == {
        f"{package}/py.typed" for package in (*plugin_folders, "portcall")
    }


def test_the_licence_is_in_it(files: dict[str, bytes], root: Path) -> None:
    assert metadata_file(files, "licenses/LICENSE") == (root / "LICENSE").read_text()
    assert metadata(files)["License-Expression"] == "Apache-2.0"


def test_the_metadata_is_what_the_project_says(files: dict[str, bytes], root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    told = metadata(files)
    assert (told["Name"], told["Version"]) == ("portcall", __version__)
    assert told["Requires-Python"] == project["requires-python"] == ">=3.11"
    needed = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(needed) == len(project["dependencies"])
    assert set(told.get_all("Provides-Extra", [])) == set(project["optional-dependencies"])
    assert told.get_payload().strip() == (root / "README.md").read_text().strip()


def test_the_sdist_makes_the_same_wheel(files: dict[str, bytes], built: Built) -> None:
    again = contents(built.wheel_of_sdist)
    assert sorted(again) == sorted(files)
    assert [name for name in files if again[name] != files[name]] == []


def test_the_sdist_has_what_it_takes_to_test_it(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "Makefile", "tests/conftest.py"} <= names
    assert "tests/apt-packages.txt" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/"))]
