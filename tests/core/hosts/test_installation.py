"""Putting an entry into a real file: in one step, with a copy, mode and links kept."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.hosts import (
    HOSTS,
    Host,
    Installed,
    LocalServer,
    Machine,
    entry_for,
    host_named,
    install,
    survey,
    user_file,
)

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = host_named("cursor")
ENTRY: dict[str, Any] = {"command": "/bin/portcall", "args": ["serve"]}
OTHERS = '{"mcpServers": {"git": {"command": "git"}}} // mine\n'


def machine(home: Path, platform: str) -> Machine:
    return Machine(platform, {"HOME": str(home), "USERPROFILE": str(home)})


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_every_host_on_every_platform_knows_portcall_once_it_is_installed(
    host: Host, platform: str, tmp_path: Path
) -> None:
    here = machine(tmp_path, platform)
    file, entry = user_file(host, here), entry_for(host, LocalServer(("/bin/portcall", "serve")))
    (before,) = survey([host], here, "portcall", lambda _: None)
    assert (before.file, before.is_here, before.has_entry) == (file, False, False)
    assert install(host, file, "portcall", entry) == Installed("added", file)
    (after,) = survey([host], here, "portcall", lambda _: None)
    assert (after.is_here, after.has_entry) == (True, True)
    assert install(host, file, "portcall", entry) == Installed("present", file)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_was_there_is_kept_beside_the_file_each_time_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(OTHERS)
    first = install(CURSOR, file, "portcall", ENTRY)
    between = file.read_text()
    second = install(CURSOR, file, "portcall", {**ENTRY, "args": ["serve", "--allow-write"]}, force=True)
    assert (first.state, second.state) == ("added", "replaced")
    assert first.copy
    assert second.copy
    assert (first.copy.name, second.copy.name) == ("mcp.json.bak", "mcp.json.bak2")
    assert (first.copy.read_text(), second.copy.read_text()) == (OTHERS, between)
    assert "// mine" in file.read_text()


def test_mode_and_link_stay_and_the_copy_is_no_more_open_than_the_file(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text(OTHERS)
    real.chmod(0o640)
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    done = install(CURSOR, link, "portcall", ENTRY)
    assert link.is_symlink()
    assert done.file == real
    assert done.copy == real.with_name("mcp.json.bak")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (real, done.copy)] == [0o640, 0o640]
    assert "portcall" in real.read_text()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"mcpServers": ', "mcp.json: it is no JSON: a value is missing .line 1, column 16."),
        (b'{"a": "\xff"}', "mcp.json is no UTF-8 text, from byte 7 on"),
        (b'{"mcpServers": {"portcall": {}}}', "mcp.json: there is another portcall already"),
    ],
)
def test_a_file_that_cannot_be_merged_is_left_alone_and_the_error_says_where(
    tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(content)
    with pytest.raises((ConfigurationError, InvalidArgumentError), match=told) as caught:
        install(CURSOR, file, "portcall", ENTRY)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["mcp.json"]


def test_no_file_and_no_folder_are_told_apart_from_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "mcp.json").mkdir()
    with pytest.raises(ConfigurationError, match="is no file"):
        install(CURSOR, tmp_path / "mcp.json", "portcall", ENTRY)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="is no file"):
        install(CURSOR, tmp_path / "pipe", "portcall", ENTRY)
    (tmp_path / "plain").touch()
    with pytest.raises(ConfigurationError, match="cannot be read: Not a directory"):
        install(CURSOR, tmp_path / "plain" / "mcp.json", "portcall", ENTRY)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        install(CURSOR, tmp_path / "loop", "portcall", ENTRY)


def outside(folder: Path) -> tuple[Path, Path]:
    """Return a project, as somebody else made it, and what its links lead to."""
    project, target = folder / "shop", folder / "home" / "settings.json"
    project.mkdir()
    target.parent.mkdir()
    target.write_text(OTHERS)
    return project, target


@pytest.mark.parametrize("kind", ["file", "folder", "dangling", "relative"])
def test_no_link_of_a_projects_leads_out_of_it(kind: str, tmp_path: Path) -> None:
    project, target = outside(tmp_path)
    link = project / "settings.json"
    if kind == "folder":
        (project / "in").symlink_to(target.parent)
        link = project / "in" / "settings.json"
    else:
        leads = {"file": target, "dangling": target.parent / "new" / "x.json", "relative": "../home/settings.json"}
        link.symlink_to(leads[kind])
    with pytest.raises(InvalidArgumentError, match="leads out of the project, to") as caught:
        install(CURSOR, link, "portcall", ENTRY, within=project)
    assert str(link.resolve()) in caught.value.message
    assert "--file" in caught.value.hint
    assert target.read_text() == OTHERS
    assert [path.name for path in target.parent.iterdir()] == ["settings.json"]


def test_a_link_within_the_project_is_followed_and_so_is_one_to_the_project(tmp_path: Path) -> None:
    project, _ = outside(tmp_path)
    (project / "shared").mkdir()
    (project / "mcp.json").symlink_to("shared/mcp.json")
    (tmp_path / "short").symlink_to(project)
    done = install(CURSOR, tmp_path / "short" / "mcp.json", "portcall", ENTRY, within=tmp_path / "short")
    assert done == Installed("added", project / "shared" / "mcp.json")
    assert (project / "mcp.json").is_symlink()


def test_installing_wants_nothing_that_windows_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("geteuid", "getegid", "fchown", "fchmod"):
        monkeypatch.delattr(os, name)
    file = tmp_path / "mcp.json"
    file.write_text(OTHERS)
    assert install(CURSOR, file, "portcall", ENTRY).copy == tmp_path / "mcp.json.bak"
