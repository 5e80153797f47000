"""What is in an image is listed as ``ls`` and ``find`` in a container would list it."""

from __future__ import annotations

import pytest
from tests.core.images.files.conftest import Push

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from portcall.models import FileList
from portcall.testing import FakeRegistry, layer
from portcall.testing.images import DELETED, OPAQUE, directory, executable, file, hardlink, symlink

pytestmark = pytest.mark.anyio

TREE = {
    "usr/bin/env": executable("env"),
    "usr/lib/python3/site.py": "import os",
    "usr/lib/libc.so.6": symlink("libc-2.36.so"),
    "usr/lib/libc-2.36.so": "elf",
    "etc/nginx/nginx.conf": "a",
    "etc/nginx/conf.d/default.conf": "b",
    "etc/.hidden.conf": "c",
    "bin": symlink("usr/bin"),
}


def paths(page: FileList) -> list[str]:
    return [each.path for each in page.files]


async def test_a_directory_lists_its_own_entries_by_name(pc: Portcall, push: Push):
    name = push(
        TREE, {"usr/local": directory(mode=0o1777, uid=1, gid=2), "usr/lib/libc-2.36.so": hardlink("usr/bin/env")}
    )
    told = await pc.list_files(name, "/usr")
    assert paths(told) == ["/usr/bin", "/usr/lib", "/usr/local"]
    assert (told.total, told.next_cursor, told.path, told.resolved_path) == (3, None, "/usr", None)
    local = told.files[2]
    assert (local.kind, local.mode, local.owner, local.size, local.layer) == (
        "directory",
        "drwxrwxrwt",
        "1:2",
        0,
        2,
    )
    root = await pc.list_files(name)
    assert [(each.path, each.kind, each.target) for each in root.files] == [
        ("/bin", "symlink", "usr/bin"),
        ("/etc", "directory", None),
        ("/usr", "directory", None),
    ]
    assert (root.verified, root.warnings) == (True, ())


async def test_links_are_told_as_they_are_written(pc: Portcall, push: Push):
    name = push(
        {"a": file("abc", mode=0o600, uid=7), "d/b": symlink("../a")}, [("c", hardlink("a")), ("e", hardlink("x"))]
    )
    rows = {each.path: each for each in (await pc.list_files(name, pattern="?")).files}
    assert (rows["/d/b"].mode, rows["/d/b"].target, rows["/d/b"].kind) == ("lrwxrwxrwx", "../a", "symlink")
    link = rows["/c"]
    assert (link.kind, link.target, link.size, link.mode, link.owner, link.layer) == (
        *("hardlink", "/a", 3, "-rw-------", "7:0"),
        2,
    )
    assert (rows["/e"].mode[0], rows["/e"].target) == ("?", "/x")


async def test_a_path_through_a_link_lists_where_it_leads(pc: Portcall, push: Push):
    told = await pc.list_files(push(TREE), "bin")
    assert (told.path, told.resolved_path, paths(told)) == ("/bin", "/usr/bin", ["/usr/bin/env"])


