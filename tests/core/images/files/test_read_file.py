"""A file inside an image is read without pulling it: where it really is, as it really is, or why it is not."""

from __future__ import annotations

import base64
import random

import pytest
from tests.core.images.conftest import asked
from tests.core.images.files.conftest import Push

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError, UnsupportedError, UpstreamError
from portcall.testing import FakeRegistry, layer, quirks
from portcall.testing.images import DELETED, OPAQUE, device, directory, executable, fifo, file, hardlink, symlink

pytestmark = pytest.mark.anyio

OS_RELEASE = 'ID=debian\nPRETTY_NAME="Debian"\n'
BASE = {
    "usr/lib/os-release": OS_RELEASE,
    "etc/os-release": symlink("../usr/lib/os-release"),
    "bin": symlink("usr/bin"),
}
#: 12 MB that do not compress: more than is read on for the sake of a digest.
NOISE = random.Random(5).randbytes(12_000_000)


async def test_a_file_is_read_with_all_that_ls_would_tell(pc: Portcall, push: Push):
    name = push(
        {"opt/run": file("#!/bin/sh\n", mode=0o4755, uid=10, gid=20, mtime=1_700_000_000)}, {"etc/motd": "hi"}
    )
    told = await pc.read_file(name, "/opt/run")
    assert (told.content, told.encoding, told.size, told.offset, told.next_offset) == (
        "#!/bin/sh\n",
        "text",
        10,
        0,
        None,
    )
    assert (told.mode, told.owner, told.modified) == ("-rwsr-xr-x", "10:20", "2023-11-14T22:13:20Z")
    assert (told.path, told.resolved_path, told.layer, told.verified) == ("/opt/run", None, 1, True)
    assert (told.name, told.platform, told.warnings) == ("registry.test/team/app", "linux/amd64", ())


async def test_links_are_followed_inside_the_image(pc: Portcall, push: Push):
    name = push(
        {**BASE, "usr/bin/env": executable("env"), "up": symlink("../../../usr/lib"), "abs": symlink("/up")}
    )
    for path, resolved in [
        ("etc/os-release", "/usr/lib/os-release"),
        ("//etc/./x/..//os-release", None),
        ("abs/os-release", "/usr/lib/os-release"),
        ("/../../abs/../lib/os-release", "/usr/lib/os-release"),
    ]:
        if resolved:
            told = await pc.read_file(name, path)
            assert (told.content, told.resolved_path) == (OS_RELEASE, resolved)
        else:
            with pytest.raises(NotFoundError):  # there is no x, though its parent would be the same
                await pc.read_file(name, path)
    assert (await pc.read_file(name, "bin/env")).resolved_path == "/usr/bin/env"


async def test_only_layers_that_matter_are_fetched(registry: FakeRegistry, pc: Portcall, push: Push):
    """The top layer states ``etc`` and the file: nothing below it can change what they are."""
    name = push(BASE, layer({"etc/motd": "below"}), top := layer({"etc/motd": "above"}))
    told = await pc.read_file(name, "etc/motd")
    assert (told.content, told.layer, told.layer_digest) == ("above", 3, top.digest)
    assert (told.bytes_fetched, told.verified) == (top.size, True)
    assert asked(registry).count("GET blob") == 2  # the configuration is one


async def test_what_is_known_is_not_fetched_again(registry: FakeRegistry, pc: Portcall, push: Push):
    name = push({"etc/motd": "one", "etc/issue": "two"})
    await pc.read_file(name, "etc/motd")
    registry.requests.clear()
    told = await pc.read_file(name, "etc/motd", offset=1)
    assert (told.content, told.offset) == ("ne", 1)
    assert asked(registry).count("GET blob") <= 1  # the file's bytes
    with pytest.raises(NotFoundError):
        await pc.read_file(name, "etc/nothing")
    assert asked(registry).count("GET blob") <= 1


async def test_a_large_layer_is_left_where_the_file_is_found(pc: Portcall, push: Push):
    """Its digest is then unknown, and the answer says so; a link's target is caught in the same pass."""
    tree = [("etc", directory()), ("etc/os-release", symlink("../usr/lib/os-release")), ("usr", directory())]
    tree += [("usr/lib", directory()), ("usr/lib/os-release", file(OS_RELEASE)), ("zzz", file(NOISE))]
    big = layer(tree)
    told = await pc.read_file(push(big), "etc/os-release")
    assert (told.content, told.verified, told.layer_digest) == (OS_RELEASE, False, big.digest)
    assert told.bytes_fetched < big.size / 2


