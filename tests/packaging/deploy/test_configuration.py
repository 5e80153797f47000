"""What the examples tell portcall: read by portcall itself, in the environments that they set up."""

from __future__ import annotations

import re
import subprocess
import tomllib
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError
from tests.packaging.deploy.conftest import DEPLOY, Prepared, documents, redis_server, redis_url

from portcall.http.stores.redis import RedisStore
from portcall.server.subscriptions.message import CHANNEL
from portcall.settings import Settings, load_settings
from portcall.state import open_state, state_seal

PLACES = {"redis-state:6379", "redis-cache:6379"}


def _of_compose(secrets: dict[str, str]) -> dict[str, str]:
    (compose,) = documents(DEPLOY / "compose.yaml")
    told = compose["services"]["portcall"]["environment"]
    return {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda used: secrets[used[1]], value) for name, value in told.items()
    }


def _of_kubernetes(secrets: dict[str, str]) -> dict[str, str]:
    (deployment,) = documents(DEPLOY / "kubernetes" / "deployment.yaml")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    values = {"store-key": secrets["PORTCALL_STORE_KEY"], "redis-password": secrets["REDIS_PASSWORD"]}
    told: dict[str, str] = {}
    for each in container["env"]:  # a variable knows those above it
        secret = each.get("valueFrom")
        text = values[secret["secretKeyRef"]["key"]] if secret else each["value"]
        told[each["name"]] = re.sub(r"\$\((\w+)\)", lambda used: told[used[1]], text)
    return told


@pytest.fixture(params=[_of_compose, _of_kubernetes], ids=["compose", "kubernetes"])
def environment(request: pytest.FixtureRequest, prepared: Prepared) -> dict[str, str]:
    """The variables of a replica's container."""
    told: dict[str, str] = request.param(prepared.secrets)
    return told


def test_portcall_takes_it(environment: dict[str, str], prepared: Prepared):
    settings = _settings(environment, prepared.folder)
    assert settings.auth.mode == "dockerhub"
    assert settings.server.public_url == "https://portcall.corp.example"
    assert settings.surroundings.store_key is not None
    assert {
        url.rpartition("@")[2].removesuffix("/0") for url in (settings.auth.store, settings.cache.url)
    } == PLACES
    assert state_seal(settings.auth.store, settings.surroundings.store_key.get_secret_value())


def _settings(environment: dict[str, str], folder: Path) -> Settings:
    assert environment["PORTCALL_CONFIG"] == "/etc/portcall/portcall.toml"
    return load_settings(None, environment | {"PORTCALL_CONFIG": str(folder / "portcall.toml")})


def test_what_is_commented_out_is_taken_as_well(prepared: Prepared):
    """Comments hold keys to uncomment: each has to exist."""
    text = (DEPLOY / "portcall.toml").read_text()
    keys = re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE)
    assert tomllib.loads(keys)["registries"]["registry.corp.example"]["shared"] is True
    file = prepared.folder / "uncommented.toml"
    file.write_text(keys)
    settings = load_settings(file, {"CORP_TOKEN": "hush"})
    assert settings.server.allowed_hosts


def test_no_secret_is_in_what_is_mounted_or_committed(prepared: Prepared):
    shown = [file.read_text() for file in DEPLOY.rglob("*") if file.is_file() and not _is_ignored(file)]
    assert len(shown) > 15
    for secret in ("REDIS_PASSWORD", "PORTCALL_STORE_KEY"):
        assert not [text for text in shown if prepared.secrets[secret] in text]
    assert {".env", "secrets/"} <= set((DEPLOY / ".gitignore").read_text().split())


def _is_ignored(file: Path) -> bool:
    return file.name == ".env" or "secrets" in file.parts


