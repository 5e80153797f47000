"""A third party's plugin at work: pip install, and that is all a user does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.core.plugins.conftest import Site, backend_module, settings_of

from portcall import Portcall
from portcall.errors import InternalError, PortcallError
from portcall.testing import BearerAuth, FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

APP = image([layer({"srv/app": "app\n"})])


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/app", APP, tags=["1.0", "latest"])
    with registry.serve():
        yield registry


def broken_module(body: str, name: str = "broken") -> str:
    """Return a plugin whose backend does ``body`` somewhere."""
    return (
        "from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl\n"
        f"class Backend(RegistryBackend):\n{body}\n"
        f"@hookimpl\ndef portcall_backends():\n    yield BackendRegistration({name!r}, Backend)\n"
    )


async def test_a_plugin_answers_for_its_prefix(site: Site, registry: FakeRegistry):
    site.add("portcall-acme", backend_module("acme", "registry.acme.example"))
    settings = settings_of({"registry.acme.example": {"endpoint": registry.address.url}})
    async with Portcall(settings) as pc:
        detail = await pc.get_image_details("registry.acme.example/team/app:1.0")
    assert (detail.digest, detail.web_url) == (APP.digest, "https://acme.example/team/app")


async def test_one_line_of_configuration_serves_a_self_hosted_registry(site: Site, registry: FakeRegistry):
    site.add("portcall-harbor", backend_module("harbor"))
    async with Portcall(settings_of({registry.address.netloc: {"backend": "harbor"}})) as pc:
        detail = await pc.get_image_details(f"{registry.address.netloc}/team/app")
    assert detail.web_url == "https://harbor.example/team/app"


async def test_options_are_given_to_the_plugin_as_they_are_written(site: Site, registry: FakeRegistry):
    body = "    def web_url(self, repository): return f'https://x/{self.options[\"project\"][0]}'"
    site.add("portcall-harbor", broken_module(body, "harbor"))
    entry = {"backend": "harbor", "endpoint": registry.address.url, "options": {"project": ["one"]}}
    async with Portcall(settings_of({"corp.example": entry})) as pc:
        assert (await pc.get_image_details("corp.example/team/app")).web_url == "https://x/one"


async def test_options_that_a_plugin_refuses_cost_its_registry(site: Site, registry: FakeRegistry):
    body = (
        "    def __init__(self, context):\n        from portcall.errors import ConfigurationError\n"
        "        raise ConfigurationError('options.project is missing')"
    )
    site.add("portcall-harbor", broken_module(body, "harbor"))
    entries: dict[str, Any] = {
        "corp.example": {"backend": "harbor"},
        "good.example": {"endpoint": registry.address.url},
    }
    async with Portcall(settings_of(entries)) as pc:
        problems = {info.prefix: info.problem for info in (await pc.list_registries()).registries}
        assert problems["corp.example"] == "invalid_argument: options.project is missing"
        assert problems["good.example"] is None
        with pytest.raises(PortcallError, match=r"options\.project is missing") as refused:
            await pc.get_image_details("corp.example/team/app")
    assert (refused.value.registry, refused.value.reference) == ("corp.example", "corp.example/team/app")


async def test_a_token_service_that_the_plugin_knows_saves_the_first_refusal(site: Site):
    with FakeRegistry(auth=BearerAuth()).serve() as unused:
        port = unused.port  # free again in a moment
    registry = FakeRegistry(auth=BearerAuth())
    registry.push("team/app", APP, tags=["latest"])
    body = (
        f"    endpoint = 'http://127.0.0.1:{port}'\n"
        f"    from portcall.plugin import TokenService\n"
        f"    token_service = TokenService(endpoint + '/token', 'portcall.testing')"
    )
    site.add("portcall-acme", broken_module(body, "acme").replace("Backend)\n", "Backend, ('acme.example',))\n"))
    with registry.serve(port=port) as address:
        async with Portcall(settings_of({"acme.example": {"endpoint": address.url}})) as pc:
            await pc.get_image_details("acme.example/team/app")
    assert [request.kind for request in registry.requests][:2] == ["token", "manifest"]
    assert registry.count(status=401) == 0


FACTORIES = {
    "raises": "    def __init__(self, context): raise KeyError('hunter2')",
    "makes something else": "    def __new__(cls, context): return 42",
    "has an endpoint that is none": "    endpoint = 'ftp://x'",
    "has capabilities that raise": "    capabilities = property(lambda self: 1 / 0)",
}


@pytest.mark.parametrize("body", [FACTORIES["raises"], FACTORIES["makes something else"]])
async def test_a_factory_that_fails_costs_its_registry_alone(site: Site, registry: FakeRegistry, body: str):
    site.add("portcall-broken", broken_module(body))
    entries: dict[str, Any] = {
        "corp.example": {"backend": "broken"},
        "good.example": {"endpoint": registry.address.url},
    }
    async with Portcall(settings_of(entries)) as pc:
        with pytest.raises(
            InternalError, match=r"the plugin portcall-broken:main cannot serve corp\.example"
        ) as failed:
            await pc.get_image_details("corp.example/team/app")
        assert (await pc.get_image_details("good.example/team/app")).digest == APP.digest
    assert "hunter2" not in f"{failed.value} {failed.value.hint}"
    assert failed.value.registry == "corp.example"


async def test_a_factorys_error_is_in_the_log(site: Site, caplog: pytest.LogCaptureFixture):
    site.add("portcall-broken", broken_module(FACTORIES["raises"]))
    async with Portcall(settings_of({"corp.example": {"backend": "broken"}})) as pc:
        with caplog.at_level(logging.ERROR), pytest.raises(InternalError):
            await pc.get_image_details("corp.example/team/app")
    assert "KeyError: 'hunter2'" in caplog.text
    assert "portcall-broken:main" in caplog.text or "portcall-broken:main" in repr(vars(caplog.records[0]))


@pytest.mark.parametrize("body", FACTORIES.values(), ids=FACTORIES)
async def test_list_registries_survives_whatever_a_backend_does(site: Site, registry: FakeRegistry, body: str):
    site.add("portcall-broken", broken_module(body).replace("Backend)\n", "Backend, ('broken.example',))\n"))
    settings = settings_of({"broken.example": {}, "good.example": {"endpoint": registry.address.url}})
    async with Portcall(settings) as pc:
        found = {info.prefix: info for info in (await pc.list_registries()).registries}
    assert found["good.example"].problem is None
    assert found["broken.example"].problem is not None
    assert found["broken.example"].plugin == "portcall-broken:main"


async def test_list_registries_survives_a_probe_that_raises_anything(site: Site, registry: FakeRegistry):
    site.add("portcall-broken", broken_module("    async def probe(self): raise KeyError('hunter2')"))
    entries: dict[str, Any] = {
        "corp.example": {"backend": "broken", "endpoint": registry.address.url},
        "good.example": {"endpoint": registry.address.url},
    }
    async with Portcall(settings_of(entries)) as pc:
        bad = (await pc.list_registries("corp.example", probe=True)).registries[0]
        good = (await pc.list_registries("good.example", probe=True)).registries[0]
    assert bad.problem == "internal: the plugin portcall-broken:main failed in probe: KeyError"
    assert good.reachable


async def test_an_unexpected_error_of_a_backend_is_internal_without_details(
    site: Site, registry: FakeRegistry, caplog: pytest.LogCaptureFixture
):
    body = "    async def get_manifest(self, repository, identifier): raise KeyError('hunter2')"
    site.add("portcall-broken", broken_module(body))
    settings = settings_of({"corp.example": {"backend": "broken", "endpoint": registry.address.url}})
    async with Portcall(settings) as pc:
        with caplog.at_level(logging.ERROR), pytest.raises(InternalError) as failed:
            await pc.get_image_details("corp.example/team/app")
    assert (failed.value.code, failed.value.message) == (
        "internal",
        "the plugin portcall-broken:main failed in get_manifest: KeyError",
    )
    assert "hunter2" not in f"{failed.value} {failed.value.hint}"
    assert "KeyError: 'hunter2'" in caplog.text


async def test_an_unexpected_error_costs_one_check_and_no_other(
    site: Site, registry: FakeRegistry, caplog: pytest.LogCaptureFixture
):
    body = "    async def get_manifest(self, repository, identifier): raise KeyError('hunter2')"
    site.add("portcall-broken", broken_module(body))
    entries: dict[str, Any] = {
        "corp.example": {"backend": "broken", "endpoint": registry.address.url},
        "good.example": {"endpoint": registry.address.url},
    }
    async with Portcall(settings_of(entries)) as pc:
        with caplog.at_level(logging.ERROR):
            bad, good = (await pc.check_images(["corp.example/team/app", "good.example/team/app"])).checks
    assert (good.exists, good.error) == (True, None)
    assert bad.exists is None
    assert bad.error is not None
    assert (bad.error.code, bad.error.registry) == ("internal", "corp.example")
    assert "hunter2" not in bad.model_dump_json()
    assert "KeyError: 'hunter2'" in caplog.text
