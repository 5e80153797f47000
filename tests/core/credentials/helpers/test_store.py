"""Credential helpers: the store."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.helpers.processes import HUB, PASS, until
from tests.core.credentials.home import CANARY, Home, answer, auth
from tests.core.credentials.plugins import Clock

from portcall.credentials.document_shelf import RETRY_AFTER
from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


async def test_a_stores_list_tells_what_it_holds(home: Home):
    home.helper("pass", answer("ada"), listed={HUB: "ada", "https://ghcr.io": "ada", f"{HUB}access-token": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring()
    assert keyring.prefixes == set()
    assert keyring.login("docker.io") is None
    await keyring.keyring.load()
    assert keyring.prefixes == {"docker.io", "ghcr.io"}
    await keyring.obtain("docker.io")
    await keyring.obtain("ghcr.io/acme")
    assert keyring.holdings == {"~/.docker/config.json": ("docker.io", "ghcr.io")}
    assert home.asked == ["list ", f"get {HUB}", "get https://ghcr.io"]


async def test_a_store_is_asked_for_its_list_once(home: Home):
    home.helper("pass", listed={"ghcr.io": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring().keyring
    await asyncio.gather(*(keyring.load() for _ in range(5)))
    await keyring.load()
    assert home.asked == ["list "]


async def test_a_list_whose_caller_left_is_asked_for_again(home: Home):
    home.helper("pass", listed=f'[ -e {home.folder}/again ] || sleep 60; echo \'{{"ghcr.io": "ada"}}\'')
    home.docker(credsStore="pass")
    keyring = home.keyring()
    task = asyncio.create_task(keyring.keyring.load())
    await until(lambda: home.asked)
    task.cancel()
    await asyncio.wait((task,))
    home.write("again", "")
    await keyring.keyring.load()
    assert keyring.prefixes == {"ghcr.io"}


async def test_without_a_store_nothing_is_run_to_know_the_members(home: Home):
    home.helper("pass")
    home.docker(credHelpers={"gcr.io": "pass"})
    home.podman(credsStore="")
    await home.keyring().keyring.load()
    assert home.asked == []


async def test_an_empty_entry_beside_a_store_is_a_member_before_the_list_is_known(home: Home):
    home.helper("pass", answer("ada"), listed="exit 2")
    home.docker(auths={"ghcr.io": {}}, credsStore="pass")
    keyring = home.keyring()
    assert keyring.prefixes == {"ghcr.io"}
    assert await keyring.obtain("ghcr.io") == Credentials("ada", CANARY, PASS)
    await keyring.keyring.load()
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.problems == [
        ("~/.docker/config.json", f"{PASS} cannot tell what it holds: it exited with status 2")
    ]


async def test_docker_hubs_canonical_key_is_asked_for_where_the_store_lists_several(home: Home):
    home.helper("pass", answer("ada"), listed={"docker.io": "old", HUB: "ada", "index.docker.io": "old"})
    home.docker(credsStore="pass")
    keyring = home.keyring()
    await keyring.keyring.load()
    await keyring.obtain("docker.io")
    assert home.asked == ["list ", f"get {HUB}"]


async def test_a_registrys_own_helper_outranks_the_store_and_the_store_what_the_file_holds(home: Home):
    home.helper("store", answer("store"), listed={"a.example": "x", "b.example": "x", "c.example": "x"})
    home.helper("own", answer("own"))
    home.docker(
        auths={
            "a.example": auth("file"),
            "b.example": auth("file"),
            "c.example": auth("file"),
            "d.example": auth("file"),
        },
        credHelpers={"a.example": "own", "c.example": ""},
        credsStore="store",
    )
    keyring = home.keyring()
    await keyring.keyring.load()
    first, second = await keyring.obtain("a.example"), await keyring.obtain("b.example")
    assert first is not None
    assert second is not None
    assert (first.username, second.username) == ("own", "store")
    # An empty helper says that this registry's credentials are in the file after all.
    assert [keyring.found(each)[0] for each in ("c.example", "d.example")] == ["file", "file"]


@pytest.mark.parametrize(
    "listed", ["exit 1", "echo no JSON", "echo []", "kill -9 $$", "sleep 60", f"echo {CANARY}"]
)
async def test_a_list_that_fails_is_a_note_and_never_a_crash(home: Home, listed: str):
    home.helper("pass", listed=listed)
    home.docker(auths={"ghcr.io": auth("ada")}, credsStore="pass")
    keyring = home.keyring(helper_timeout=0.5)
    await keyring.keyring.load()
    ((source, problem),) = keyring.problems
    assert source == "~/.docker/config.json"
    assert problem.startswith(f"{PASS} cannot tell what it holds: ")
    assert keyring.found("ghcr.io")[0] == "ada"


async def test_a_list_that_failed_is_asked_for_again_after_a_minute(home: Home):
    clock = Clock()
    home.helper("pass", answer("ada"), listed="exit 1")
    home.docker(credsStore="pass")
    keyring = home.keyring(clock=clock)
    for seconds, asked in ((0, 1), (RETRY_AFTER - 1, 1), (1, 2)):
        clock.now += seconds
        await keyring.load("ghcr.io")
        assert len(home.asked) == asked
    edition = keyring.keyring.edition
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada"})
    clock.now += RETRY_AFTER
    await keyring.load("ghcr.io")
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.problems == []
    assert keyring.keyring.edition > edition


async def test_why_nobody_knows_of_a_login_is_told_of_a_registry_without_one(home: Home):
    home.helper("pass", answer("ada"), listed="exit 1")
    home.docker(auths={"quay.io": {}}, credsStore="pass")
    keyring = home.keyring('[registries."corp.example"]\nusername = "robot"\npassword_env = "ONE"', ONE=CANARY)
    assert keyring.unasked("ghcr.io") == ""
    edition = keyring.keyring.edition
    await keyring.load()
    assert keyring.unasked("ghcr.io") == f"{PASS} cannot tell what it holds: it exited with status 1"
    assert [keyring.unasked(each) for each in ("quay.io", "corp.example")] == ["", ""]
    assert keyring.keyring.edition > edition


async def test_a_store_that_hangs_costs_nothing_where_its_list_makes_no_difference(home: Home):
    home.helper("pass", listed="sleep 60")
    home.docker(credsStore="pass")
    toml = '[registries."corp.example"]\nusername = "robot"\npassword_env = "ONE"'
    document = json.dumps({"auths": {"quay.io": auth("ada")}})
    keyring = home.keyring(toml, ONE=CANARY, DOCKER_AUTH_CONFIG=document, GITHUB_TOKEN=CANARY)
    for settled in ("corp.example", "quay.io/acme"):
        await keyring.load(settled)
    assert home.asked == []
    waiting = asyncio.create_task(keyring.load("ghcr.io"))  # the store comes before GITHUB_TOKEN
    await until(lambda: home.asked)
    async with asyncio.timeout(5):
        await keyring.load("corp.example")
    waiting.cancel()
    await asyncio.wait((waiting,))
