"""One question to several registries: side by side, each in turn, and none at the cost of another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.doubles.dockerhub import DockerHubDouble
from tests.doubles.quay import QuayDouble
from tests.doubles.quay.switches import Outage

from portcall import Portcall
from portcall.errors import InvalidArgumentError, PortcallError, UnsupportedError
from portcall.settings import Settings
from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def both(hub: DockerHubDouble, quay: QuayDouble, **more: Any) -> AsyncIterator[Portcall]:
    """Yield a gateway for which the doubles are docker.io and quay.io."""
    with hub.serve() as places, quay.serve() as address, FakeRegistry().serve() as plain:
        registries = {
            "docker.io": {**places.settings, "api": places.api},
            "quay.io": {"endpoint": address.url, "api": address.url},
            # Asked as Docker Hub is, and without its API: nothing to search with.
            "registry.test": {"endpoint": plain.url, "backend": "dockerhub"},
            **more,
        }
        # What has no double is not asked: its API would be the real one.
        plugins = {"disabled": ["portcall:ghcr"]}
        network = {"proxy": "none", "timeout": 20}
        settings = Settings.model_validate({"registries": registries, "plugins": plugins, "network": network})
        async with Portcall(settings) as portcall:
            yield portcall
    assert hub.violations == quay.violations == []
    assert hub.hostile == quay.hostile == []


async def test_all_registries_that_can_be_searched_are_asked():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        found = await portcall.search_images("busybox", "all")
    assert {source.registry: source.status for source in found.sources} == {"docker.io": "ok", "quay.io": "ok"}
    assert "quay.io/prometheus/busybox" in [image.name for image in found.images]


async def test_registries_take_turns():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        found = await portcall.search_images("e", "docker.io,quay.io", limit=6)
    registries = [image.registry for image in found.images]
    assert registries == ["docker.io", "quay.io"] * 3


async def test_pages_lose_and_repeat_nothing():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        whole = await portcall.search_images("image", "docker.io,quay.io", limit=60)
        names, cursor = [], ""
        for _ in range(20):
            page = await portcall.search_images("image", "docker.io,quay.io", limit=7, cursor=cursor)
            names += [image.name for image in page.images]
            cursor = page.next_cursor or ""
            if not cursor or len(names) >= 60:
                break
    assert len(names) == len(set(names))
    assert names[:50] == [image.name for image in whole.images][:50]


async def test_one_that_is_down_costs_the_other_nothing():
    quay = QuayDouble()
    quay.add(Outage(status=503, retry_after=900))
    async with both(DockerHubDouble(), quay) as portcall:
        found = await portcall.search_images("nginx", "docker.io,quay.io")
    assert "nginx" in [image.name for image in found.images]
    states = {source.registry: source.status for source in found.sources}
    assert states == {"docker.io": "ok", "quay.io": "failed"}


async def test_where_none_can_be_asked_it_is_an_error_and_not_nothing():
    quay = QuayDouble()
    quay.add(Outage(status=503, retry_after=900))
    async with both(DockerHubDouble(), quay) as portcall:
        with pytest.raises(PortcallError) as failed:
            await portcall.search_images("nginx", "quay.io")
    assert failed.value.code == "upstream_error"


async def test_one_that_cannot_be_searched_says_so():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        with pytest.raises(UnsupportedError, match=r"registry\.test has no API here"):
            await portcall.search_images("nginx", "registry.test")
        found = await portcall.search_images("nginx", "docker.io,registry.test")
    assert {source.registry: source.status for source in found.sources} == {
        "docker.io": "ok",
        "registry.test": "unsupported",
    }


@pytest.mark.parametrize("registry", [" , ", "not a host"])
async def test_what_names_no_registry_is_refused(registry: str):
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        with pytest.raises(PortcallError) as refused:
            await portcall.search_images("nginx", registry)
    assert refused.value.code in {"invalid_argument", "invalid_reference"}


async def test_a_cursor_of_another_question_is_refused():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        page = await portcall.search_images("image", "docker.io,quay.io", limit=5)
        with pytest.raises(InvalidArgumentError, match="other arguments"):
            await portcall.search_images("nginx", "docker.io,quay.io", limit=5, cursor=page.next_cursor or "")


async def test_lists_and_people_are_asked_of_one_registry():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        listed = await portcall.list_repositories("prometheus", "quay.io")
        assert "quay.io/prometheus/busybox" in [image.name for image in listed.repositories]
        people = await portcall.search_users("grafana")
        assert "grafana" in [user.username for user in people.users]
        with pytest.raises(PortcallError) as refused:
            await portcall.list_repositories("prometheus", "docker.io,quay.io")
    assert refused.value.code == "invalid_argument"


async def test_what_one_does_not_have_the_others_that_do_are_named():
    async with both(DockerHubDouble(), QuayDouble()) as portcall:
        with pytest.raises(UnsupportedError) as scan:
            await portcall.get_vulnerabilities("nginx")
        with pytest.raises(UnsupportedError) as files:
            await portcall.search_dockerfiles("ffmpeg", "quay.io")
    assert "Registries that have vulnerabilities: quay.io." in scan.value.hint
    assert "Registries that have dockerfiles:" in files.value.hint
