"""Who learns of a layer what others have read: all who ask at the same time as the same, and nobody else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
from pathlib import Path

import pytest
from tests.core.http.stores.keeping import files_in
from tests.core.images.layers.conftest import Push
from tests.core.images.layers.desk import REPOSITORY, desk

from portcall.errors import PortcallError
from portcall.http.reply import Reply
from portcall.http.stores.disk import DiskStore
from portcall.http.stores.entry import Entry, write_entry
from portcall.http.upstream import Credentials
from portcall.oci.layers.codec import encode_index
from portcall.oci.layers.index import LayerIndex
from portcall.seal import Seal
from portcall.testing import BasicAuth, FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio

ADA, BOB = Credentials("ada", "one"), Credentials("bob", "two")
PACKED = layer({"etc/motd": "hello\n", "srv/data": bytes(range(256)) * 500}, compression="none")


@pytest.fixture
def private(registry: FakeRegistry) -> FakeRegistry:
    registry.auth = BasicAuth({"ada": "one", "bob": "two"})
    registry.push(REPOSITORY, image([PACKED]), tags=["1"])
    return registry


def downloads(registry: FakeRegistry) -> int:
    return registry.count("blob", reference=PACKED.digest, status=200)


async def test_two_who_ask_at_the_same_time_share_one_download(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address) as made:
        opened, first = await made.reader()
        second = made.shelf.reader(opened, None)
        registry.add(quirks.Dribble(slice=20_000, pause=0.005, path=PACKED.digest))
        indexes = await asyncio.gather(first.index(opened.layers[0]), second.indexes())
        assert indexes[0] is indexes[1][0]
        # It took the download for each of them.
        assert first.bytes_fetched == second.bytes_fetched == PACKED.size
    assert downloads(registry) == 1


async def test_one_who_leaves_takes_nothing_from_those_who_stay(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address) as made:
        opened, first = await made.reader()
        second = made.shelf.reader(opened, None)
        registry.add(quirks.Dribble(slice=20_000, pause=0.01, path=PACKED.digest))
        leaving = asyncio.create_task(first.index(opened.layers[0]))
        staying = asyncio.create_task(second.index(opened.layers[0]))
        await asyncio.sleep(0.03)
        leaving.cancel()
        assert (await staying).verified
        assert second.bytes_fetched == PACKED.size
    assert downloads(registry) == 1


async def test_what_one_may_see_another_sees_by_a_download_of_his_own(private: FakeRegistry):
    async with desk(private.address) as made:
        for number, who in enumerate((ADA, BOB), 1):
            opened = await made.open(credentials=who)
            await made.shelf.reader(opened, None).indexes()
            assert downloads(private) == number
        for who in (ADA, BOB):
            opened = await made.open(credentials=who)
            assert await made.shelf.reader(opened, None).known(opened.layers[0]) is not None
    assert downloads(private) == 2


async def test_callers_of_different_identities_never_share_a_flight(private: FakeRegistry):
    async with desk(private.address) as made:
        opened = [await made.open(credentials=who) for who in (ADA, BOB)]
        private.add(quirks.Latency(seconds=0.05, path=PACKED.digest))
        await asyncio.gather(*(made.shelf.reader(each, None).indexes() for each in opened))
    assert downloads(private) == 2


async def test_the_same_layer_in_another_repository_is_fetched_from_there(registry: FakeRegistry, push: Push):
    """Who may read the one repository may not read the other."""
    push(PACKED)
    async with desk(registry.address) as made:
        opened, reader = await made.reader()
        await reader.indexes()
        name = await made.shelf.name(opened, opened.layers[0])
        assert REPOSITORY in name.url
        assert name.upstream.identity in name.key


# Beyond the process


def store(folder: Path) -> DiskStore:
    return DiskStore(folder, 64 << 20)


def everything_in(folder: Path) -> bytes:
    """Return all that is stored, and what is packed in it."""
    found = b""
    for path in files_in(folder):
        entry = json.loads(path.read_bytes())
        found += b"".join(_unpacked(str(each)) for each in entry.values())
    return found


def _unpacked(text: str) -> bytes:
    with contextlib.suppress(ValueError):
        return base64.b64decode(text, validate=True)
    return text.encode()


def forge(folder: Path, url: str, name: str, seal: Seal | None) -> None:
    """Put an index there that says that there is nothing, by whoever can write there."""
    empty = encode_index(LayerIndex(PACKED.digest, (), "none"))
    entry = Entry(Reply(200, {}, empty, url), math.inf)
    store(folder)._shelves.write(name, write_entry(entry, name, seal))


async def test_an_index_outlives_the_process_where_it_can_be_sealed(
    registry: FakeRegistry, push: Push, tmp_path: Path
):
    push(PACKED)
    seal = Seal.from_text("a random text, the operator's")
    async with desk(registry.address, store=store(tmp_path), seal=seal) as made:
        index = (await (await made.reader())[1].indexes())[0]
    # Though anybody may see the layer: what can be read without the key can be written without it.
    assert b"portcall layer" not in everything_in(tmp_path)
    async with desk(registry.address, store=store(tmp_path), seal=seal) as made:
        opened, reader = await made.reader()
        assert await reader.known(opened.layers[0]) == index
    assert downloads(registry) == 1


async def test_without_a_seal_an_index_stays_in_memory(registry: FakeRegistry, push: Push, tmp_path: Path):
    """Whoever can write to the store could else say what is in an image, for no digest vouches for an index."""
    push(PACKED)
    async with desk(registry.address, store=store(tmp_path)) as made:
        _, reader = await made.reader()
        await reader.indexes()
        opened, again = await made.reader()
        assert await again.known(opened.layers[0]) is not None
    async with desk(registry.address, store=store(tmp_path)) as made:
        opened, reader = await made.reader()
        assert await reader.known(opened.layers[0]) is None


@pytest.mark.parametrize("forged_with", ["", "another text, somebody else's"])
async def test_a_forged_index_is_not_believed(
    registry: FakeRegistry, push: Push, tmp_path: Path, forged_with: str
):
    push(PACKED)
    seal = Seal.from_text("a random text, the operator's")
    async with desk(registry.address, store=store(tmp_path), seal=seal) as made:
        opened, reader = await made.reader()
        await reader.indexes()
        place = made.http.replies._place(await made.shelf.name(opened, opened.layers[0]))
        assert place
        another = Seal.from_text(forged_with) if forged_with else None
        forge(tmp_path, "", place.name, another)
    async with desk(registry.address, store=store(tmp_path), seal=seal) as made:
        opened, reader = await made.reader()
        assert await reader.known(opened.layers[0]) is None


async def test_credentials_are_sealed_apart(private: FakeRegistry, tmp_path: Path):
    seal = Seal.from_text("a random text, the operator's")
    async with desk(private.address, store=store(tmp_path), seal=seal) as made:
        opened = await made.open(credentials=ADA)
        await made.shelf.reader(opened, None).indexes()
    async with desk(private.address, store=store(tmp_path), seal=seal) as made:
        opened = await made.open(credentials=BOB)
        assert await made.shelf.reader(opened, None).known(opened.layers[0]) is None
        opened = await made.open(credentials=ADA)
        assert await made.shelf.reader(opened, None).known(opened.layers[0]) is not None


async def test_an_index_of_another_version_is_read_anew(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address) as made:
        opened, reader = await made.reader()
        name = await made.shelf.name(opened, opened.layers[0])
        await made.http.keep(name, Reply(200, {}, b"portcall layer 0\n...", asked_as=name.upstream.identity))
        assert await reader.known(opened.layers[0]) is None
        assert (await reader.index(opened.layers[0])).verified


async def test_a_download_that_failed_is_nobodys_answer_but_theirs_who_waited(registry: FakeRegistry, push: Push):
    push(PACKED)
    async with desk(registry.address) as made:
        opened, first = await made.reader()
        second = made.shelf.reader(opened, None)
        registry.add(quirks.FlippedBit(path=PACKED.digest, times=1), quirks.Latency(0.02, path=PACKED.digest))
        outcomes = await asyncio.gather(
            first.index(opened.layers[0]), second.index(opened.layers[0]), return_exceptions=True
        )
        assert [isinstance(each, PortcallError) and each.code for each in outcomes] == ["digest_mismatch"] * 2
        assert outcomes[0] is not outcomes[1]
        assert (await made.shelf.reader(opened, None).index(opened.layers[0])).verified
