"""Where each host's file is, by platform and environment; no file is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.hosts import HOSTS, Machine, host_named, project_file, user_file

LINUX = Machine("linux", {"HOME": "/home/ada"})
MAC = Machine("darwin", {"HOME": "/Users/ada"})
WINDOWS = Machine(
    "win32", {"HOME": "/ignored", "USERPROFILE": "C:/Users/ada", "APPDATA": "C:/Users/ada/AppData/Roaming"}
)

#: As the hosts' makers tell it; see the sources in the catalogue.
PLACES = {
    "claude": (
        "/home/ada/.config/Claude/claude_desktop_config.json",
        "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
        "C:/Users/ada/AppData/Roaming/Claude/claude_desktop_config.json",
    ),
    "claude-code": ("/home/ada/.claude.json", "/Users/ada/.claude.json", "C:/Users/ada/.claude.json"),
    "cursor": ("/home/ada/.cursor/mcp.json", "/Users/ada/.cursor/mcp.json", "C:/Users/ada/.cursor/mcp.json"),
    "vscode": (
        "/home/ada/.config/Code/User/mcp.json",
        "/Users/ada/Library/Application Support/Code/User/mcp.json",
        "C:/Users/ada/AppData/Roaming/Code/User/mcp.json",
    ),
    "codex": ("/home/ada/.codex/config.toml", "/Users/ada/.codex/config.toml", "C:/Users/ada/.codex/config.toml"),
    "gemini": (
        "/home/ada/.gemini/settings.json",
        "/Users/ada/.gemini/settings.json",
        "C:/Users/ada/.gemini/settings.json",
    ),
    "windsurf": (
        "/home/ada/.codeium/windsurf/mcp_config.json",
        "/Users/ada/.codeium/windsurf/mcp_config.json",
        "C:/Users/ada/.codeium/windsurf/mcp_config.json",
    ),
    "zed": (
        "/home/ada/.config/zed/settings.json",
        "/Users/ada/.config/zed/settings.json",
        "C:/Users/ada/AppData/Roaming/Zed/settings.json",
    ),
    "copilot": (
        "/home/ada/.copilot/mcp-config.json",
        "/Users/ada/.copilot/mcp-config.json",
        "C:/Users/ada/.copilot/mcp-config.json",
    ),
    "lmstudio": (
        "/home/ada/.lmstudio/mcp.json",
        "/Users/ada/.lmstudio/mcp.json",
        "C:/Users/ada/.lmstudio/mcp.json",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_each_host_has_its_file_on_each_platform(name: str) -> None:
    host = host_named(name)
    assert tuple(str(user_file(host, machine)) for machine in (LINUX, MAC, WINDOWS)) == PLACES[name]


def test_every_host_that_is_known_is_told_of_here() -> None:
    assert {host.name for host in HOSTS} == set(PLACES)


@pytest.mark.parametrize(
    ("name", "variable", "file"),
    [
        ("vscode", "XDG_CONFIG_HOME", "Code/User/mcp.json"),
        ("zed", "XDG_CONFIG_HOME", "zed/settings.json"),
        ("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", "CODEX_HOME", "config.toml"),
        ("copilot", "COPILOT_HOME", "mcp-config.json"),
    ],
)
def test_a_hosts_own_variable_moves_its_file_unless_it_is_relative_or_empty(
    name: str, variable: str, file: str
) -> None:
    host = host_named(name)
    moved = Machine("linux", {"HOME": "/home/ada", variable: "/elsewhere"})
    assert user_file(host, moved) == Path("/elsewhere") / file
    for nowhere in ("elsewhere", ""):
        assert user_file(host, Machine("linux", {"HOME": "/h", variable: nowhere})) == user_file(
            host, Machine("linux", {"HOME": "/h"})
        )


@pytest.mark.parametrize(("platform", "variable"), [("linux", "HOME"), ("win32", "USERPROFILE")])
def test_without_a_home_folder_the_error_names_the_variable_and_the_way_out(platform: str, variable: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable} is not set") as caught:
        user_file(host_named("cursor"), Machine(platform, {}))
    assert "--file" in caught.value.hint


def test_a_projects_file_is_below_its_folder_where_the_host_has_one() -> None:
    assert project_file(host_named("vscode"), Path("/work/shop")) == Path("/work/shop/.vscode/mcp.json")
    with pytest.raises(InvalidArgumentError, match="no file for a project"):
        project_file(host_named("windsurf"), Path("/work/shop"))


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Claude-Desktop", "claude"), ("code", "vscode"), (" zed ", "zed"), ("gemini-cli", "gemini")],
)
def test_hosts_have_other_names_too(typed: str, name: str) -> None:
    assert host_named(typed).name == name


def test_a_name_that_is_nearly_right_gets_the_right_one() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        host_named("claude_code")
    assert caught.value.candidates[0] == "claude-code"
    assert caught.value.hint.startswith("Did you mean `claude-code`")


def test_all_names_are_told_alike() -> None:
    for typed, question in (("claud", "Did you mean `claude` or `claude-code`? "), ("emacs", ""), ("", "")):
        with pytest.raises(InvalidArgumentError) as caught:
            host_named(typed)
        hint = f"{question}There are `claude`, `claude-code`, `cursor`, "
        assert caught.value.hint.startswith(hint)
        assert " and `lmstudio`. For any other" in caught.value.hint
