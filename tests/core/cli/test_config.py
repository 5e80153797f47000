"""``portcall config``: portcall in an MCP host, from the shell."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.testbed.shell import Shell
from typer.testing import CliRunner

from portcall.cli.app import app
from portcall.hosts import HOSTS

if TYPE_CHECKING:
    from click.testing import Result

#: The program as pip installs it; a host knows it by this path alone.
PROGRAM = Path(sys.executable).with_name("portcall")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a project in it, which is the current folder; nothing else of this machine's."""
    for variable in set(os.environ) - {"PATH", "LANG"}:
        if not variable.startswith(("COVERAGE_", "PYTEST_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    project = tmp_path / "shop"
    project.mkdir()
    monkeypatch.chdir(project)
    return tmp_path


def portcall(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, ["config", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    """Return what a command tells as JSON."""
    done = portcall(*arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("host", [host.name for host in HOSTS])
def test_stdout_is_the_snippet_alone_and_stderr_says_where_it_belongs_and_what_comes_next(
    host: str, home: Path
) -> None:
    done = portcall(host)
    read = tomllib.loads(done.stdout) if host == "codex" else json.loads(done.stdout)
    ((_, servers),) = read.items()
    assert Path(servers["portcall"]["command"]).is_absolute()
    assert servers["portcall"]["args"][-1] == "serve"
    where, *rest = done.stderr.splitlines()
    assert where.startswith(f"This belongs into {home}")
    assert rest
    assert not any(path.suffix in {".json", ".toml"} for path in home.rglob("*")), "nothing is written"


def test_install_adds_it_once_and_says_what_was_done(home: Path) -> None:
    file = home / ".cursor" / "mcp.json"
    done = portcall("cursor", "--install")
    assert done.stdout == ""
    assert done.stderr.startswith(f"Added portcall to {file}.\n")
    assert "Restart Cursor" in done.stderr
    once = file.read_text()
    assert f"{file} has it already." in portcall("cursor", "--install").stderr
    assert file.read_text() == once
    other = portcall("cursor", "--install", "--allow-write")
    assert (other.exit_code, file.read_text()) == (2, once)
    assert "there is another portcall already; it differs in args. --force replaces it" in other.stderr
    assert "--force" in other.stderr
    forced = portcall("cursor", "--install", "--allow-write", "--force")
    assert f"The file as it was is {file}.bak." in forced.stderr
    assert json.loads(file.read_text())["mcpServers"]["portcall"]["args"][-1] == "--allow-write"


def test_a_project_has_a_file_of_its_own_and_any_other_can_be_named(home: Path) -> None:
    done = portcall("vscode", "--project", "--install")
    assert (home / "shop" / ".vscode" / "mcp.json").exists()
    assert "a path of this machine" in done.stderr
    portcall("vscode", "--file", "elsewhere.json", "--install", "--name", "registries")
    assert list(json.loads((home / "shop" / "elsewhere.json").read_text())["servers"]) == ["registries"]


def test_a_copy_in_a_project_is_not_to_be_committed(home: Path) -> None:
    file = home / "shop" / ".mcp.json"
    file.write_text('{"mcpServers": {"git": {"env": {"TOKEN": "hunter2"}}}}')
    done = portcall("claude-code", "--project", "--install")
    assert f"The file as it was is {file}.bak.\n" in done.stderr
    assert "Take .mcp.json.bak away before you commit: it is in the project.\n" in done.stderr


def test_a_projects_link_to_a_file_elsewhere_is_refused_before_anything_is_said_or_done(home: Path) -> None:
    """Whoever made the project could otherwise have its reader's own files changed."""
    own = home / ".claude.json"
    own.write_text("{}")
    (home / "shop" / ".mcp.json").symlink_to(own)
    for arguments in (["--install"], []):
        done = portcall("claude-code", "--project", *arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"leads out of the project, to {own}. Take the link away" in done.stderr
    assert own.read_text() == "{}"


def test_where_a_link_was_followed_the_real_file_is_told(home: Path) -> None:
    real, link = home / "dotfiles.json", home / "link.json"
    real.write_text("{}")
    link.symlink_to(real)
    done = portcall("cursor", "--file", str(link), "--install")
    assert done.stderr.startswith(f"Added portcall to {real}, where {link} leads.\n")
    assert f"The file as it was is {real}.bak.\n" in done.stderr
    assert told("cursor", "--file", str(link), "--install")["real_file"] == str(real)


def test_what_a_host_may_undo_is_told_with_what_was_done(home: Path) -> None:
    caution = "Claude Code writes this file itself: close its sessions first."
    again = f"{caution} If one was open, close it and run this once more.\n"
    assert f"{caution}\n" in portcall("claude-code").stderr
    assert again in portcall("claude-code", "--install").stderr
    assert caution not in portcall("claude-code", "--install").stderr, "nothing was written"
    assert caution not in portcall("claude-code", "--install", "--project").stderr, "that file is nobody else's"


def test_a_name_that_is_nearly_right_gets_the_right_one_and_all_names_look_alike(home: Path) -> None:
    told = " ".join(portcall("claud").stderr.split())
    assert "Did you mean `claude` or `claude-code`? There are `claude`, `claude-code`, `cursor`, `vscode`" in told


@pytest.mark.parametrize(
    "arguments", [["cursor", "--project"], ["cursor", "--file", "x.json"], ["cursor", "--config", "x.toml"]]
)
def test_a_current_folder_that_is_gone_is_told(arguments: list[str], home: Path) -> None:
    (home / "shop").rmdir()
    done = portcall(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the current folder cannot be told: No such file or directory. Change to a folder" in done.stderr


def test_an_entry_on_one_line_is_replaced_on_it(home: Path) -> None:
    file = home / "config.toml"
    file.write_text('mcp_servers = { portcall = { command = "x" } }\n')
    done = portcall("codex", "--install", "--force", "--file", str(file))
    assert done.exit_code == 0, done.output
    assert tomllib.loads(file.read_text())["mcp_servers"]["portcall"]["args"][-1] == "serve"


def test_what_serve_is_told_goes_into_the_entry_with_whole_paths(home: Path) -> None:
    (home / "shop" / "team.toml").write_text("")
    answer = told("claude", "--config", "team.toml", "--toolsets", "inspect, content", "--allow-write")
    serve = answer["entry"]["args"].index("serve")
    assert answer["entry"]["args"][serve:] == [
        "serve", "--config", str(home / "shop" / "team.toml"), "--toolsets", "inspect,content", "--allow-write"
    ]  # fmt: skip


def test_a_teams_server_is_reached_with_a_token_that_the_environment_holds(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is configured here is none of that server's business."""
    monkeypatch.setenv("PORTCALL_CONFIG", str(home / "missing.toml"))
    answer = told("gemini", "--url", "https://portcall.example/mcp", "--bearer-env", "TEAM_TOKEN")
    assert answer["entry"] == {
        "httpUrl": "https://portcall.example/mcp",
        "headers": {"Authorization": "Bearer ${TEAM_TOKEN}"},
    }
    assert any("has to find TEAM_TOKEN" in step for step in answer["next"])
    assert answer["notes"] == []


def test_json_tells_all_of_it_and_errors_too(home: Path) -> None:
    answer = told("codex", "--install", "--env", "GITHUB_TOKEN")
    file = home / ".codex" / "config.toml"
    assert {**answer, "entry": 0, "snippet": 0, "next": 0} == {
        "host": "codex", "file": str(file), "real_file": None, "state": "added", "copy": None, "name": "portcall",
        "entry": 0, "snippet": 0, "caution": None, "command": None, "next": 0, "notes": [],
    }  # fmt: skip
    assert answer["entry"]["env_vars"] == ["GITHUB_TOKEN"]
    assert answer["snippet"] == file.read_text()
    file.write_text("model = \n")
    done = portcall("codex", "--install", "--json")
    assert (done.exit_code, file.read_text()) == (1, "model = \n")
    error = json.loads(done.stdout)["error"]
    assert (error["code"], str(file) in error["message"]) == ("invalid_argument", True)
    assert "line 1, column 9" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "no host is named"),
        (["emacs"], "no host that portcall knows"),
        (["windsurf", "--project"], "no file for a project"),
        (["cursor", "--project", "--file", "x"], "both name a file"),
        (["cursor", "--name", "port call"], "--name takes"),
        (["cursor", "--config", "missing.toml"], "is no file"),
        (["cursor", "--toolsets", "inspct"], "no toolset 'inspct'"),
        (["cursor", "--bearer-env", "TOKEN"], "--bearer-env is for a server at --url"),
        (["cursor", "--url", "https://a.example/mcp", "--allow-write"], "for a server that the host starts"),
        (["claude", "--env", "GITHUB_TOKEN"], "would write the value into its file"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_bad_usage_is_status_2_with_the_next_step_and_writes_nothing(
    arguments: list[str], reason: str, home: Path
) -> None:
    done = portcall(*arguments, "--install")
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in " ".join(done.stderr.split())
    assert not any(path.is_file() for path in home.rglob("*"))


def test_what_is_set_here_and_may_be_missing_there_is_told_without_its_value(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "portcall.toml"
    file.write_text('[registries."reg.example"]\nusername = "robot"\npassword_env = "ROBOT"\n')
    for name in ("GITHUB_TOKEN", "ROBOT", "PORTCALL_CACHE__URL"):
        monkeypatch.setenv(name, "memory://" if "CACHE" in name else "hunter2")
    monkeypatch.setenv("PORTCALL_CONFIG", str(file))
    notes = " ".join(told("claude-code")["notes"])
    for expected in ("PORTCALL_CONFIG is set here", "GITHUB_TOKEN", "ROBOT", "PORTCALL_CACHE__URL", "--env NAME"):
        assert expected in notes
    passed = told("claude-code", "--config", str(file), "--env", "ROBOT", "--env", "GITHUB_TOKEN")
    assert passed["entry"]["env"] == {"ROBOT": "${ROBOT}", "GITHUB_TOKEN": "${GITHUB_TOKEN}"}
    assert "ROBOT" not in " ".join(passed["notes"])
    assert "docker login" in " ".join(told("zed")["notes"])
    assert "hunter2" not in portcall("claude-code").output


def test_a_configuration_that_cannot_be_used_is_told_before_the_host_trips_over_it(home: Path) -> None:
    (home / "broken.toml").write_text("[limits]\nconcurency = 3\n")
    assert "concurency" in " ".join(told("cursor", "--config", str(home / "broken.toml"))["notes"])


def test_list_shows_every_host_its_files_and_which_of_them_know_portcall(home: Path) -> None:
    portcall("cursor", "--install")
    (home / ".gemini").mkdir()
    (home / ".gemini" / "settings.json").write_text("{")
    rows = {row["host"]: row for row in told("--list")["hosts"]}
    assert list(rows) == [host.name for host in HOSTS]
    assert rows["cursor"]["has_entry"] is True
    assert rows["cursor"]["project_file"] == ".cursor/mcp.json"
    assert rows["gemini"]["has_entry"] is None
    assert "a key is missing" in rows["gemini"]["problem"]
    assert (rows["windsurf"]["found"], rows["windsurf"]["has_entry"]) == (False, False)
    lines = portcall("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(rows)
    assert lines[2].split()[1:4] == ["has", "it", f"{home}/.cursor/mcp.json"]
    assert lines[5].split()[:2] == ["gemini", "unclear"]
    assert lines[5].count("settings.json") == 1


def test_help_tells_it_from_portcalls_own_configuration_and_the_shell_completes_hosts(tmp_path: Path) -> None:
    words = " ".join(portcall("--help").stdout.split())
    assert 'Portcall\'s own configuration is what "portcall doctor" looks at' in words
    done = Shell(tmp_path).portcall(
        environment={
            "_PORTCALL_COMPLETE": "complete_bash",
            "COMP_WORDS": "portcall config clau",
            "COMP_CWORD": "2",
        }
    )
    assert done.out.split() == ["claude", "claude-code"]


@pytest.mark.anyio
async def test_what_was_installed_is_a_server_that_starts_from_anywhere_without_a_path(tmp_path: Path) -> None:
    """The very command of the file is run as a host from a desktop runs it, and its tools are listed."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    done = Shell(home).run([str(PROGRAM), "config", "cursor", "--install", "--toolsets", "dockerfile"])
    assert done.status == 0, done.err
    entry = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["portcall"]
    assert entry["command"] == str(PROGRAM)
    parameters = StdioServerParameters(**entry, env={"HOME": str(home), "PATH": ""}, cwd=elsewhere)
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        async with Client(stdio_client(parameters, log), cache=None) as client:
            listed = await client.list_tools()
    assert {tool.name for tool in listed.tools} >= {"get_dockerfile", "analyze_dockerfile"}
    assert "search_images" not in {tool.name for tool in listed.tools}
