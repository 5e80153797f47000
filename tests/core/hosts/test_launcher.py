"""The command that starts the running portcall again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portcall.hosts import Launcher, launcher_here

PYTHON = "/opt/python/bin/python3"


def nowhere(_: str) -> str | None:
    return None


def tools(name: str) -> str | None:
    return {"uvx": "/usr/bin/uvx", "pipx": "/usr/bin/pipx"}.get(name)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def origin(**more: object) -> str:
    return json.dumps({"url": "https://ada:hunter2@git.example/portcall.git", **more})


def test_a_console_script_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = program(tmp_path / "bin" / "portcall")
    assert launcher_here(str(script), PYTHON, nowhere, lambda: None) == Launcher((str(script),))
    monkeypatch.chdir(tmp_path)
    assert launcher_here("bin/portcall", PYTHON, nowhere, lambda: None) == Launcher((str(script),))
    found = launcher_here(
        "portcall", PYTHON, lambda name: str(script) if name == "portcall" else None, lambda: None
    )
    assert found == Launcher((str(script),))


def test_a_link_such_as_pipx_makes_stays_one_for_it_outlives_an_upgrade(tmp_path: Path) -> None:
    script = program(tmp_path / "venvs" / "portcall" / "bin" / "portcall")
    link = tmp_path / "portcall"
    link.symlink_to(script)
    assert launcher_here(str(link), PYTHON, nowhere, lambda: None) == Launcher((str(link),))


@pytest.mark.parametrize(
    "argv0", ["/site-packages/portcall/__main__.py", "-c", "/gone/bin/portcall", "pytest", ""]
)
def test_whatever_else_was_run_it_is_the_module_of_this_python(argv0: str) -> None:
    assert launcher_here(argv0, PYTHON, nowhere, lambda: None) == Launcher((PYTHON, "-m", "portcall"))


@pytest.mark.parametrize(
    ("direct_url", "requirement"),
    [
        (None, "portcall"),
        ('{"url": "file:///home/ada/port%20call", "dir_info": {}}', "/home/ada/port call"),
        (origin(vcs_info={"vcs": "git", "commit_id": "0" * 40}), "git+https://git.example/portcall.git"),
        (
            origin(vcs_info={"vcs": "git", "commit_id": "0" * 40, "requested_revision": "v1"}),
            "git+https://git.example/portcall.git@v1",
        ),
        (
            '{"url": "https://a.example/portcall-1-py3-none-any.whl"}',
            "https://a.example/portcall-1-py3-none-any.whl",
        ),
    ],
)
def test_what_uvx_runs_once_is_run_by_uvx_again_from_where_it_came(
    tmp_path: Path, direct_url: str | None, requirement: str
) -> None:
    """uv sweeps its cache; an entry that points into it would break one day. No login is written down."""
    script = program(tmp_path / "uv" / "archive-v0" / "x1" / "bin" / "portcall")
    found = launcher_here(str(script), PYTHON, tools, lambda: direct_url)
    assert found.words == ("/usr/bin/uvx", "--from", requirement, "portcall")


@pytest.mark.parametrize("cache", ["home/.cache", ".cache/pipx", "Library/Caches/pipx"])
def test_what_pipx_runs_once_is_run_by_pipx_again(tmp_path: Path, cache: str) -> None:
    script = program(tmp_path / cache / "b1d28b1e8aa1c5c" / "bin" / "portcall")
    found = launcher_here(str(script), PYTHON, tools, lambda: None)
    assert found == Launcher(("/usr/bin/pipx", "run", "--spec", "portcall", "portcall"))


def test_what_is_to_know_of_the_origin_is_told(tmp_path: Path) -> None:
    script = program(tmp_path / "uv" / "archive-v0" / "x1" / "bin" / "portcall")
    assert "from the index" in launcher_here(str(script), PYTHON, tools, lambda: "{").remark


def test_a_swept_place_without_its_tool_is_told_of(tmp_path: Path) -> None:
    script = program(tmp_path / "uv" / "archive-v0" / "x1" / "bin" / "portcall")
    found = launcher_here(str(script), PYTHON, nowhere, lambda: None)
    assert found.words == (str(script),)
    assert "swept" in found.remark
