"""The ten-minute guide, followed to the letter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT, blocks_of


def test_the_plugin_guide_works_as_written(tmp_path: Path):
    (project,) = blocks_of("CONTRIBUTING.md", "toml")
    module, test, discovery = blocks_of("CONTRIBUTING.md", "python")
    source, target = tmp_path / "portcall-acme", tmp_path / "installed"
    source.mkdir()
    (source / "pyproject.toml").write_text(project.text)
    (source / "portcall_acme.py").write_text(module.text)
    (source / "test_acme.py").write_text(test.text)
    (source / "test_acme_discovery.py").write_text(discovery.text)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", f"--target={target}", str(source)], check=True)

    environment = dict(os.environ) | {"PYTHONPATH": str(target), "PORTCALL_CONFIG": os.devnull}
    plugins = subprocess.run(
        [sys.executable, "-m", "portcall", "plugins"],
        env=environment,
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "portcall-acme:acme 0.1.0 loaded" in plugins.stdout
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        env=environment,
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_folder_of_the_source_is_on_the_map():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [path.name for path in (ROOT / "core" / "portcall").iterdir() if (path / "__init__.py").is_file()]
    missing = [name for name in folders if f"{name}/" not in text and name != "demo"]
    assert not missing
