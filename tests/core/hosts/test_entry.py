"""A server as each host writes it down; the forms are those of the hosts' own documentation."""

from __future__ import annotations

import json
import tomllib
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AnyUrl

from portcall.errors import InvalidArgumentError
from portcall.hosts import HOSTS, LocalServer, RemoteServer, entry_for, host_named, snippet

COMMAND = ("/opt/portcall/bin/portcall", "serve", "--config", "/etc/portcall.toml")
URL = "https://portcall.example/mcp"
STDIO = {"command": COMMAND[0], "args": list(COMMAND[1:])}
TYPED = {"type": "stdio", **STDIO}
BEARER = "Bearer {}"

#: host: (key, local entry, what --env TEAM_TOKEN adds, entry of a URL with --bearer-env TEAM_TOKEN)
FORMS: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]] = {
    "claude": ("mcpServers", STDIO, None, None),
    "claude-code": (
        "mcpServers",
        TYPED,
        {"env": {"TEAM_TOKEN": "${TEAM_TOKEN}"}},
        {"type": "http", "url": URL, "headers": {"Authorization": "Bearer ${TEAM_TOKEN}"}},
    ),
    "cursor": (
        "mcpServers",
        STDIO,
        {"env": {"TEAM_TOKEN": "${env:TEAM_TOKEN}"}},
        {"url": URL, "headers": {"Authorization": "Bearer ${env:TEAM_TOKEN}"}},
    ),
    "vscode": (
        "servers",
        TYPED,
        {"env": {"TEAM_TOKEN": "${env:TEAM_TOKEN}"}},
        {"type": "http", "url": URL, "headers": {"Authorization": "Bearer ${env:TEAM_TOKEN}"}},
    ),
    "codex": (
        "mcp_servers",
        STDIO,
        {"env_vars": ["TEAM_TOKEN"]},
        {"url": URL, "bearer_token_env_var": "TEAM_TOKEN"},
    ),
    "gemini": (
        "mcpServers",
        STDIO,
        {"env": {"TEAM_TOKEN": "${TEAM_TOKEN}"}},
        {"httpUrl": URL, "headers": {"Authorization": "Bearer ${TEAM_TOKEN}"}},
    ),
    "windsurf": (
        "mcpServers",
        STDIO,
        {"env": {"TEAM_TOKEN": "${env:TEAM_TOKEN}"}},
        {"serverUrl": URL, "headers": {"Authorization": "Bearer ${env:TEAM_TOKEN}"}},
    ),
    "zed": ("context_servers", STDIO, None, None),
    "copilot": (
        "mcpServers",
        TYPED,
        {"env": {"TEAM_TOKEN": "${TEAM_TOKEN}"}},
        {"type": "http", "url": URL, "headers": {"Authorization": "Bearer ${TEAM_TOKEN}"}},
    ),
    "lmstudio": ("mcpServers", STDIO, None, None),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_local_server_has_the_hosts_own_form(name: str) -> None:
    host = host_named(name)
    key, local, variables, _ = FORMS[name]
    assert (host.key, entry_for(host, LocalServer(COMMAND))) == (key, local)
    asked = LocalServer(COMMAND, ("TEAM_TOKEN",))
    if variables is None:
        with pytest.raises(InvalidArgumentError, match="would write the value into its file"):
            entry_for(host, asked)
    else:
        assert entry_for(host, asked) == local | variables


@pytest.mark.parametrize("name", FORMS)
def test_a_server_over_http_refers_to_its_token_and_never_holds_it(name: str) -> None:
    host = host_named(name)
    remote = FORMS[name][3]
    if remote is not None:
        assert entry_for(host, RemoteServer(URL, "TEAM_TOKEN")) == remote
    else:
        with pytest.raises(InvalidArgumentError) as caught:
            entry_for(host, RemoteServer(URL, "TEAM_TOKEN"))
        assert caught.value.hint
    if name != "claude":
        plain = entry_for(host, RemoteServer(URL))
        assert "headers" not in plain
        assert URL in plain.values()


def test_claude_desktop_takes_no_url_and_the_hint_says_where_it_belongs() -> None:
    with pytest.raises(InvalidArgumentError, match="no server over HTTP") as caught:
        entry_for(host_named("claude"), RemoteServer(URL))
    assert "Connectors" in caught.value.hint


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_snippet_is_a_whole_file_of_the_hosts_syntax(host: Any) -> None:
    entry = entry_for(host, LocalServer(("/opt/“portcall”\\x\x7f\n🚢", "serve")))
    text = snippet(host, "portcall", entry)
    read = tomllib.loads(text) if host.syntax == "toml" else json.loads(text)
    assert read == {host.key: {"portcall": entry}}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_whoever_doubts_a_form_finds_where_it_was_looked_up(host: Any) -> None:
    assert host.source.startswith("https://")
    assert host.next_step.endswith(".")
    assert not host.project_step or host.project


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://a.example/mcp", "no http or https URL"),
        ("a.example/mcp", "no http or https URL"),
        ("https:///mcp", "no http or https URL"),
        ("https://a.example/m cp", "no http or https URL"),
        ("https://a.example/\u202emcp", "no http or https URL"),
        ("https://[::1/mcp", "no URL"),
        ("https://a.example:x/mcp", "no URL"),
        ("https://ada:hunter2@a.example/mcp", "secrets do not belong"),
        ("https://a.example/mcp?token=hunter2", "secrets do not belong"),
        ("https://a.example/mcp#hunter2", "secrets do not belong"),
        ("https://a.example/mcp?", "secrets do not belong"),
        ("http://a.example\\.localhost/mcp", "a backslash"),
        ("https://a.example/${env:hunter2}", "hosts read each in its own way"),
        ("https://a.example/$(hunter2)", "hosts read each in its own way"),
        ("https://a.example/`hunter2`", "hosts read each in its own way"),
        ("https://a.example/'", "a quote"),
        ('https://a.example/"', "a quote"),
        ("https://a.example/<hunter2>", "hosts read each in its own way"),
        ("https://a.example/\tmcp", "no http or https URL"),
        ("https://%00/mcp", "the host in --url"),
        ("https://a%2eexample/mcp", "the host in --url"),
        ("https://a.example;b/mcp", "the host in --url"),
        ("https://a.example:/mcp", "the host in --url"),
        ("https://[fe80::1%25eth0]/mcp", "the host in --url"),
    ],
)
def test_a_url_that_is_none_or_holds_a_secret_is_refused_and_not_repeated(url: str, reason: str) -> None:
    with pytest.raises(InvalidArgumentError, match=reason) as caught:
        RemoteServer(url)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example\\.localhost/mcp",  # to a browser's kind of parser the host ends at the backslash
        "http://evil.example\\@localhost/mcp",
        "http://127.0.0.1.evil.example/mcp",
        "http://localhost.evil.example/mcp",
        "http://evil.example/@localhost/mcp",
        "http://evil.example%2f.localhost/mcp",
        "http://evil.example;.localhost/mcp",
        "http://evil.example,.localhost/mcp",
    ],
)
def test_no_spelling_of_another_host_passes_for_this_machine(url: str) -> None:
    with pytest.raises(InvalidArgumentError):
        RemoteServer(url, "TOKEN")