class TestNewSecrets:
    def test_what_opens_something_is_for_its_owner_alone(self, prepared: Prepared) -> None:
        assert (prepared.folder / ".env").stat().st_mode & 0o777 == 0o600
        assert (prepared.folder / "secrets").stat().st_mode & 0o777 == 0o700
        # Redis' user is somebody else; what it reads is a hash.
        assert (prepared.folder / "secrets" / "redis.acl").stat().st_mode & 0o777 == 0o644
        assert prepared.secrets["REDIS_PASSWORD"] not in (prepared.folder / "secrets" / "redis.acl").read_text()

    def test_they_are_new_each_time_and_replace_none(self, prepared: Prepared, tmp_path: Path) -> None:
        again = _run(tmp_path)
        assert again.returncode == 0
        assert prepared.secrets["PORTCALL_STORE_KEY"] not in (tmp_path / ".env").read_text()
        before = (tmp_path / ".env").read_text()
        refused = _run(tmp_path)
        assert (refused.returncode, ".env is there already" in refused.stderr) == (1, True)
        assert (tmp_path / ".env").read_text() == before


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(DEPLOY / "new-secrets.sh"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
class TestRedis:
    async def test_portcall_can_keep_its_state_there(self, prepared: Prepared, tmp_path: Path) -> None:
        """Every command that the store uses is among those that the ACL allows."""
        with redis_server("redis-state", prepared, tmp_path) as server:
            async with aclosing(open_state(redis_url(server, prepared))) as state:
                await state.check()
                await state.put("kind", "key", b"1", 60)
                assert await state.add("kind", "key", b"2", 60) is False
                assert await state.get("kind", "key") == b"1"
                assert await state.take("kind", "key") == b"1"
                assert await state.count("kind", "counter", 60) == 1
                assert await state.enter("kind", "group", "one", 60, 1) is True
                assert await state.enter("kind", "group", "two", 60, 1) is False
                await state.leave("kind", "group", "one")
                await state.drop("kind", "key")

    async def test_portcall_can_keep_replies_there(self, prepared: Prepared, tmp_path: Path) -> None:
        with redis_server("redis-cache", prepared, tmp_path) as server:
            async with aclosing(RedisStore(redis_url(server, prepared))) as store:
                await store.put("name", b"value", 60)
                assert await store.get("name") == b"value"
                assert (await store.info()).entries == 1
                await store.drop("name")
                assert await store.clear() == 0

    async def test_events_pass_between_replicas(self, prepared: Prepared, tmp_path: Path) -> None:
        with redis_server("redis-state", prepared, tmp_path) as server:
            async with Redis.from_url(redis_url(server, prepared)) as client, client.pubsub() as listener:
                await listener.subscribe(CHANNEL)
                await listener.get_message(timeout=2)
                assert await client.publish(CHANNEL, b"{}") == 1

    async def test_whoever_gets_in_can_do_no_harm_to_the_server(self, prepared: Prepared, tmp_path: Path) -> None:
        with redis_server("redis-state", prepared, tmp_path) as server:
            async with (
                Redis.from_url(server.url) as anybody,
                Redis.from_url(redis_url(server, prepared)) as portcall,
            ):
                assert await anybody.ping()
                for command in ("INFO", "KEYS *", "GET portcall:x", "SUBSCRIBE portcall:events:1"):
                    with pytest.raises(NoPermissionError):
                        await anybody.execute_command(*command.split())
                for command in ("CONFIG SET dir /", "FLUSHALL", "SET other 1", "ACL LIST", "SHUTDOWN", "KEYS *"):
                    with pytest.raises(NoPermissionError):
                        await portcall.execute_command(*command.split())


def test_all_variables_are_portcall_s_own(environment: dict[str, str]):
    """A misspelt section stops the start, and so would the tests above; a misspelt name otherwise does nothing."""
    sections: set[Any] = set(Settings.model_fields)
    singles = {"PORTCALL_CONFIG", "PORTCALL_STORE_KEY", "REDIS_PASSWORD"}
    for name in environment.keys() - singles:
        section, _, key = name.removeprefix("PORTCALL_").lower().partition("__")
        assert section in sections
        assert key in type(getattr(Settings(), section)).model_fields
