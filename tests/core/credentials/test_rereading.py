"""A login that somebody makes while portcall runs is used without starting it anew."""

from __future__ import annotations

import pytest
from tests.core.credentials.home import Home, answer, auth
from tests.core.credentials.plugins import Clock

from portcall.credentials.file_shelf import LOOK_EVERY

pytestmark = pytest.mark.anyio


async def test_a_new_login_is_seen_and_a_login_that_is_gone_is_not_used_any_more(home: Home):
    clock = Clock()
    keyring = home.keyring(clock=clock)
    file = home.docker(auths={"ghcr.io": auth("ada")})
    assert keyring.login("ghcr.io") is None
    edition = keyring.keyring.edition
    clock.now += LOOK_EVERY
    await keyring.load("ghcr.io")
    assert keyring.found("ghcr.io") == ("ada", "~/.docker/config.json")
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.keyring.edition > edition
    file.unlink()
    clock.now += LOOK_EVERY
    await keyring.load()
    assert keyring.login("ghcr.io") is None


async def test_another_password_for_the_same_registry_is_another_edition(home: Home):
    clock = Clock()
    home.docker(auths={"ghcr.io": auth("ada", "old")})
    keyring = home.keyring(clock=clock)
    await keyring.load()
    edition = keyring.keyring.edition
    home.docker(auths={"ghcr.io": auth("ada", "new")})
    await keyring.load()
    assert keyring.known("ghcr.io").secret == "old"  # it was looked at a moment ago
    assert keyring.keyring.edition == edition
    clock.now += LOOK_EVERY
    await keyring.load()
    assert keyring.known("ghcr.io").secret == "new"
    assert keyring.keyring.edition > edition


async def test_a_file_that_nobody_wrote_is_not_read_again_nor_its_store_asked(home: Home):
    clock = Clock()
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring(clock=clock)
    await keyring.load()
    edition = keyring.keyring.edition
    for _ in range(3):
        clock.now += LOOK_EVERY
        await keyring.load()
    assert keyring.keyring.edition == edition
    assert home.asked == ["list "]


async def test_a_store_is_asked_for_its_list_again_when_its_file_was_written(home: Home):
    clock = Clock()
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring(clock=clock)
    await keyring.load()
    edition = keyring.keyring.edition
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada", "quay.io": "ada"})
    home.docker(credsStore="pass", auths={})
    clock.now += LOOK_EVERY
    await keyring.load()
    assert keyring.prefixes == {"ghcr.io", "quay.io"}
    assert keyring.keyring.edition > edition


async def test_a_file_that_is_broken_for_a_moment_mends_itself(home: Home):
    clock = Clock()
    home.write(".docker/config.json", '{"auths": {')
    keyring = home.keyring(clock=clock)
    assert keyring.problems == [("~/.docker/config.json", "it is no JSON")]
    home.docker(auths={"ghcr.io": auth("ada")})
    clock.now += LOOK_EVERY
    await keyring.load()
    assert keyring.problems == []
    assert keyring.found("ghcr.io")[0] == "ada"


async def test_over_http_no_file_is_looked_at_later_either(home: Home):
    clock = Clock()
    keyring = home.keyring(local=False, clock=clock)
    home.docker(auths={"ghcr.io": auth("ada")})
    clock.now += LOOK_EVERY
    await keyring.load()
    assert keyring.prefixes == set()
