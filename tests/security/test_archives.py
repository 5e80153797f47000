"""Archives: names and links in them lead nowhere outside of the image, and nothing is ever unpacked onto a disk.

Every layer comes over real HTTP, packed in each way that there is. A file of this machine's holds a canary: that
nobody tells it, and nobody opens it, is looked at for each answer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, with_password
from tests.core.oci.layers.tar_cases import END, header, member, records
from tests.security.advisory import PYTHONS_TAR, TRAVERSAL, advisory
from tests.security.opened import files_below, opened_files
from tests.security.watch import Outcome, Watch

from portcall.testing import (
    BasicAuth,
    FakeRegistry,
    Layer,
    directory,
    estargz,
    hardlink,
    image,
    layer,
    symlink,
    tar_of,
    zstd_chunked,
)

pytestmark = pytest.mark.anyio

CANARY, OWN = "canary-of-this-machine", "of the image itself"
UP = "../" * 24
PACKED: dict[str, Callable[[bytes], Layer]] = {
    "gzip": lambda tar: layer(tar=tar, command="COPY . /"),
    "zstd": lambda tar: layer(tar=tar, command="COPY . /", compression="zstd"),
    "plain": lambda tar: layer(tar=tar, command="COPY . /", compression="none"),
    "eStargz": lambda tar: estargz(tar=tar, command="COPY . /"),
    "zstd:chunked": lambda tar: zstd_chunked(tar=tar, command="COPY . /"),
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: Watch) -> Path:
    """A file of this machine's, below the folder that everything runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "kept" / "secret"
    file.parent.mkdir()
    file.write_text(CANARY)
    watch.secrets |= {CANARY, base64.b64encode(CANARY.encode()).decode()}
    return file


async def read(watch: Watch, folder: Path, built: Layer, *paths: str) -> list[Outcome]:
    """Return what is told of files in a layer, of all files last; this machine's were left alone."""
    before = files_below(folder)
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, image([built]), tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            # What is needed once, such as the system's certificates, is none of the archive's doing.
            await watch.ask(gateway, "get_image_details", image_name=name)
            with opened_files() as opened:
                told = [await watch.ask(gateway, "read_file", image_name=name, path=path) for path in paths]
                told.append(await watch.ask(gateway, "list_files", image_name=name, pattern="**", limit=1000))
                await watch.ask(gateway, "analyze_layers", image_name=name, deep=True)
    assert opened.touched == []
    assert files_below(folder) == before
    return told


def test_watch_sees_what_is_opened(host: Path):
    """The other half of the rule: without it the tests below would prove nothing."""
    with opened_files() as opened:
        host.read_text()
        (host.parent / "new").mkdir()
    assert opened.touched == [("open", str(host)), ("os.mkdir", str(host.parent / "new"))]


# Names


@advisory(*TRAVERSAL)
@pytest.mark.parametrize("packed", PACKED)
async def test_member_that_climbs_is_the_images_own_file(watch: Watch, host: Path, packed: str):
    """It ends at the root of the image, where engines put it, too; and this machine's file stays unread."""
    names = [f"{UP}{str(host)[1:]}", "/etc/passwd", "a/../../b", "./../c", "..", "d/..//../e"]
    tar = tar_of([(name, OWN) for name in names if name != ".."] + [("..", directory())])
    asked = [str(host), f"{UP}{host}", "/etc/passwd", "../../etc/passwd", "b", "c", "e"]
    *told, listed = await read(watch, host.parents[1], PACKED[packed](tar), *asked)
    assert [outcome.answer.content for outcome in told] == [OWN] * len(asked)
    paths = {file.path for file in listed.answer.files}
    assert {str(host), "/etc/passwd", "/b", "/c", "/e"} <= paths
    assert not [path for path in paths if ".." in path]