async def test_a_file_or_a_link_to_one_lists_itself(pc: Portcall, push: Push):
    name = push({**TREE, "nowhere": symlink("/x/y"), "loop": symlink("loop"), "hard": hardlink("x")})
    for path, resolved in [
        ("/usr/bin/env", None),
        ("/usr/lib/libc.so.6", "/usr/lib/libc-2.36.so"),
        ("/nowhere", None),
        ("/loop", None),
        ("/hard", None),
    ]:
        told = await pc.list_files(name, path)
        assert (paths(told), told.resolved_path, told.total) == ([path], resolved, 1)
    with pytest.raises(NotFoundError):
        await pc.list_files(name, "/usr/bin/env/")
    with pytest.raises(InvalidArgumentError, match="no directory"):
        await pc.list_files(name, "/usr/bin/env", pattern="*")


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("/", "*.conf", ["/etc/.hidden.conf", "/etc/nginx/conf.d/default.conf", "/etc/nginx/nginx.conf"]),
        ("/etc/nginx", "*.conf", ["/etc/nginx/conf.d/default.conf", "/etc/nginx/nginx.conf"]),
        ("/etc", "nginx/*.conf", ["/etc/nginx/nginx.conf"]),
        ("/etc", "nginx/**/*.conf", ["/etc/nginx/conf.d/default.conf", "/etc/nginx/nginx.conf"]),
        ("/etc", "/etc/nginx/*.conf", ["/etc/nginx/nginx.conf"]),
        ("/usr", "/etc/nginx/*.conf", []),
        ("/", "etc/nginx/**", ["/etc/nginx/conf.d", "/etc/nginx/conf.d/default.conf", "/etc/nginx/nginx.conf"]),
        ("/", "[b-c]in", ["/bin", "/usr/bin"]),
        ("/", "?in/", ["/usr/bin"]),
        ("/", "**/lib*/lib*", ["/usr/lib/libc-2.36.so", "/usr/lib/libc.so.6"]),
        ("/bin", "*", ["/usr/bin/env"]),
    ],
)
async def test_a_pattern_finds_what_matches_below(
    pc: Portcall, push: Push, path: str, pattern: str, found: list[str]
):
    told = await pc.list_files(push(TREE), path, pattern)
    assert (paths(told), told.total, told.pattern) == (found, len(found), pattern)


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("/", "bin/*sh", ["/usr/bin/bash", "/usr/bin/sh"]),
        ("/", "/bin/*sh", ["/usr/bin/bash", "/usr/bin/sh"]),
        ("/", "bin/sh", ["/usr/bin/sh"]),
        ("/", "/bin/sh", ["/usr/bin/sh"]),
        ("/", "/bin", ["/bin"]),
        ("/", "/bin/", ["/usr/bin"]),
        ("/", "./bin/**", ["/usr/bin/bash", "/usr/bin/sh"]),
        ("/", "srv/app/*/*.yml", ["/etc/app/conf.d/a.yml"]),
        ("/srv", "app/**/*.yml", ["/etc/app/conf.d/a.yml", "/etc/app/main.yml"]),
        ("/etc", "/srv/app/*.yml", ["/etc/app/main.yml"]),
        ("/etc/app", "/srv/*.yml", []),
        ("/etc/app/conf.d", "/srv/app/*/a.yml", ["/etc/app/conf.d/a.yml"]),
        ("/usr", "/srv/app/*.yml", []),
        ("/usr/bin", "/etc/*/*", []),
        ("/bin", "/bin/*sh", ["/usr/bin/bash", "/usr/bin/sh"]),
        ("/usr/bin", "/bin/", []),
        ("/", r"caf\xe9/x", [r"/caf\xe9/x"]),
        ("/", "loop/*", []),
        ("/", "usr/bin/sh/*", []),
        ("/", "b?n/*sh", []),
        ("/", "*/bin/*sh", ["/usr/bin/bash", "/usr/bin/sh"]),
    ],
)
async def test_links_in_the_literal_beginning_of_a_pattern_are_followed(
    pc: Portcall, push: Push, path: str, pattern: str, found: list[str]
):
    """As by a shell: where ``/bin`` is a link to ``usr/bin``, ``/bin/*sh`` finds the shells that are there."""
    name = push(
        {
            "usr/bin/bash": executable("b"),
            "usr/bin/sh": symlink("bash"),
            "bin": symlink("usr/bin"),
            "srv/app": symlink("../etc/app"),
            "etc/app/main.yml": "a",
            "etc/app/conf.d/a.yml": "b",
            "caf\udce9/x": symlink("/x"),
            "loop": symlink("loop"),
        }
    )
    told = await pc.list_files(name, path, pattern)
    assert (paths(told), told.total) == (found, len(found))


async def test_a_malformed_pattern_is_refused_before_any_layer_is_fetched(
    registry: FakeRegistry, pc: Portcall, push: Push
):
    name = push(TREE)
    with pytest.raises(InvalidArgumentError, match="runs backwards"):
        await pc.list_files(name, pattern="[z-a]*")
    assert not [request for request in registry.requests if "/blobs/" in request.path]


async def test_deletions_and_opaque_directories_hide_what_is_below(pc: Portcall, push: Push):
    name = push({"a/x": "1", "a/y": "1", "b/z": "1"}, {"a/x": DELETED, "a/new": "2"}, {"b/w": "3", "b": OPAQUE})
    assert paths(await pc.list_files(name, "/", "**")) == ["/a", "/a/new", "/a/y", "/b", "/b/w"]


async def test_pages_of_any_size_tell_the_same(pc: Portcall, push: Push):
    name = push({f"d/{number:02}": "" for number in range(23)})
    told, cursor = [], ""
    while True:
        page = await pc.list_files(name, "d", limit=5, cursor=cursor)
        assert page.total == 23
        told += paths(page)
        cursor = page.next_cursor or ""
        if not cursor:
            break
    assert told == [f"/d/{number:02}" for number in range(23)]
    first = await pc.list_files(name, "d", limit=5)
    assert first.first(2).next_cursor is not None
    assert paths(await pc.list_files(name, "d", cursor=first.first(2).next_cursor or ""))[0] == "/d/02"
    with pytest.raises(InvalidArgumentError, match="other arguments"):
        await pc.list_files(name, "/", cursor=first.next_cursor or "")


