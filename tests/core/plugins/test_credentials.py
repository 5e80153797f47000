"""Plugins that know credentials: a cloud's short-lived ones, for the hosts that they name and no others."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from tests.core.plugins.conftest import Site

from portcall import Portcall
from portcall.errors import UnauthorizedError
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
            with pytest.raises(UnauthorizedError, match="is not shown to") as refused:
                await pc.get_image_details(f"{HOST}/team/app:1")
    assert "username" in refused.value.message
    assert not any("authorization" in request.headers for request in registry.requests)


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
