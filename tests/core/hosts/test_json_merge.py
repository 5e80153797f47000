"""Adding a server to a host's JSON: the file's own style is kept, and nothing else changes."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.hosts.json_merge import merge_json
from portcall.hosts.json_text import read_json
from portcall.hosts.merge import Merge

ENTRY: dict[str, Any] = {"command": "/bin/portcall", "args": ["serve"]}
OTHER = {"command": "/old/portcall", "args": ["serve"], "env": {"TOKEN": "hunter2"}}


def merged(text: str, *, lenient: bool = True, force: bool = False) -> Merge:
    return merge_json(text, "mcpServers", "portcall", ENTRY, lenient=lenient, force=force)


@pytest.mark.parametrize("text", ["", " \n", "\ufeff\n"])
def test_an_empty_file_becomes_a_whole_one(text: str) -> None:
    new = merged(text)
    assert new.state == "added"
    assert json.loads(new.text) == {"mcpServers": {"portcall": ENTRY}}
    assert new.text.startswith('{\n  "mcpServers": {\n    "portcall"')


def member(unit: str, depth: int, newline: str = "\n") -> str:
    """Return the entry as a member, its first line without indentation."""
    lines = json.dumps(ENTRY, indent=unit).splitlines()
    return '"portcall": ' + f"{newline}{unit * depth}".join(lines)


CASES = {
    "beside others, in the file's indentation": (
        '{\n    "mcpServers": {\n        "git": {"command": "git"}\n    },\n    "x": 1\n}\n',
        '{\n    "mcpServers": {\n        "git": {"command": "git"},\n        @\n    },\n    "x": 1\n}\n',
        member("    ", 2),
    ),
    "a new table, after the last key": (
        '{\n\t"theme": "dark"\n}',
        '{\n\t"theme": "dark",\n\t"mcpServers": {\n\t\t@\n\t}\n}',
        member("\t", 2),
    ),
    "an empty table": (
        '{\n  "mcpServers": {}\n}\n',
        '{\n  "mcpServers": {\n    @\n  }\n}\n',
        member("  ", 2),
    ),
    "a remark stays beside what it remarks on, and so does a trailing comma": (
        '{\n  "mcpServers": {\n    "git": {}, // the usual\n    // nothing more\n  },\n}\n',
        '{\n  "mcpServers": {\n    "git": {}, // the usual\n    @,\n    // nothing more\n  },\n}\n',
        member("  ", 2),
    ),
    "without a trailing comma the comma goes before the remark": (
        '{\n  "mcpServers": {\n    "git": {} /* a */ // b\n  }\n}\n',
        '{\n  "mcpServers": {\n    "git": {}, /* a */ // b\n    @\n  }\n}\n',
        member("  ", 2),
    ),
    "an empty table with a remark": (
        '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
        '{\n  "mcpServers": {\n    @\n    // none yet\n  }\n}\n',
        member("  ", 2),
    ),
    "one line stays one line": (
        '{"mcpServers": {"git": {}}, "x": [1]}',
        '{"mcpServers": {"git": {}, @}, "x": [1]}',
        f'"portcall": {json.dumps(ENTRY)}',
    ),
    "Windows' line ends": (
        '{\r\n  "mcpServers": {}\r\n}\r\n',
        '{\r\n  "mcpServers": {\r\n    @\r\n  }\r\n}\r\n',
        member("  ", 2, "\r\n"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_new_entry_is_written_in_the_files_own_style(case: str) -> None:
    before, after, entry = CASES[case]
    new = merged(before)
    assert (new.text, new.state) == (after.replace("@", entry), "added")
    assert merged(new.text) == Merge(new.text, "present")


def test_another_entry_is_kept_unless_forced_and_its_values_are_not_told() -> None:
    text = json.dumps({"mcpServers": {"portcall": OTHER, "git": {}}}, indent=2)
    with pytest.raises(
        InvalidArgumentError, match=r"there is another portcall already; it differs in command and also has env$"
    ) as caught:
        merged(text)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "--force" in caught.value.hint
    new = merged(text, force=True)
    assert new.state == "replaced"
    assert json.loads(new.text) == {"mcpServers": {"portcall": ENTRY, "git": {}}}
    assert new.text == json.dumps({"mcpServers": {"portcall": ENTRY, "git": {}}}, indent=2)


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ({"command": "/old"}, "; it differs in command and has no args"),
        ({**ENTRY, "args": []}, "; it differs in args"),
        ({**ENTRY, "env": {}, "cwd": "/"}, "; it also has cwd and env"),
        ({}, "; it has no args or command"),
        ("portcall serve", ""),
    ],
)
def test_how_another_entry_differs_is_told_in_a_sentence(old: Any, told: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        merged(json.dumps({"mcpServers": {"portcall": old}}))
    assert caught.value.message == f"there is another portcall already{told}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"mcpServers": []}', "mcpServers is no object"),
        ('{"mcpServers": null}', "mcpServers is no object"),
        ("[]", "no JSON object"),
        ('{"mcpServers": {}, "mcpServers": {}}', "it has mcpServers more than once"),
        ('{"mcpServers": {"portcall": {}, "portcall": {}}}', "mcpServers has portcall more than once"),
        ('{"mcpServers": {', "no JSON: a key is missing .line 1, column 17."),
    ],
)
def test_a_file_of_another_form_is_refused_even_by_force(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        merged(text, force=True)


def test_a_host_that_reads_no_comments_has_its_broken_file_told() -> None:
    with pytest.raises(ConfigurationError, match=r"a comment, which this file may not have \(line 1, column 2\)"):
        merged("{// x\n}", lenient=False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=6,
)
SERVERS = st.dictionaries(
    st.sampled_from(["git", "portcall", "a/b", "\u202e"]), VALUES | st.just(ENTRY), max_size=3
)
GAPS = ["", "", " ", "\n", "\n  ", "\t", "\r\n", " // r {\n", "/* , } */", " /* a\n b */ "]


def written(value: Any, chance: random.Random) -> str:
    """Return JSON as a person may have written it."""

    def gap() -> str:
        return chance.choice(GAPS)

    if isinstance(value, dict):
        pairs = [f"{gap()}{json.dumps(k)}{gap()}:{gap()}{written(v, chance)}{gap()}" for k, v in value.items()]
    elif isinstance(value, list):
        pairs = [f"{gap()}{written(item, chance)}{gap()}" for item in value]
    else:
        return json.dumps(value, ensure_ascii=chance.random() < 0.5)
    inside = ",".join(pairs) + ("," + gap() if pairs and chance.random() < 0.3 else gap() if not pairs else "")
    return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"


def comments(text: str) -> list[str]:
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|//[^\r\n]*|/\*(?s:.*?)\*/', text)
    return [token for token in tokens if token.startswith("/")]


@given(
    st.dictionaries(st.text(max_size=6), VALUES, max_size=3),
    st.none() | SERVERS,
    st.randoms(use_true_random=False),
)
def test_everything_else_stays(
    others: dict[str, Any], servers: dict[str, Any] | None, chance: random.Random
) -> None:
    """Every character that was there is there still, in its order; the one entry alone is new."""
    root = others if servers is None else others | {"mcpServers": servers}
    text = f"{chance.choice(GAPS)}{written(root, chance)}{chance.choice(GAPS)}"
    assert read_json(text, lenient=True).data == root

    new = merged(text, force=True)
    old = (servers or {}).get("portcall", ...)
    assert read_json(new.text, lenient=True).data == root | {"mcpServers": (servers or {}) | {"portcall": ENTRY}}
    assert new.state == ("added" if old is ... else "present" if old == ENTRY else "replaced")
    if new.state == "added":
        was_empty = not root or servers == {}  # the blanks between its brackets go
        kept = "".join(text.split()) if was_empty else text
        left = iter(new.text)
        assert all(character in left for character in kept), "some of the old text is gone"
        assert comments(new.text) == comments(text)
    if new.state == "present":
        assert new.text == text
    assert merged(new.text) == Merge(new.text, "present")
