"""What npm installs here is what the locks say, from wherever this machine's registry is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.packaging.frameworks.node.conftest import EXAMPLES, HERE
from tests.testbed.node import installed

if TYPE_CHECKING:
    from pathlib import Path

EVERY_SET = pytest.mark.parametrize(
    "folder",
    [EXAMPLES / "typescript", EXAMPLES / "typescript-1", HERE / "inspector"],
    ids=lambda folder: folder.name,
)


@EVERY_SET
def test_a_lock_names_no_registry_and_has_a_checksum_for_everything(folder: Path):
    packages = locked(folder)
    assert len(packages) > 30
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


@EVERY_SET
def test_a_lock_holds_no_address_but_where_authors_ask_for_money(folder: Path):
    without = [
        {key: value for key, value in package.items() if key != "funding"} for package in locked(folder).values()
    ]
    assert re.findall(r"\w+://[^\"]+", json.dumps(without)) == []


@EVERY_SET
def test_every_version_is_pinned(folder: Path):
    manifest = json.loads((folder / "package.json").read_text())
    wanted = manifest["dependencies"] | manifest.get("devDependencies", {})
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_an_example_is_of_the_generation_that_it_is_named_for():
    """Both have to be tried: they do not hold an answer against its schema in the same way."""
    two, one = locked(EXAMPLES / "typescript"), locked(EXAMPLES / "typescript-1")
    assert two["node_modules/@modelcontextprotocol/client"]["version"].startswith("2.")
    assert one["node_modules/@modelcontextprotocol/sdk"]["version"].startswith("1.")


def test_a_set_takes_the_place_of_its_own_older_one_alone(tmp_path: Path):
    store = tmp_path / "store"
    other, older = installed(empty(tmp_path / "kit-1"), store).folder, store / f"kit-{'0' * 16}"
    older.mkdir()
    newer = installed(empty(tmp_path / "kit"), store).folder
    assert {folder for folder in store.iterdir() if folder.is_dir()} == {other, newer}


def empty(folder: Path) -> Path:
    """Return a folder that asks for no package, for which npm asks nobody."""
    folder.mkdir()
    package = {"name": folder.name, "version": "1.0.0"}
    (folder / "package.json").write_text(json.dumps(package))
    lock = {**package, "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def locked(folder: Path) -> dict[str, Any]:
    """Return the packages that a folder's lock names."""
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    return {name: package for name, package in packages.items() if name}
