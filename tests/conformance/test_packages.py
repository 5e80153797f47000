"""What npm installs for the suite: exactly what the lock says, from wherever this machine's registry is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.conformance.suite import HERE
from tests.testbed import node

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
    manifest = tmp_path / "changed"
    manifest.mkdir()
    package = {"name": "changed", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}}
    wrong = {"version": "2.1.3", "integrity": "sha512-" + "A" * 86 + "=="}
    lock = {"name": "changed", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    lock["packages"] = {"": package, "node_modules/ms": wrong}
    (manifest / "package.json").write_text(json.dumps(package))
    (manifest / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(RuntimeError, match="EINTEGRITY"):
        node.installed(manifest, tmp_path / "store")
    assert not list((tmp_path / "store").glob("changed-????????????????"))


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