@given(st.text("ahtp:/\\@[].%;,?#$01localhost\t ", max_size=24))
@example("http://a\\.localhost")
def test_what_passes_names_the_same_host_to_every_parser(rest: str) -> None:
    """The library that Rust's, and so a browser's, idea of a URL comes from is asked as well."""
    url = f"http://{rest}"
    try:
        RemoteServer(url, "TOKEN")
    except InvalidArgumentError:
        return
    assert AnyUrl(url).host in {urlsplit(url).hostname, f"[{urlsplit(url).hostname}]"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/mcp", "http://[::1]:8000/mcp", "http://localhost/mcp"])
def test_a_token_goes_over_plain_http_to_this_machine_alone(url: str) -> None:
    assert RemoteServer(url, "TOKEN").url == url
    with pytest.raises(InvalidArgumentError, match="plain http"):
        RemoteServer("http://portcall.example/mcp", "TOKEN")


@pytest.mark.parametrize("value", ["GITHUB_TOKEN=ghp_secret", "ghp-secret", "", "A B", "1A", "A\n"])
def test_a_value_in_a_variables_place_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(InvalidArgumentError, match="the name of a variable, never a value") as caught:
        LocalServer(COMMAND, (value,))
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="no UTF-8"):
        LocalServer(("/opt/\udcff/portcall", "serve"))