@advisory(*TRAVERSAL)
@pytest.mark.parametrize("packed", PACKED)
async def test_path_that_is_only_on_this_machine_is_not_found(watch: Watch, host: Path, packed: str):
    built = PACKED[packed](tar_of({"etc/os-release": "ID=x"}))
    asked = [
        str(host),
        f"{UP}{host}",
        "kept/secret",
        "./kept/secret",
        "~/kept/secret",
        f"file://{host}",
        "/proc/self/environ",
        "/proc/self/cwd/kept/secret",
        "etc/../../../../etc/passwd",
        "etc\\..\\..\\kept\\secret",
        "\\x2fetc\\x2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
    ]
    *told, _ = await read(watch, host.parents[1], built, *asked)
    assert {outcome.code for outcome in told} == {"not_found"}


@advisory(*TRAVERSAL)
async def test_odd_names_are_names(watch: Watch, host: Path):
    """Backslashes part nothing, a NUL ends a name as it does in C, and no name is looked up anywhere."""
    names = [b"..\\..\\kept\\secret", b"C:\\evil", b"~", b"kept/secret\0/x", b"\xff\xfe", b"-rf", b"$(id)"]
    built = layer(tar=b"".join(member(name, OWN.encode()) for name in names) + END)
    asked = ["..\\..\\kept\\secret", "C:\\evil", "~", "kept/secret", "\\xff\\xfe", "-rf", "$(id)"]
    *told, listed = await read(watch, host.parents[1], built, *asked, "kept/secret\0/x")
    assert [outcome.answer.content for outcome in told[:-1]] == [OWN] * len(asked)
    assert told[-1].code in {"invalid_argument", "not_found"}
    assert len(listed.answer.files) == len(names) + 1


# Links


def links_to(host: Path) -> list[tuple[str, object]]:
    """Return links of each kind to a file of this machine's, and a folder of it."""
    inside = str(host)[1:]
    return [
        ("absolute", symlink(str(host))),
        ("relative", symlink(f"{UP}{inside}")),
        ("chain", symlink("chain-2")),
        ("chain-2", symlink("./chain-3")),
        ("chain-3", symlink("absolute")),
        ("folder", symlink(str(host.parent))),
        ("cwd", symlink("/proc/self/cwd")),
        ("hard", hardlink(str(host))),
        ("hard-relative", hardlink(f"{UP}{inside}")),
        ("hard-to-link", hardlink("absolute")),
    ]


ASKED = ["absolute", "relative", "chain", "folder/secret", "hard", "hard-relative", "hard-to-link"]


@advisory(*TRAVERSAL, "CVE-2025-4517")
@pytest.mark.parametrize("packed", PACKED)
async def test_link_to_this_machine_leads_to_nothing(watch: Watch, host: Path, packed: str):
    built = PACKED[packed](tar_of(links_to(host)))  # type: ignore[arg-type]
    *told, listed = await read(watch, host.parents[1], built, *ASKED, "cwd/kept/secret")
    assert {outcome.code for outcome in told} == {"not_found"}
    assert listed.code == "ok"


@advisory(*TRAVERSAL, "CVE-2025-4517")
@pytest.mark.parametrize("packed", PACKED)
async def test_link_to_what_the_image_has_there_leads_to_the_images_own(watch: Watch, host: Path, packed: str):
    built = PACKED[packed](tar_of([(str(host)[1:], OWN), *links_to(host)]))  # type: ignore[list-item]
    *told, _ = await read(watch, host.parents[1], built, *ASKED)
    assert [outcome.answer.content for outcome in told] == [OWN] * len(ASKED)


@advisory(*TRAVERSAL)
async def test_member_behind_a_link_is_not_written_through_it(watch: Watch, host: Path):
    """What follows a link in the archive, and is named below it, is below it inside the image."""
    tar = tar_of([("folder", symlink(str(host.parent))), ("folder/secret", OWN), ("folder/new", OWN)])
    *told, _ = await read(watch, host.parents[1], layer(tar=tar), "folder/secret", "folder/new", str(host))
    assert all(outcome.code == "not_found" or outcome.answer.content == OWN for outcome in told)


