"""What is learnt of layers is as private as they are: in memory, on a disk, and between identities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.core.http.asking import PASSWORD, USER, asking, entry, with_password
from tests.security.opened import files_below
from tests.security.watch import BASIC, Watch

from portcall.testing import (
    Address,
    BasicAuth,
    BearerAuth,
    FakeRegistry,
    Layer,
    amend,
    estargz,
    image,
    layer,
    quirks,
    zstd_chunked,
)

pytestmark = pytest.mark.anyio

PRIVATE, OPEN = "canary-of-a-name/app", "open/app"
CONTENTS, NAME = "canary-of-contents", "canary-of-a-file"
FILES: dict[str, Any] = {f"etc/{NAME}": f"{CONTENTS}\n" * 2000, "etc/plain": "plain"}
OTHERS = "canary-of-bobs"
PACKED = {
    "gzip": layer(FILES, command="COPY . /"),
    "plain": layer(FILES, command="COPY . /", compression="none"),
    "eStargz": estargz(FILES, command="COPY . /"),
    "zstd:chunked": zstd_chunked(FILES, command="COPY . /"),
}
PATH = f"/etc/{NAME}"


def guarded(auth: type, built: Layer) -> FakeRegistry:
    """Return a registry where Ada may see everything, and Bob what is open."""
    users = {USER: PASSWORD, "bob": OTHERS}
    guard = auth(users, public=[OPEN]) if auth is BasicAuth else auth(users, public=[OPEN], grants={"bob": [OPEN]})
    registry = FakeRegistry(auth=guard)
    registry.push(PRIVATE, image([built], labels={"team": CONTENTS}), tags=["1"])
    return registry


def as_bob(address: Address) -> dict[str, dict[str, Any]]:
    return entry(address, username="bob", password_env="BOBS")


@pytest.mark.parametrize("packed", PACKED)
async def test_layers_that_one_identity_read_are_not_told_to_another(watch: Watch, tmp_path: Path, packed: str):
    """They share a disk, and so whatever is kept; Ada's answers come from there the second time."""
    watch.secrets.add(OTHERS)
    registry = guarded(BearerAuth, PACKED[packed])
    watch.over(registry)
    environ = {"PORTCALL_CACHE__URL": f"disk://{tmp_path / 'kept'}", "BOBS": OTHERS}
    with registry.serve() as address:
        tag = f"{address.netloc}/{PRIVATE}:1"
        pinned = f"{address.netloc}/{PRIVATE}@{registry.digest(PRIVATE, '1')}"
        for _ in range(2):
            async with asking(with_password(address), environ=environ) as gateway:
                told = await watch.look_inside(gateway, tag, PATH, review=False)
                assert {outcome.code for outcome in told.values()} == {"ok"}
        for strangers in (as_bob(address), entry(address), None):
            async with asking(strangers, environ=environ) as gateway:
                for name in (tag, pinned):
                    told = await watch.look_inside(gateway, name, PATH, review=False)
                    assert {outcome.code for outcome in told.values()} <= {
                        "unauthorized",
                        "forbidden",
                        "not_found",
                    }
                    assert not [tool for tool, outcome in told.items() if CONTENTS in outcome.said]


async def test_layer_that_another_repository_names_is_not_taken_from_what_is_kept(watch: Watch):
    """Whoever may push anywhere can name a layer of a private image by its digest; that opens nothing."""
    secret = PACKED["gzip"]
    registry = guarded(BearerAuth, secret)
    mine = image([layer({"etc/plain": "plain"}, command="COPY . /")])
    registry.push(OPEN, amend(mine, layers=[secret.descriptor()]), tags=["1"])
    registry.add(quirks.Answer(404, path=f"/v2/{OPEN}/blobs/{secret.digest}"))
    with registry.serve() as address:
        settings: Mapping[str, Mapping[str, Any]] = {
            f"{address.netloc}/{PRIVATE}": {"endpoint": address.url, "username": USER, "password_env": "PASSWORD"},
            f"{address.netloc}/open": {"endpoint": address.url, "username": "bob", "password_env": "BOBS"},
            address.netloc: {"endpoint": address.url},
        }
        async with asking(settings, environ={"BOBS": OTHERS}) as gateway:
            adas = await watch.look_inside(gateway, f"{address.netloc}/{PRIVATE}:1", PATH, review=False)
            bobs = await watch.look_inside(gateway, f"{address.netloc}/{OPEN}:1", PATH, review=False)
    assert adas["read_file"].code == "ok"
    assert registry.fired(quirks.Answer) >= 1
    codes = {bobs[tool].code for tool in ("read_file", "list_files", "analyze_layers")}
    assert codes <= {"not_found", "upstream_error"}
    assert not [tool for tool, outcome in bobs.items() if CONTENTS in outcome.said]


@pytest.mark.parametrize("auth", [BasicAuth, BearerAuth])
@pytest.mark.parametrize("packed", PACKED)
async def test_indexes_of_private_layers_are_sealed_at_rest(watch: Watch, tmp_path: Path, packed: str, auth: type):
    registry = guarded(auth, PACKED[packed])
    watch.over(registry)
    folder = tmp_path / "kept"
    environ = {"PORTCALL_CACHE__URL": f"disk://{folder}"}
    fetched = []
    with registry.serve() as address:
        for _ in range(2):
            async with asking(with_password(address), environ=environ) as gateway:
                name = f"{address.netloc}/{PRIVATE}:1"
                listed = await watch.ask(gateway, "list_files", image_name=name, path="/etc")
            assert PATH in {file.path for file in listed.answer.files}
            fetched.append(registry.count("blob", reference=PACKED[packed].digest))
    # The second time nothing of the layer had to be asked for: its index was kept.
    assert fetched[0] == fetched[1] > 0
    tokens = [str(one.authorization).partition(" ")[2] for one in registry.requests if one.authorization]
    readable = [PASSWORD, BASIC, CONTENTS, NAME, "canary-of-a-name", PACKED[packed].digest[7:], *tokens]
    kept = files_below(folder)
    assert kept
    for file, content in kept.items():
        assert [text for text in readable if text.encode() in content or text in file.name] == []


@pytest.mark.parametrize("packed", PACKED)
async def test_contents_of_files_are_not_kept_at_all(watch: Watch, tmp_path: Path, packed: str):
    """Not even those that anybody may read: what is kept of a layer is what is in it, by name."""
    registry = FakeRegistry()
    registry.push(OPEN, image([PACKED[packed]]), tags=["1"])
    folder = tmp_path / "kept"
    with registry.serve() as address:
        async with asking(entry(address), environ={"PORTCALL_CACHE__URL": f"disk://{folder}"}) as gateway:
            told = await watch.look_inside(gateway, f"{address.netloc}/{OPEN}:1", PATH, review=False)
    assert CONTENTS in told["read_file"].answer.content
    assert files_below(folder)
    assert not [file for file, content in files_below(folder).items() if CONTENTS.encode() in content]
