"""What portcall does not do: it writes to no registry, unpacks nothing onto a disk, and lets nobody name a file.

Where a whole kind of fault cannot exist because the capability does not, the test says so, and fails on the day
that it comes: then the advisory wants a test of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, with_password
from tests.security.advisory import PYTHONS_TAR, TRAVERSAL, advisory
from tests.security.internet import Internet
from tests.security.opened import files_below
from tests.security.source import called, imported, modules, written
from tests.security.watch import Watch

from portcall.testing import (
    BearerAuth,
    FakeRegistry,
    RecordingServer,
    Reply,
    Request,
    artifact,
    image,
    index,
    layer,
    quirks,
)
from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

CLIMBING = ["../../etc/cron.d/evil", "/etc/passwd", "..\\..\\evil", "a/../../evil", "./../evil", "~/.ssh/keys"]


def test_the_source_is_found():
    """Without it the tests below would pass on nothing."""
    assert "core/portcall/http/client.py" in modules()
    assert ("core/portcall/http/guard.py", "socket") in set(imported())
    assert any(name == "socket" for file, name in called() if file.endswith("guard.py"))


# Archives


#: A new key file, and a new file of an MCP host, are put in place whole by a hard link: the operator names them.
OWN_LINKS = {("core/portcall/seal.py", "hardlink_to"), ("core/portcall/hosts/foreign_file.py", "link")}
#: Replies from the wire are opened, too.
OWN_STREAMS = {("core/portcall/oci/distribution.py", "open")}


@advisory(*TRAVERSAL, *PYTHONS_TAR)
def test_no_archive_is_ever_unpacked():
    unpacking = {
        "extract",
        "extractall",
        "unpack_archive",
        "symlink",
        "symlink_to",
        "link",
        "hardlink_to",
        "mknod",
    }
    assert {(file, name) for file, name in called() if name in unpacking} <= OWN_LINKS


@advisory(*PYTHONS_TAR)
def test_archives_are_read_by_no_library_that_could_unpack_them():
    """What reads them here knows headers alone, and is tried with those that lie in ``test_archives.py``."""
    readers = ("tarfile", "zipfile")
    assert [(file, name) for file, name in imported() if name.split(".")[0] in readers] == []


def test_what_reads_archives_opens_no_file():
    """Layers come from the wire, and go to whoever asked; what is kept of them is the cache's business."""
    opening = {
        "open",
        "read_bytes",
        "read_text",
        "write_bytes",
        "write_text",
        "mkdir",
        "makedirs",
        "touch",
        "chdir",
    }
    folders = ("core/portcall/oci/", "core/portcall/images/")
    assert {(file, name) for file, name in called() if file.startswith(folders) and name in opening} <= OWN_STREAMS


@advisory(*TRAVERSAL)
@pytest.mark.parametrize("title", CLIMBING)
async def test_title_never_becomes_a_path(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
):
    """``org.opencontainers.image.title`` is a file name to some clients; here it is a text like any other."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    annotations = {"org.opencontainers.image.title": title, "io.deis.oras.content.unpack": "true"}
    one = layer({title: "x"}, annotations=annotations)
    built = image([one], annotations=annotations, labels=annotations, workdir=title)
    thing = artifact("application/vnd.example", {title: b"x"}, annotations=annotations)
    registry = FakeRegistry()
    registry.push(REPOSITORY, index([built], annotations=annotations), tags=["1"])
    registry.push(REPOSITORY, thing, tags=["artifact"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            for tag in ("1", "artifact"):
                await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:{tag}")
                await watch.look_inside(gateway, f"{address.netloc}/{REPOSITORY}:{tag}", review=False)
    assert {one.reference for one in registry.asked("blob")} <= {built.config_digest, one.digest}
    assert files_below(tmp_path) == {}


# Writing

#: Where it is written which methods our own server takes.
_SERVER = ("core/portcall/server/asgi/", "core/portcall/auth/signin/")


@dataclass(frozen=True)
class LocationEverywhere(quirks.Quirk):
    """Every answer says that something is elsewhere."""

    url: str = ""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Location": self.url, "Content-Location": self.url})


@advisory("CVE-2026-50151")
def test_no_method_that_writes_stands_in_the_source():
    """Token services and vendors' logins alone may be asked by POST, which changes nothing in a registry.

    What our own server is sent is another matter.
    """
    written_here = (each for each in written() if not each[0].startswith(_SERVER))
    found = {(file, text) for file, text in written_here if text in {"PUT", "PATCH", "DELETE", "POST"}}
    assert {file for file, text in found if text != "POST"} == set()
    senders = ("core/portcall/http/", "core/portcall/api/")
    assert {file for file, _ in found if not file.startswith(senders)} == set()


@advisory("CVE-2026-50151")
async def test_every_tool_only_reads(internet: Internet, watch: Watch, attacker: RecordingServer):
    """A ``Location`` in an answer that is no redirect, as uploads have it, is not followed."""
    registry = FakeRegistry(auth=BearerAuth({USER: PASSWORD}, public=[]))
    registry.push(REPOSITORY, AMD64, tags=["1", "latest"])
    watch.over(registry)
    there = internet.host("attacker.example", attacker.address)
    registry.add(LocationEverywhere(url=f"{there.url}/upload"))
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            for tag in ("1", "latest", "no-such-tag"):
                await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:{tag}")
                await watch.look_inside(gateway, f"{address.netloc}/{REPOSITORY}:{tag}")
            await watch.ask(gateway, "list_registries", probe=True)
    assert {one.method for one in registry.requests if one.kind != "token"} == {"GET", "HEAD"}
    assert {one.method for one in registry.asked("token")} <= {"GET", "POST"}
    assert all(one.body == b"" for one in registry.requests if one.method != "POST")
    assert attacker.requests == []


# What a model names


@pytest.mark.parametrize("name", ["file:///etc/passwd", "/etc/passwd", "../../etc/passwd", "oci:/etc", "dir:/etc"])
async def test_reference_never_names_a_file(watch: Watch, name: str):
    async with asking() as gateway:
        for outcome in (
            await watch.ask(gateway, "get_image_details", image_name=name),
            await watch.ask(gateway, "get_manifest", image_name=name),
        ):
            assert outcome.code in {"invalid_reference", "unreachable", "blocked"}
            assert "root:" not in outcome.said


def test_nothing_that_was_read_becomes_code():
    """No pickle, no ``eval``, no YAML with Python in it."""
    evil = {"eval", "exec", "compile_command", "unsafe_load", "full_load", "__import__"}
    assert [(file, name) for file, name in called() if name in evil] == []
    loaders = {"pickle", "marshal", "shelve", "dill", "jsonpickle"}
    assert [(file, name) for file, name in imported() if name.split(".")[0] in loaders] == []
