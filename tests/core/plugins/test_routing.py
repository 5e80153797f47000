"""Routing: which backend answers for a reference, with which endpoint and whose credentials."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.core.plugins.conftest import Site, settings_of

from portcall import Portcall
from portcall.errors import BlockedError, ConfigurationError, PortcallError
from portcall.models import ImageDetail
from portcall.routing import MOST_UNLISTED
from portcall.settings import load_settings
from portcall.testing import BasicAuth, BearerAuth, FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

APP = image([layer({"srv/app": "app\n"})])


@contextmanager
def serving(*repositories: str, **options: Any) -> Iterator[FakeRegistry]:
    """Serve a registry that holds the same image in these repositories."""
    registry = FakeRegistry(**options)
    for repository in repositories:
        registry.push(repository, APP, tags=["1.0", "latest"])
    with registry.serve():
        yield registry


@asynccontextmanager
async def configured(registries: dict[str, Any], tmp_path: Path, **secrets: str) -> AsyncIterator[Portcall]:
    """Yield a gateway whose configuration was loaded, secrets and all."""
    (tmp_path / "none.toml").touch()
    environ = {"PORTCALL_REGISTRIES": json.dumps(registries), "PORTCALL_NETWORK__PROXY": "none", **secrets}
    async with Portcall(load_settings(tmp_path / "none.toml", environ)) as pc:
        yield pc


# The longest prefix


@pytest.mark.parametrize(
    ("reference", "served_by"),
    [
        ("reg.test/app", "whole"),
        ("reg.test/acme", "acme"),
        ("reg.test/acme/app", "acme"),
        ("reg.test/acme/deep/app", "deep"),
        ("reg.test/acme/deeper/app", "acme"),
        ("reg.test/acmecorp/app", "whole"),
        ("reg.test/other/acme/app", "whole"),
    ],
)
async def test_the_longest_prefix_wins_on_whole_components(reference: str, served_by: str):
    repository = reference.partition("/")[2]
    with serving(repository) as whole, serving(repository) as acme, serving(repository) as deep:
        registries = {"whole": whole, "acme": acme, "deep": deep}
        entries: dict[str, Any] = {
            "reg.test": {"endpoint": whole.address.url},
            "reg.test/acme": {"endpoint": acme.address.url},
            "reg.test/acme/deep": {"endpoint": deep.address.url},
        }
        async with Portcall(settings_of(entries)) as pc:
            await pc.get_manifest(reference)
        assert [name for name, registry in registries.items() if registry.requests] == [served_by]


async def test_another_port_is_another_registry():
    with serving("app") as registry:
        async with Portcall(settings_of({"reg.test": {"endpoint": registry.address.url}})) as pc:
            with pytest.raises(PortcallError):
                await pc.get_manifest("reg.test:5000/app")
        assert registry.requests == []


@pytest.mark.parametrize(
    "reference",
    ["nginx", "library/nginx", "docker.io/nginx", "index.docker.io/library/nginx", "registry-1.docker.io/nginx"],
)
async def test_docker_hub_has_many_names(reference: str):
    with serving("library/nginx") as registry:
        async with Portcall(settings_of({"docker.io": {"endpoint": registry.address.url}})) as pc:
            detail = await pc.get_image_details(f"{reference}:1.0")
    assert (detail.name, detail.registry) == ("nginx", "docker.io")


async def test_a_namespace_inherits_the_backend_of_its_registry():
    with serving("acme/app") as registry:
        entries: dict[str, Any] = {"ghcr.io": {"endpoint": registry.address.url}, "ghcr.io/acme": {"shared": True}}
        async with Portcall(settings_of(entries)) as pc:
            infos = {info.prefix: info for info in (await pc.list_registries()).registries}
            assert (await pc.get_image_details("ghcr.io/acme/app")).digest == APP.digest
        namespace = infos["ghcr.io/acme"]
        assert (namespace.backend, namespace.endpoint) == ("ghcr", registry.address.url)


# Backends


async def test_a_self_hosted_quay_is_asked_at_its_own_name():
    with serving("team/app") as registry:
        host = registry.address.netloc
        async with Portcall(settings_of({host: {"backend": "quay", "endpoint": registry.address.url}})) as pc:
            detail = await pc.get_image_details(f"{host}/team/app")
        assert detail.web_url == f"{registry.address.url}/repository/team/app"


@pytest.mark.parametrize("backend", ["dockerhub", "ghcr", "quay", "oci"])
async def test_another_registry_of_the_same_kind_is_never_asked_at_the_hosted_one(backend: str):
    async with Portcall(settings_of({"corp.example": {"backend": backend}})) as pc:
        (info,) = (await pc.list_registries("corp.example")).registries
    assert (info.backend, info.endpoint) == (backend, "https://corp.example")


async def test_a_plugins_own_registry_is_asked_where_the_plugin_says(site: Site):
    source = """
        from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

        class Backend(RegistryBackend):
            endpoint = "https://registry-1.acme.example/"

        @hookimpl
        def portcall_backends():
            yield BackendRegistration("acme", Backend, ("acme.example",))
    """
    site.add("portcall-acme", source)
    entries: dict[str, Any] = {"corp.example": {"backend": "acme"}, "acme.example/team": {}}
    async with Portcall(settings_of(entries)) as pc:
        endpoints = {info.prefix: info.endpoint for info in (await pc.list_registries()).registries}
    assert endpoints["acme.example"] == endpoints["acme.example/team"] == "https://registry-1.acme.example"
    assert endpoints["corp.example"] == "https://corp.example"


async def test_a_plugin_cannot_choose_plain_http(site: Site):
    source = """
        from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

        class Backend(RegistryBackend):
            endpoint = "http://acme.example"

        @hookimpl
        def portcall_backends():
            yield BackendRegistration("acme", Backend, ("acme.example",))
    """
    site.add("portcall-acme", source)
    async with Portcall(settings_of()) as pc:
        with pytest.raises(ConfigurationError, match="would ask acme\\.example by plain http") as refused:
            await pc.get_image_details("acme.example/app")
    assert 'write endpoint under [registries."acme.example"]' in refused.value.hint
    with serving("app") as registry:
        async with Portcall(settings_of({"acme.example": {"endpoint": registry.address.url}})) as pc:
            assert (await pc.get_image_details("acme.example/app")).digest == APP.digest


# Hosts that nobody listed


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_loopback_host_in_a_reference_is_asked_by_plain_http_at_this_machine(host: str):
    with serving("app") as registry:
        async with Portcall(settings_of()) as pc:
            detail = await pc.get_image_details(f"{host}:{registry.address.port}/app")
    assert detail.digest == APP.digest


async def test_an_ipv6_loopback_host_is_one_too():
    registry = FakeRegistry()
    registry.push("app", APP, tags=["latest"])
    try:
        with registry.serve(host="::1") as address:
            async with Portcall(settings_of()) as pc:
                assert (await pc.get_image_details(f"{address.netloc}/app")).digest == APP.digest
    except OSError:
        pytest.skip("this machine has no IPv6")


async def test_a_loopback_host_is_refused_where_the_process_answers_to_others():
    with serving("app") as registry:
        async with Portcall(settings_of(), local=False) as pc:
            with pytest.raises(BlockedError) as refused:
                await pc.get_image_details(f"127.0.0.1:{registry.address.port}/app")
        assert registry.requests == []
        # By the very key that opens it: the host without its port would not.
        assert refused.value.hint.endswith(f'[registries."127.0.0.1:{registry.address.port}"].')
        assert refused.value.registry == f"127.0.0.1:{registry.address.port}"
    assert "which is no public address" in refused.value.message


async def test_a_loopback_host_that_is_listed_may_be_asked_by_others():
    with serving("app") as registry:
        host = registry.address.netloc
        async with Portcall(settings_of({host: {"endpoint": registry.address.url}}), local=False) as pc:
            assert (await pc.get_image_details(f"{host}/app")).digest == APP.digest


async def test_plain_http_is_for_endpoints_that_are_written_so(tmp_path: Path):
    with serving("app") as registry:
        async with Portcall(settings_of({registry.address.netloc: {}}), local=False) as pc:
            with pytest.raises(PortcallError) as failed:
                await pc.get_image_details(f"{registry.address.netloc}/app")
        assert failed.value.code == "unreachable"
        assert registry.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1.nip.io", "localhost.evil.example", "notlocalhost", "128.0.0.1"])
async def test_what_only_looks_like_loopback_is_asked_by_https(host: str):
    async with Portcall(settings_of({f"{host}:1": {}})) as pc:
        (info,) = (await pc.list_registries(f"{host}:1")).registries
    assert info.endpoint == f"https://{host}:1"


async def test_hosts_that_were_merely_named_are_forgotten_in_turn():
    async with Portcall(settings_of(network={"allow_hosts": []})) as pc:
        for number in range(MOST_UNLISTED + 50):
            with pytest.raises(BlockedError):
                await pc.get_image_details(f"host{number}.example/app")
        held = pc._router._unlisted
    assert len(held) == MOST_UNLISTED
    assert str(next(iter(held))) == "host50.example"


async def test_a_host_that_is_named_again_stays():
    async with Portcall(settings_of(network={"allow_hosts": []})) as pc:
        for number in range(MOST_UNLISTED + 50):
            for name in (f"host{number}.example", "often.example"):
                with pytest.raises(BlockedError):
                    await pc.get_image_details(f"{name}/app")
        assert "often.example" in {str(prefix) for prefix in pc._router._unlisted}


async def test_without_the_fallback_only_known_registries_are_asked():
    with serving("app") as registry:
        async with Portcall(settings_of(disabled=["portcall:oci"])) as pc:
            with pytest.raises(
                BlockedError, match=r"the plugin that serves every other registry \(oci\) is switched off"
            ):
                await pc.get_image_details(f"{registry.address.netloc}/app")
        assert registry.requests == []


# Credentials


ROBOTS = {"ONE": "hunter2", "TWO": "hunter3"}


def entry(registry: FakeRegistry, user: str, variable: str) -> dict[str, Any]:
    return {"endpoint": registry.address.url, "username": user, "password_env": variable}


@pytest.mark.parametrize("auth", [BasicAuth, BearerAuth])
async def test_two_namespaces_of_one_registry_have_credentials_of_their_own(auth: Any, tmp_path: Path):
    with serving("acme/app", "corp/app", "open/app") as registry:
        users = {"acme-robot": "hunter2", "corp-robot": "hunter3"}
        grants = {"acme-robot": ["acme/*"], "corp-robot": ["corp/*"]}
        registry.auth = BasicAuth(users) if auth is BasicAuth else BearerAuth(users, public=[], grants=grants)
        entries = {
            "reg.test": {"endpoint": registry.address.url},
            "reg.test/acme": entry(registry, "acme-robot", "ONE"),
            "reg.test/corp": entry(registry, "corp-robot", "TWO"),
        }
        async with configured(entries, tmp_path, **ROBOTS) as pc:
            found: list[ImageDetail] = [
                await pc.get_image_details(f"reg.test/{team}/app") for team in ("acme", "corp")
            ]
            with pytest.raises(PortcallError) as refused:
                await pc.get_image_details("reg.test/open/app")
        assert [detail.digest for detail in found] == [APP.digest] * 2
        assert refused.value.code in {"unauthorized", "not_found"}


async def test_what_one_namespaces_robot_saw_is_not_shown_to_anothers(tmp_path: Path):
    with serving("acme/app") as registry:
        users = {"acme-robot": "hunter2", "corp-robot": "hunter3"}
        registry.auth = BearerAuth(users, public=[], grants={"acme-robot": ["acme/*"], "corp-robot": ["corp/*"]})
        entries = {
            "reg.test/acme": entry(registry, "acme-robot", "ONE"),
            "reg.test": entry(registry, "corp-robot", "TWO"),
            "reg.test/acme/locked": entry(registry, "corp-robot", "TWO"),
        }
        registry.push("acme/locked/app", APP, tags=["latest"])
        async with configured(entries, tmp_path, **ROBOTS) as pc:
            await pc.get_image_details("reg.test/acme/app")
            with pytest.raises(PortcallError) as refused:
                await pc.get_image_details("reg.test/acme/locked/app")
        assert refused.value.code in {"unauthorized", "not_found"}


async def test_credentials_of_one_registry_go_to_no_other(tmp_path: Path):
    with serving("app") as mine, serving("app") as other:
        mine.auth = other.auth = BasicAuth({"robot": "hunter2"})
        entries = {"mine.test": entry(mine, "robot", "ONE"), "other.test": {"endpoint": other.address.url}}
        async with configured(entries, tmp_path, **ROBOTS) as pc:
            await pc.get_image_details("mine.test/app")
            with pytest.raises(PortcallError):
                await pc.get_image_details("other.test/app")
        assert {request.authorization for request in other.requests} == {None}
