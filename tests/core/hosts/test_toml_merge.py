"""Adding a server to a host's TOML: a table at the end, and nothing else changes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.hosts.merge import Merge
from portcall.hosts.toml_merge import merge_toml

ENTRY: dict[str, Any] = {"command": "/bin/portcall", "args": ["serve"], "env_vars": ["GITHUB_TOKEN"]}
TABLE = '[mcp_servers.portcall]\ncommand = "/bin/portcall"\nargs = ["serve"]\nenv_vars = ["GITHUB_TOKEN"]\n'
CODEX = '# mine\nmodel = "o9"  # the big one\n\n[mcp_servers.git]\ncommand = "git"\n\n[tui]\nnotifications = true'


def merged(text: str, *, force: bool = False) -> Merge:
    return merge_toml(text, "mcp_servers", "portcall", ENTRY, force=force)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", TABLE),
        (CODEX, f"{CODEX}\n\n{TABLE}"),
        ("x = nan\n", f"x = nan\n\n{TABLE}"),
        ("a = 1\r\n", f"a = 1\r\n\r\n{TABLE}".replace("\r\n", "\n").replace("\n", "\r\n")),
        ("[mcp_servers]\n", f"[mcp_servers]\n\n{TABLE}"),
    ],
    ids=["empty", "no last line end", "no number", "Windows", "bare table"],
)
def test_the_new_table_goes_to_the_end_and_all_before_stays_to_the_letter(before: str, after: str) -> None:
    assert merged(before) == Merge(after, "added")
    assert merged(after) == Merge(after, "present")


def test_another_entry_is_kept_unless_forced_and_the_rest_of_the_file_stays() -> None:
    old = '\n[mcp_servers.portcall]\ncommand = "/old"  # was\n[mcp_servers.portcall.env]\nTOKEN = "hunter2"\n'
    text = f"{CODEX}\n{old}\n# the end\n[last]\nx = 1.50\n"
    with pytest.raises(
        InvalidArgumentError, match=r"; it differs in command, has no args or env_vars and also has env$"
    ) as caught:
        merged(text)
    assert "hunter2" not in f"{caught.value}"
    new = merged(text, force=True)
    assert new.state == "replaced"
    read = tomllib.loads(new.text)
    assert read["mcp_servers"] == {"git": {"command": "git"}, "portcall": ENTRY}
    assert new.text.startswith(f"{CODEX}\n\n[mcp_servers.portcall]\n")
    assert new.text.endswith("[last]\nx = 1.50\n")
    assert "hunter2" not in new.text


@pytest.mark.parametrize(
    "text",
    [
        'a = 1\nmcp_servers = { git = { command = "git" }, portcall = { command = "/old" } }\n',
        '[mcp_servers]\nportcall = { command = "/old" }\n',
        'mcp_servers.portcall.command = "/old"\n',
        '["mcp_servers"."portcall"]\ncommand = "/old"\n',
    ],
    ids=["all inline", "inline", "dotted", "quoted"],
)
def test_another_entry_is_replaced_in_whichever_form_it_was_written(text: str) -> None:
    new = merged(text, force=True)
    before = tomllib.loads(text)
    assert tomllib.loads(new.text) == before | {"mcp_servers": before["mcp_servers"] | {"portcall": ENTRY}}
    assert merged(new.text).state == "present"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff[mcp_servers.portcall]\nx = 1\n",
        f"a = {'[' * 200}{']' * 200}\n[mcp_servers.portcall]\nx = 1\n",
        "[mcp_servers.portcall]\nx = 1\n[z]\n[mcp_servers.git]\nx = 1\n[mcp_servers.portcall.env]\nA = '1'\n",
    ],
    ids=["a mark before it", "deep", "scattered"],
)
def test_what_cannot_be_replaced_by_itself_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(ConfigurationError, match="by itself") as caught:
        merged(text, force=True)
    assert "without --install" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = \n", "no TOML: Invalid value .at line 1, column 5."),
        ("mcp_servers = 1\n", "mcp_servers is no table"),
        ("[[mcp_servers]]\nx = 1\n", "mcp_servers is no table"),
        ("mcp_servers = { git = { command = 'git' } }\n", "cannot be put in place by itself"),
        ("a = " + "[" * 5000, "no TOML"),
    ],
    ids=["broken", "a number", "an array", "inline", "deep"],
)
def test_a_file_that_is_broken_or_of_another_form_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        merged(text)
    assert "without --install" in caught.value.hint


KEYS = st.from_regex(r"[a-z_-]{1,6}", fullmatch=True)
SCALARS = st.sampled_from(["1", "-0.5", "nan", "true", '"x # y"', "'''\n[no.table]\n'''", "1979-05-27", "[1, 2,]"])
LINES = st.tuples(KEYS, SCALARS, st.sampled_from(["", "  # why"])).map(
    lambda line: f"{line[0]} = {line[1]}{line[2]}"
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """TOML as people write it: keys, tables, dotted and quoted ones, comments anywhere."""
    heads = ["mcp_servers.git", 'mcp_servers."a b"', "mcp_servers.portcall", "tui", "x.y", "mcp_servers.git.env"]
    text = ""
    for head in ["", *draw(st.permutations(heads))[: draw(st.integers(0, 5))]]:
        lines = draw(st.lists(LINES, max_size=3, unique_by=lambda line: line.partition(" ")[0]))
        text += "\n".join([f"[{head}]" if head else "# top", *lines, draw(st.sampled_from(["", "# note"]))]) + "\n"
    return text


def read(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=str)


@given(files())
@settings(max_examples=50)  # each takes some milliseconds
def test_everything_else_stays(text: str) -> None:
    try:
        before = read(text)
    except tomllib.TOMLDecodeError:
        return  # a key and a table of one name
    old = before.get("mcp_servers", {}).get("portcall")
    new = merged(text, force=True)
    servers = before.get("mcp_servers", {}) | {"portcall": ENTRY}
    assert read(new.text) == before | {"mcp_servers": servers}
    if old is None:
        assert new.text.startswith(text)
    else:
        assert text.count("# note") - 1 <= new.text.count("# note") <= text.count("# note")
    assert merged(new.text).state == "present"