async def test_a_large_layer_is_left_though_the_layer_above_left_a_directory_unstated(pc: Portcall, push: Push):
    """``etc`` could have been a link; that it is none is seen on the way."""
    big = layer([("etc", directory()), ("etc/motd", file("hi")), ("zzz", file(NOISE))])
    told = await pc.read_file(push(big, [("etc/new", file("x"))]), "etc/motd")
    assert (told.content, told.layer, told.verified) == ("hi", 1, False)
    assert told.bytes_fetched < big.size / 2


async def test_absence_is_only_claimed_when_all_was_read(pc: Portcall, push: Push):
    big = layer([("etc", directory()), ("etc/motd", file("hi")), ("zzz", file(NOISE))])
    with pytest.raises(NotFoundError) as caught:
        await pc.read_file(push(big), "etc/modt")
    assert caught.value.message == "`/etc/modt` is not in the image"
    assert caught.value.candidates == ("/etc/motd",)


async def test_a_deleted_file_says_which_layer_deleted_it(pc: Portcall, push: Push):
    name = push(
        {"etc/motd": "hello", "etc/issue": "x"},
        {"opt/x": "x"},
        layer({"etc/motd": DELETED}, command="RUN /bin/sh -c rm /etc/motd # buildkit"),
        {"opt/y": "y"},
    )
    with pytest.raises(NotFoundError) as caught:
        await pc.read_file(name, "/etc/motd")
    assert caught.value.message == "`/etc/motd` was deleted by layer 3 of 4 (step: `RUN rm /etc/motd`)"
    await pc.list_files(name)  # now all layers are known
    for question in (pc.read_file, pc.list_files):
        with pytest.raises(NotFoundError) as caught:
            await question(name, "/etc/motd")
        assert caught.value.message.endswith("(step: `RUN rm /etc/motd`); layer 1 still holds it")


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"etc": DELETED}, "was deleted by layer 2 of 2 with `/etc`; layer 1 still holds it"),
        ({"etc": OPAQUE}, "was deleted by layer 2 of 2 with all that was in `/etc`; layer 1 still holds it"),
        ({"etc": file("x")}, "is gone: layer 2 of 2 replaced the directory `/etc`; layer 1 still holds it"),
    ],
)
async def test_a_file_that_went_with_its_directory_says_so(pc: Portcall, push: Push, tree: object, told: str):
    name = push({"etc/a/motd": "hello"}, tree)
    await pc.list_files(name)
    with pytest.raises(NotFoundError) as caught:
        await pc.read_file(name, "/etc/a/motd")
    assert caught.value.message == f"`/etc/a/motd` {told}"


async def test_a_file_that_was_made_anew_is_read(pc: Portcall, push: Push):
    name = push(
        {"d/a": "old", "d/b": "old"}, [("d", directory()), ("d/a", file("new")), ("d/a", DELETED), ("d", OPAQUE)]
    )
    assert (await pc.read_file(name, "d/a")).content == "new"
    with pytest.raises(NotFoundError):
        await pc.read_file(name, "d/b")


async def test_a_hard_link_has_the_contents_that_it_was_made_with(pc: Portcall, push: Push):
    first = layer({"a": "first"})
    name = push(
        first, [("b", hardlink("a")), ("c", file("c")), ("d", hardlink("c"))], {"a": "second", "c": "later"}
    )
    told = await pc.read_file(name, "b")
    assert (told.content, told.layer, told.layer_digest, told.size) == ("first", 1, first.digest, 5)
    assert (await pc.read_file(name, "d")).content == "c"


async def test_a_directory_names_some_of_its_files(pc: Portcall, push: Push):
    with pytest.raises(InvalidArgumentError) as caught:
        await pc.read_file(push({"etc/motd": "x", "etc/issue": "y"}), "etc")
    assert (caught.value.message, caught.value.candidates) == (
        "`/etc` is a directory",
        ("/etc/issue", "/etc/motd"),
    )
    assert "list_files" in caught.value.hint


async def test_what_has_no_contents_is_refused(pc: Portcall, push: Push):
    name = push({"dev/null": device("character", 1, 3), "pipe": fifo(), "gone": hardlink("nothing")})
    for path, told in [("dev/null", "is a device"), ("pipe", "is a pipe")]:
        with pytest.raises(InvalidArgumentError, match=told):
            await pc.read_file(name, path)
    with pytest.raises(NotFoundError, match="a hard link to a file that was not there"):
        await pc.read_file(name, "gone")


