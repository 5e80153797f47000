"""Where portcall came from, as it is written into files that others read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.hosts.origin import Origin

COMMIT = "0" * 40


def origin(url: str, *, revision: str = "", **more: Any) -> Origin:
    if revision:
        more["vcs_info"] = {"vcs": "git", "commit_id": COMMIT, "requested_revision": revision}
    return Origin.of(json.dumps({"url": url, **more}))


def test_what_came_from_an_index_comes_from_there_again() -> None:
    assert Origin.of(None) == Origin("portcall")


@pytest.mark.parametrize(
    ("found", "requirement"),
    [
        (origin("file:///home/ada/port%20call", dir_info={}), "/home/ada/port call"),
        (origin("file:///srv/git/portcall", revision="v1"), "git+file:///srv/git/portcall@v1"),
        (
            origin("file:///srv/a.tar.gz", archive_info={}, subdirectory="core"),
            "file:///srv/a.tar.gz#subdirectory=core",
        ),
        (origin("https://a.example/portcall-1.whl", archive_info={}), "https://a.example/portcall-1.whl"),
        (origin("https://git.example/p.git", revision="feature/x"), "git+https://git.example/p.git@feature/x"),
        (origin("https://git.example/p.git", revision="a b#c"), f"git+https://git.example/p.git@{COMMIT}"),
        (
            origin("https://git.example/all.git", revision="v1", subdirectory="tools/port call"),
            "git+https://git.example/all.git@v1#subdirectory=tools/port%20call",
        ),
        (
            origin("ssh://git@git.example:2222/p.git", revision="main"),
            "git+ssh://git@git.example:2222/p.git@main",
        ),
    ],
)
def test_what_came_from_elsewhere_comes_from_there_again(found: Origin, requirement: str) -> None:
    assert found == Origin(requirement)


@pytest.mark.parametrize(
    ("url", "requirement"),
    [
        ("https://ada:hunter2@a.example/p.whl", "https://a.example/p.whl"),
        ("https://hunter2@a.example/p.whl", "https://a.example/p.whl"),
        ("https://a.example/p.whl?X-Amz-Signature=hunter2", "https://a.example/p.whl"),
        ("ssh://git:hunter2@git.example/p", "ssh://git@git.example/p"),
        ("ssh://:hunter2@git.example/p", "ssh://git.example/p"),
        ("ssh://a%40hunter2@git.example/p", "ssh://git.example/p"),
    ],
)
def test_no_secret_is_written_and_that_one_is_missing_is_told(url: str, requirement: str) -> None:
    found = origin(url)
    assert found.requirement == requirement
    assert "with a login or a query" in found.remark
    assert "hunter2" not in found.remark


BROKEN = [
    "", "{", "[]", "null", "{}", "[" * 100_000,
    '{"url": null}', '{"url": 1}', '{"url": ""}', '{"url": "https://["}', '{"url": "portcall.git"}',
    '{"url": "https://a.example/p", "vcs_info": "git"}',
    '{"url": "https://a.example/p", "vcs_info": {"commit_id": "0"}}',
    '{"url": "https://a.example/p", "vcs_info": {"vcs": "--x", "commit_id": "0"}}',
    '{"url": "https://a.example/p", "vcs_info": {"vcs": "git", "requested_revision": "a b"}}',
    '{"url": "https://a.example/p", "vcs_info": {"vcs": "git", "requested_revision": 1, "commit_id": "0"}}',
    '{"url": "https://a.example/p", "vcs_info": {"vcs": "git", "requested_revision": "--x", "commit_id": ""}}',
    '{"url": "https://a.example/p", "subdirectory": 1}',
]  # fmt: skip


@pytest.mark.parametrize("direct_url", BROKEN, ids=lambda text: text[:80] or "empty")
def test_what_nothing_can_be_made_of_is_told_and_the_index_has_portcall_too(direct_url: str) -> None:
    found = Origin.of(direct_url)
    assert found.requirement == "portcall"
    assert "cannot be told" in found.remark


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just("git"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["vcs", "commit_id", "requested_revision"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from(["url", "vcs_info", "subdirectory"]), JSON | st.just("https://a.example/p"))
)
def test_whatever_the_file_says_there_is_an_origin(told: dict[str, Any]) -> None:
    assert Origin.of(json.dumps(told)).requirement