@advisory(*TRAVERSAL)
@pytest.mark.parametrize("packed", PACKED)
async def test_loop_of_links_ends_with_an_error_that_says_so(watch: Watch, host: Path, packed: str):
    long = [(f"l{number}", symlink(f"l{number + 1}")) for number in range(60)]
    entries = [("a", symlink("b")), ("b", symlink("/a")), ("self", symlink("self")), ("d", symlink("d/d")), *long]
    *told, _ = await read(watch, host.parents[1], PACKED[packed](tar_of(entries)), "a", "self", "d/x", "l0")
    assert {outcome.code for outcome in told} == {"not_found"}
    assert all("loop of links" in outcome.said for outcome in told)


# Headers that lie


def lying() -> dict[str, bytes]:
    """Return archives that would never end, end before their beginning, or lead their reader in circles."""
    negative = bytearray(header(b"negative"))
    huge = header(b"huge", b"\x80" + (1 << 60).to_bytes(11, "big"))
    path = (b"path", b"x")
    return {
        "a member of an exbibyte": huge + bytes(4096),
        "an exbibyte by its records": records((b"size", b"%d" % (1 << 60))) + header() + bytes(4096),
        "a negative size": header(b"negative", b"\xff" * 12) + END,
        "a negative size by its records": records((b"size", b"-512")) + header() + END,
        "a size that leads back": header(b"back", b"\xff" * 10 + b"\xfe\x00") + END,
        "an extended header of an exbibyte": header(b"x", b"\x80" + (1 << 60).to_bytes(11, "big"), b"x") + END,
        "a negative extended header": header(b"x", b"\xff" * 12, b"x") + END,
        "extended headers without end": records(path) * 4000,
        "long names without end": member(b"././@LongLink", b"x" * 100, b"L") * 4000,
        "a record that has no length": member(b"x", b"0 path=a\n", b"x") + header() + END,
        "a record that leads back": member(b"x", b"-9 path=a\n", b"x") + header() + END,
        "a number of 500 digits": records((b"size", b"9" * 500)) + header() + END,
        "a sparse map without end": header(b"s", b"\0" * 12, b"S", rest=b"\x01" * 100) + b"\x01" * 512 * 50,
        "half a header": bytes(negative[:300]),
        "cut off": tar_of({"a": b"x" * 5000})[:700],
    }


@advisory(*PYTHONS_TAR)
@pytest.mark.parametrize("name", lying())
async def test_archive_that_lies_ends_at_once_with_an_error(watch: Watch, host: Path, name: str):
    """The reader believes a size as far as there are bytes, and never turns round."""
    tar = member(b"etc/first", OWN.encode()) + lying()[name]
    told = await read(watch, host.parents[1], layer(tar=tar), "etc/absent", "etc/first")
    assert told[0].code in {"unsupported", "upstream_error", "too_large"}
    assert told[0].error is not None
    assert told[0].error.hint


@advisory(*PYTHONS_TAR)
async def test_archive_that_lies_is_told_where_the_layer_would_have_been(watch: Watch):
    """What the other layers hold is told; that one is missing is told, too, and never taken for an empty one."""
    good, bad = layer({"etc/good": OWN}), layer(tar=lying()["a negative size"])
    registry = FakeRegistry()
    registry.push(REPOSITORY, image([good, bad]), tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            inside = await watch.look_inside(gateway, name, "/etc/good")
            absent = await watch.ask(gateway, "read_file", image_name=name, path="/etc/absent")
    assert inside["read_file"].answer.content == OWN
    assert inside["analyze_layers"].answer.layers[1].problem
    for tool in ("read_file", "list_files"):
        assert [warning for warning in inside[tool].answer.warnings if "layer 2" in warning]
    assert absent.code == "unsupported"


# What asks for no contents


@pytest.mark.parametrize("name", lying())
async def test_tools_that_tell_of_images_alone_fetch_no_layer(watch: Watch, host: Path, name: str):
    built = image([layer(tar=lying()[name], command="COPY . /")])
    registry = FakeRegistry()
    registry.push(REPOSITORY, built, tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address), timeout=5) as gateway:
            told = await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:1")
    assert {outcome.code for outcome in told.values()} == {"ok"}
    assert {one.reference for one in registry.asked("blob")} == {built.config_digest}