async def test_a_loop_and_a_broken_link_say_so(pc: Portcall, push: Push):
    name = push({"a": symlink("b"), "b": symlink("/a"), "c": symlink("usr/nothing"), "d": symlink("c"), "f": "x"})
    with pytest.raises(NotFoundError, match="leads into a loop of links"):
        await pc.read_file(name, "a")
    with pytest.raises(NotFoundError) as caught:
        await pc.read_file(name, "d")
    assert caught.value.message == "`/d`, which leads to `/usr/nothing`, is not in the image"
    with pytest.raises(NotFoundError, match="on its way, which is no directory"):
        await pc.read_file(name, "f/")


@pytest.mark.parametrize("path", ["", "a\0b", "a/" * 3000, "é" * 2048])
async def test_a_path_that_no_file_has_is_refused(pc: Portcall, path: str):
    with pytest.raises(InvalidArgumentError):
        await pc.read_file("registry.test/team/app", path)


async def test_names_that_are_no_text_are_written_as_they_are_shown(pc: Portcall, push: Push):
    name = push({"caf\udce9/x": "latin", r"plain\xe9": "escaped"})
    told = await pc.read_file(name, r"caf\xe9/x")
    assert (told.content, told.path, told.resolved_path) == ("latin", r"/caf\xe9/x", None)
    assert (await pc.read_file(name, "caf\udce9/x")).content == "latin"
    assert (await pc.read_file(name, r"plain\xe9")).content == "escaped"


async def test_a_file_is_read_in_parts(pc: Portcall, push: Push):
    text = "żółć " * 40
    name = push({"text": text, "empty": "", "binary": bytes(range(20))})
    read, offset = "", 0
    while offset is not None:
        part = await pc.read_file(name, "text", offset=offset, max_bytes=13)
        assert (part.encoding, part.offset) == ("text", offset)
        read += part.content
        offset = part.next_offset
    assert read == text
    empty = await pc.read_file(name, "empty")
    assert (empty.content, empty.size, empty.encoding, empty.next_offset) == ("", 0, "text", None)
    within = await pc.read_file(name, "text", offset=1, max_bytes=13)
    assert (within.offset, within.content) == (2, "ółć żó")
    binary = await pc.read_file(name, "binary", max_bytes=9)
    assert (binary.encoding, base64.b64decode(binary.content), binary.next_offset) == (
        "base64",
        bytes(range(9)),
        9,
    )
    assert (await pc.read_file(name, "binary", offset=20)).content == ""
    with pytest.raises(InvalidArgumentError, match="it has 20 bytes"):
        await pc.read_file(name, "binary", offset=21)


async def test_parents_that_no_layer_above_states_may_be_links(pc: Portcall, push: Push):
    """``bin/tool`` of the top layer is below a link of the bottom one: it is where that leads."""
    name = push({"usr/bin/env": "env", "bin": symlink("usr/bin")}, [("bin/tool", file("tool"))])
    told = await pc.read_file(name, "usr/bin/tool")
    assert (told.content, told.layer) == ("tool", 2)
    assert (await pc.read_file(name, "bin/tool")).resolved_path == "/usr/bin/tool"


async def test_a_layer_that_cannot_be_read_is_told_of(pc: Portcall, push: Push):
    foreign = layer({"etc/motd": "foreign"}, urls=["https://elsewhere.example/layer"])
    name = push(foreign, {"etc/issue": "x"})
    told = await pc.read_file(name, "etc/issue")
    assert (told.content, told.warnings) == ("x", ())  # the layer above decides
    with pytest.raises(UnsupportedError) as caught:
        await pc.read_file(name, "etc/motd")
    assert "`/etc/motd` is in the image is not known" in caught.value.message
    assert "layer 1 of 2 (it lives outside the registry" in caught.value.message


async def test_what_an_unreadable_layer_may_have_changed_is_told_with_a_warning(pc: Portcall, push: Push):
    name = push({"etc/issue": "x"}, layer(tar=b"no archive at all" * 100))
    told = await pc.read_file(name, "etc/issue")
    assert told.content == "x"
    assert told.warnings[0].startswith("some layers cannot be read, and may have another version: layer 2 of 2 (")


async def test_an_outage_is_never_a_missing_file(registry: FakeRegistry, pc: Portcall, push: Push):
    name = push({"etc/issue": "x"})
    await pc.get_image_details(name)
    registry.add(quirks.Answer(503))
    with pytest.raises(UpstreamError):
        await pc.read_file(name, "etc/nothing")
