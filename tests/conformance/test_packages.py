"""What npm installs for the suite: exactly what the lock says, from wherever this machine's registry is."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.conformance.suite import HERE
from tests.testbed import node
from tests.testbed.process import missing_program

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = HERE / "package-lock.json"


def test_the_lock_names_no_registry() -> None:
    """Whoever installs takes the packages from their own; what they get has to match the checksum."""
    packages = json.loads(_LOCK.read_text())["packages"]
    of_others = {name: package for name, package in packages.items() if name}
    assert len(of_others) > 100
    assert [name for name, package in of_others.items() if "resolved" in package] == []
    assert [name for name, package in of_others.items() if not package["integrity"].startswith("sha512-")] == []


def test_the_lock_holds_no_address_but_where_authors_ask_for_money() -> None:
    packages = json.loads(_LOCK.read_text())["packages"].values()
    without = json.dumps(
        [{key: value for key, value in package.items() if key != "funding"} for package in packages]
    )
    assert re.findall(r"\w+://[^\"]+", without) == []


def test_every_version_is_pinned() -> None:
    manifest = json.loads((HERE / "package.json").read_text())
    wanted = manifest["dependencies"] | manifest["optionalDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version)] == []


def test_what_is_not_what_the_lock_says_is_not_installed(tmp_path: Path) -> None:
    """One package has another's checksum; nothing is left behind that a later run would take for good."""
    manifest = _manifest(tmp_path, integrity="sha512-" + "A" * 86 + "==")
    with pytest.raises(RuntimeError, match="EINTEGRITY"):
        node.installed(manifest, tmp_path / "store")
    assert not list((tmp_path / "store").glob("changed-????????????????"))


def test_a_lock_of_other_versions_is_an_error_not_a_reason_to_skip(tmp_path: Path) -> None:
    manifest = _manifest(tmp_path, wanted="2.1.2")
    with pytest.raises(RuntimeError, match="EUSAGE"):
        node.installed(manifest, tmp_path / "store")


def test_a_registry_out_of_reach_skips_the_tests_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("npm") is None:
        missing_program("npm is not installed")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(pytest.skip.Exception, match="npm could not install"):
        node.installed(_manifest(tmp_path), tmp_path / "store")


def _manifest(folder: Path, *, wanted: str = "2.1.3", integrity: str = "sha512-" + "B" * 86 + "==") -> Path:
    """Return a folder that asks for one package, and locks it."""
    manifest = folder / "changed"
    manifest.mkdir()
    package = {"name": "changed", "version": "1.0.0", "dependencies": {"ms": wanted}}
    root = {**package, "dependencies": {"ms": "2.1.3"}}
    locked = {"": root, "node_modules/ms": {"version": "2.1.3", "integrity": integrity}}
    lock = {"name": "changed", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": locked}
    (manifest / "package.json").write_text(json.dumps(package))
    (manifest / "package-lock.json").write_text(json.dumps(lock))
    return manifest


def test_without_npm_the_tests_are_skipped_at_home_and_fail_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="npm is not installed"):
        node.installed(HERE, tmp_path / "store")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="npm is not installed"):
        node.installed(HERE, tmp_path / "store")
