"""Plugins that know credentials: a cloud's short-lived ones, for the hosts that they name and no others."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import threading
from typing import Any

import pytest
from tests.core.plugins.conftest import Site

from portcall import Portcall
from portcall.errors import NotFoundError, UnauthorizedError
from portcall.loader import load_plugins
from portcall.settings import Settings, load_settings
from portcall.testing import BasicAuth, FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

HOST = "registry.acme.test"
SECRET = "canary-from-the-cloud"


def module(gives: str, hosts: str = repr(["*.acme.test"]), keyword: str = "") -> str:
    return f"""
        from portcall.plugin import Credentials, hookimpl

        asked = []

        @hookimpl
        def portcall_credential_hosts():
            return {hosts}

        @hookimpl
        {keyword}def portcall_credentials(registry, repository):
            asked.append((registry, repository))
            {gives}
    """


GIVES = f'return Credentials("robot", "{SECRET}")'


def guarded(public: tuple[str, ...] = ()) -> FakeRegistry:
    registry = FakeRegistry(auth=BasicAuth({"robot": SECRET}, public=public))
    registry.push("team/app", image([layer({"etc/motd": "hello"})]), tags=["1"])
    return registry


def settings(registry: FakeRegistry, host: str = HOST, **entry: Any) -> Settings:
    # A fake registry is at another address than its name: whose credentials it may see has to be said.
    entries = {host: {"endpoint": registry.address.url, "username": "robot", **entry}}
    return Settings.model_validate({"registries": entries, "network": {"timeout": 5}})


@pytest.mark.parametrize("keyword", ["", "async "], ids=["plain", "coroutine"])
async def test_a_plugin_lets_its_registry_in(site: Site, keyword: str):
    site.add("portcall-acme", module(GIVES, keyword=keyword))
    registry = guarded()
    with registry.serve():
        async with Portcall(settings(registry)) as pc:
            assert (await pc.get_image_details(f"{HOST}/team/app:1")).digest
            (info,) = (await pc.list_registries(HOST)).registries
    assert info.credentials == "plugin portcall-acme:main"


async def test_a_look_alike_is_not_even_asked_about(site: Site):
    site.add("portcall-acme", module(GIVES))
    registry = guarded()
    with registry.serve():
        lookalike = f"{HOST}.evil.test"
        async with Portcall(settings(registry, lookalike, username=None)) as pc:
            with pytest.raises(UnauthorizedError):
                await pc.get_image_details(f"{lookalike}/team/app:1")
    import stranger_portcall_acme  # type: ignore[import-not-found]

    assert stranger_portcall_acme.asked == []
    assert not any("authorization" in request.headers for request in registry.requests)


async def test_a_mirror_is_not_shown_what_is_for_the_registry_itself(site: Site):
    site.add("portcall-acme", module(GIVES))
    registry = guarded()
    with registry.serve():
        async with Portcall(settings(registry, username=None)) as pc:
            with pytest.raises(UnauthorizedError) as refused:
                await pc.get_image_details(f"{HOST}/team/app:1")
            (info,) = (await pc.list_registries(HOST, probe=True)).registries
    for told in (f"{refused.value.message} {refused.value.hint}", info.problem or ""):
        assert "is not shown to" in told
        assert "username" in told
    assert not any("authorization" in request.headers for request in registry.requests)


async def test_what_is_missing_on_a_mirror_is_missing_and_nothing_else(site: Site):
    site.add("portcall-acme", module(GIVES))
    registry = guarded(public=("team/*",))
    with registry.serve():
        async with Portcall(settings(registry, username=None)) as pc:
            assert (await pc.get_image_details(f"{HOST}/team/app:1")).warnings == ()
            with pytest.raises(NotFoundError):
                await pc.get_image_details(f"{HOST}/team/app:2")


async def test_what_is_configured_comes_first(site: Site):
    site.add("portcall-acme", module('raise RuntimeError("nobody should have asked")'))
    registry = guarded()
    with registry.serve():
        entry = {"endpoint": registry.address.url, "username": "robot", "password_env": "ROBOT"}
        variables = {"PORTCALL_REGISTRIES": json.dumps({HOST: entry}), "ROBOT": SECRET}
        known = load_settings(os.devnull, variables)
        async with Portcall(known) as pc:
            assert (await pc.get_image_details(f"{HOST}/team/app:1")).digest


async def test_a_plugin_that_fails_is_named_where_credentials_were_needed(site: Site):
    site.add("portcall-acme", module('raise RuntimeError("canary-detail")'))
    registry = guarded()
    with registry.serve():
        async with Portcall(settings(registry)) as pc:
            with pytest.raises(UnauthorizedError, match="portcall-acme:main") as refused:
                await pc.get_image_details(f"{HOST}/team/app:1")
    assert "canary" not in str(refused.value) + refused.value.hint


async def test_a_plugin_that_fails_is_named_beside_what_anybody_may_read(site: Site):
    site.add("portcall-acme", module('raise RuntimeError("canary-detail")'))
    registry = guarded(public=("team/*",))
    with registry.serve():
        async with Portcall(settings(registry)) as pc:
            answer = await pc.get_image_details(f"{HOST}/team/app:1")
    assert any("portcall-acme:main" in warning for warning in answer.warnings)


@pytest.mark.parametrize("keyword", ["", "async "], ids=["plain", "coroutine"])
@pytest.mark.parametrize(
    ("gives", "reason"),
    [
        ('raise SystemExit("canary-detail")', "it raised SystemExit"),
        ("return next(iter(()))", "it raised "),
        ('return Credentials("robot", "canary", expires_at=10**400)', "one of their values makes no sense"),
    ],
    ids=["leaves", "runs out", "lasts too long"],
)
async def test_a_plugin_that_would_end_or_stall_the_process_costs_itself_alone(
    site: Site, gives: str, reason: str, keyword: str
):
    site.add("portcall-acme", module(gives, keyword=keyword))
    registry = guarded()
    with registry.serve():
        async with Portcall(settings(registry)) as pc:
            for _ in range(2):
                with pytest.raises(UnauthorizedError, match="portcall-acme:main") as refused:
                    await pc.get_image_details(f"{HOST}/team/app:1")
                assert reason in refused.value.message
                assert "canary" not in str(refused.value) + refused.value.hint


async def test_a_plugin_that_hangs_gets_no_more_threads_than_it_hangs_in(site: Site):
    hangs = "import threading; threading.Event().wait(3)"
    site.add("portcall-acme", module(hangs))
    (plugin,) = load_plugins(Settings()).credentials
    before = threading.active_count()
    for number in range(20):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await plugin.credentials(HOST, f"team/app{number}")
    assert threading.active_count() == before + 1


async def test_a_plugin_that_hangs_for_long_keeps_nobody_waiting(site: Site):
    site.add("portcall-acme", module("import threading; threading.Event().wait(3)"))
    plugin = dataclasses.replace(load_plugins(Settings()).credentials[0], patience=0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await plugin.credentials(HOST, "team/app")
    async with asyncio.timeout(2) as others:
        with pytest.raises(TimeoutError):
            await plugin.credentials(HOST, "team/other")
    assert not others.expired()


async def test_a_plugin_that_was_slow_once_is_asked_again(site: Site):
    site.add("portcall-acme", module(f"import time; time.sleep(0.3); {GIVES}"))
    (plugin,) = load_plugins(Settings()).credentials
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await plugin.credentials(HOST, "team/app")
    given = await plugin.credentials(HOST, "team/app")
    assert given is not None
    assert given.secret == SECRET


async def test_over_http_no_plugin_is_asked(site: Site):
    site.add("portcall-acme", module(GIVES))
    registry = guarded()
    with registry.serve():
        async with Portcall(settings(registry, username=None), local=False) as pc:
            with pytest.raises(UnauthorizedError):
                await pc.get_image_details(f"{HOST}/team/app:1")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (module(GIVES, hosts=repr(["*"])), "names no host, or too many"),
        (module(GIVES, hosts=repr(["*.com"])), "names no host, or too many"),
        (module(GIVES, hosts=repr(["https://acme.test"])), "names no host, or too many"),
        (module(GIVES, hosts=repr([])), "it takes both"),
        (module(GIVES, hosts="1 / 0"), "ZeroDivisionError"),
        (
            """
            from portcall.plugin import hookimpl

            @hookimpl
            def portcall_credential_hosts():
                return ["*.acme.test"]
            """,
            "it takes both",
        ),
    ],
    ids=["all hosts", "half the world", "no host", "none", "raises", "nothing to give"],
)
def test_a_plugin_that_asks_for_too_much_costs_itself_alone(site: Site, source: str, reason: str):
    site.add("portcall-acme", source)
    loaded = load_plugins(Settings())
    (failure,) = loaded.failures
    assert failure.plugin == "portcall-acme:main"
    assert reason in failure.reason
    assert loaded.credentials == []