async def test_a_directory_that_is_not_there_names_near_ones(pc: Portcall, push: Push):
    with pytest.raises(NotFoundError) as caught:
        await pc.list_files(push({**TREE, "etc/nginy\x1b[31m": ""}), "etc/ngins/conf.d")
    assert caught.value.message == "`/etc/ngins/conf.d` is not in the image"
    assert caught.value.candidates == ("/etc/nginx",)


async def test_what_the_layers_that_cannot_be_read_hold_is_not_passed_over_in_silence(pc: Portcall, push: Push):
    name = push({"etc/motd": "x"}, layer({"etc/issue": "y"}, urls=["https://elsewhere.example/layer"]))
    told = await pc.list_files(name, "etc")
    assert paths(told) == ["/etc/motd"]
    (warning,) = told.warnings
    assert warning.startswith(
        "this is not all: what is in, or was deleted by, some layers is not seen: layer 2 of 2 ("
    )
    assert "it lives outside the registry" in warning
    with pytest.raises(UnsupportedError, match="is not known"):
        await pc.list_files(name, "opt")


async def test_what_is_odd_in_the_layers_is_told(pc: Portcall, push: Push):
    name = push(
        {"a": "file", "l": symlink("l")},
        [("a/b", file("x")), (".wh.", file()), ("h", hardlink("nothing")), ("l/x", file())],
    )
    told = await pc.list_files(name)
    assert paths(told) == ["/a", "/h", "/l"]
    assert sorted(told.warnings) == [
        "layer 2: 1 of its entries are below a file of a lower layer, which became a directory",
        "layer 2: 1 of its entries are below a loop of links, and left out",
        "layer 2: 1 of its entries are hard links to what is not there",
        "layer 2: 1 of its entries are whiteouts of nothing",
    ]


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"pattern": "x" * 257}, {"pattern": "a\0"}, {"path": "a\0"}])
async def test_arguments_that_make_no_sense_are_refused(pc: Portcall, arguments: dict[str, str]):
    with pytest.raises(InvalidArgumentError):
        await pc.list_files("registry.test/team/app", **arguments)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhYmMiLCJ4Il0", "9" * 5000, "\ud800", "é"])
async def test_a_forged_cursor_is_refused(pc: Portcall, push: Push, cursor: str):
    with pytest.raises(InvalidArgumentError, match="`cursor` is no cursor of this list"):
        await pc.list_files(push(TREE), "/", cursor=cursor)


async def test_a_link_that_leads_nowhere_is_told_from_one_that_does(pc: Portcall, push: Push):
    """What engines put there when a container starts, as ``/proc``, is no reason to call a link that."""
    links = {
        "sh": symlink("usr/bin/env"),
        "through": symlink("bin/env"),
        "gone": symlink("usr/bin/bash"),
        "loop": symlink("loop"),
        "log": symlink("/dev/stdout"),
        "up": symlink("../../proc/self/fd/1"),
    }
    name = push({**TREE, **links}, [("hard", hardlink("etc/.hidden.conf")), ("broken", hardlink("x"))])
    told = (await pc.list_files(name, pattern="*")).files
    assert {each.path for each in told if each.dangling} == {"/gone", "/loop", "/broken"}
    assert all(each.dangling is False for each in told if each.path in {"/sh", "/through", "/log", "/up", "/hard"})


async def test_a_link_is_not_called_dangling_where_a_layer_could_not_be_read(pc: Portcall, push: Push):
    unreadable = layer({"x": "1"}, media_type="application/vnd.oci.image.layer.v1.tar+encrypted")
    (row,) = (await pc.list_files(push({"gone": symlink("x")}, unreadable), pattern="gone")).files
    assert row.dangling is None


async def test_ways_that_are_very_long_are_not_followed_for_a_list(pc: Portcall, push: Push):
    deep = "d/" * 1_500 + "x"
    told = (
        await pc.list_files(push({"a": symlink("x"), deep: "1", "far": symlink(deep), "z": symlink("far")}))
    ).files
    assert {each.path: each.dangling for each in told} == {"/a": True, "/d": False, "/far": None, "/z": None}
