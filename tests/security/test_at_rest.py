"""What is kept on a disk tells whoever reads it nothing of what needed credentials, and no secret at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.core.http.asking import PASSWORD, USER, asking, with_password
from tests.security.watch import BASIC, Watch
from tests.testbed.redis import RedisServer

from portcall.testing import BearerAuth, FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

SECRET_REPOSITORY, SECRET_LABEL = "canary-of-a-name/app", "canary-of-a-label"


def kept(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_private_answers_are_sealed_where_they_are_kept(watch: Watch, tmp_path: Path):
    built = image([layer({"a": "b"}, command="COPY . /")], labels={"team": SECRET_LABEL})
    registry = FakeRegistry(auth=BearerAuth({USER: PASSWORD}, public=[]))
    registry.push(SECRET_REPOSITORY, built, tags=["1"])
    watch.over(registry)
    folder = tmp_path / "kept"
    environ = {"PORTCALL_CACHE__URL": f"disk://{folder}"}
    with registry.serve() as address:
        for _ in range(2):
            async with asking(with_password(address), environ=environ) as gateway:
                reference = f"{address.netloc}/{SECRET_REPOSITORY}:1"
                outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
            assert outcome.code == "ok"
    # The second time only the tag had to be asked for: something was kept.
    assert registry.count("blob") == 1
    assert kept(folder) != {}
    tokens = [str(one.authorization).partition(" ")[2] for one in registry.requests if one.authorization]
    readable = [PASSWORD, BASIC, SECRET_LABEL, "canary-of-a-name", built.digest[7:], *tokens]
    for file, content in kept(folder).items():
        assert [text for text in readable if text.encode() in content or text in file.name] == []


async def test_what_a_tag_stands_for_is_not_forged_by_who_can_write_to_the_store(watch: Watch, tmp_path: Path):
    """No digest vouches for it: it is believed because only who has the key could have written it there."""
    honest = image([layer({"a": "b"})])
    forged = image([layer({"a": "forged"})])
    registry = FakeRegistry()
    registry.push("open/app", honest, tags=["1"])
    registry.push("open/app", forged, tags=["evil"])
    with registry.serve() as address, RedisServer(tmp_path) as server:
        environ = {"PORTCALL_CACHE__URL": server.url, "PORTCALL_STORE_KEY": "k" * 32}
        reference = f"{address.netloc}/open/app"
        async with asking(environ=environ) as gateway:
            for tag in ("1", "evil"):
                assert (await watch.ask(gateway, "check_images", images=[f"{reference}:{tag}"])).code == "ok"
        async with Redis.from_url(server.url) as store:
            entries = {key: await store.get(key) for key in await store.keys("*")}
            for key, entry in entries.items():
                await store.set(key, entry.replace(honest.digest.encode(), forged.digest.encode()))
        registry.forget()
        async with asking(environ=environ) as gateway:
            told = await watch.ask(gateway, "check_images", images=[f"{reference}:1"])
    assert entries
    assert honest.digest in told.said
    assert forged.digest not in told.said
