"""Configuration files of one test, and an environment with nothing of this machine's in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portcall.settings import Settings, load_settings

#: Writes a configuration file and loads it, with these variables and no others.
Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _no_configuration_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(toml: str = "", **variables: str) -> Settings:
        file = tmp_path / "portcall.toml"
        file.write_text(toml, encoding="utf-8")
        return load_settings(file, variables)

    return load
