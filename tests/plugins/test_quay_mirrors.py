"""A mirror in Quay's place: images come from there, and Quay's API tells of Quay alone."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.doubles.quay import OAUTH_TOKEN, QuayDouble
from tests.plugins.conftest import asked, knowing, playing
from tests.plugins.quay_backend import backend, gateway

from portcall import Portcall
from portcall.errors import InvalidArgumentError, UnsupportedError
from portcall.plugin import ApiClient, BackendContext
from portcall.reference import parse_reference
from portcall.settings import load_settings
from portcall.testing import FakeRegistry
from portcall_quay import QuayBackend

pytestmark = pytest.mark.anyio

ETCD = "coreos/etcd"


@asynccontextmanager
async def mirrored(quay: QuayDouble, mirror: FakeRegistry) -> AsyncIterator[QuayBackend]:
    """Yield a backend that asks ``mirror`` for images, and the API that it declares, played by ``quay``."""
    async with backend(quay) as known, knowing("quay.io", mirror) as pc:
        asks = await pc._backend_for(parse_reference("quay.io/any/thing"))
        assert known.api is not None

        class Declaring(QuayBackend):
            api_endpoint = known.api.upstream.endpoint

        api = ApiClient(known.http, known.api.upstream)
        yield Declaring(BackendContext(asks.upstream, asks.http, api))


async def test_what_is_asked_of_one_repository_is_asked_at_the_mirror():
    double = QuayDouble()
    with playing(ETCD, tags=("1", "2")) as mirror:
        async with mirrored(double, mirror) as quay:
            told = await quay.get_repository(ETCD)
            tags = await quay.list_tags(ETCD)
        assert asked(mirror) == ["GET tags?n=1", "GET tags?n=100"]
    assert double.requests == []
    assert (told.name, told.description, told.warnings) == (f"quay.io/{ETCD}", None, ())
    assert [(tag.name, tag.digest) for tag in tags.tags] == [("1", None), ("2", None)]


async def test_the_scanner_tells_nothing_of_a_mirrors_images_and_that_is_said():
    double = QuayDouble()
    with playing(ETCD) as mirror:
        async with mirrored(double, mirror) as quay:
            with pytest.raises(UnsupportedError, match=r"quay\.io is asked at a mirror") as unsupported:
                await quay.get_vulnerabilities(ETCD, f"sha256:{'0' * 64}")
            capabilities = quay.capabilities
        assert mirror.requests == []
    assert double.requests == []
    assert "vulnerabilities" not in (*capabilities, *unsupported.value.hint.replace(";", ",").split(", "))
    assert {"search", "repositories", "users", "repository", "tags"} <= set(capabilities)


async def test_what_there_is_to_find_quay_tells():
    double = QuayDouble()
    with playing(ETCD) as mirror:
        async with mirrored(double, mirror) as quay:
            assert (await quay.search("busybox", limit=10)).repositories
            assert (await quay.list_repositories("prometheus", limit=10)).repositories
            assert (await quay.search_users("prometheus", limit=10)).users
        assert mirror.requests == []


async def test_tags_that_the_api_began_to_tell_are_not_gone_on_with_at_a_mirror():
    double = QuayDouble()
    with playing(ETCD) as mirror:
        async with mirrored(double, mirror) as quay:
            with pytest.raises(InvalidArgumentError):
                await quay.list_tags(ETCD, cursor="api:2")
    assert double.requests == []


async def test_an_image_has_its_page_at_quay():
    with playing(ETCD) as mirror:
        async with knowing("quay.io", mirror) as pc:
            detail = await pc.get_image_details(f"quay.io/{ETCD}")
    assert detail.web_url == f"https://quay.io/repository/{ETCD}"


async def test_an_api_that_the_configuration_names_tells_of_the_registry_beside_it():
    double, api = QuayDouble(), QuayDouble()
    with api.serve() as address:
        async with backend(double, api=address.url) as quay:
            assert (await quay.list_tags(ETCD)).tags[0].digest
    assert double.requests == []
    assert [request.operation for request in api.requests] == ["listRepoTags"]


# Whose token is shown to whom


@pytest.mark.parametrize("entry", [{}, {"quay.io": {"endpoint": "http://127.0.0.1:9"}}], ids=["", "at a mirror"])
async def test_quay_token_is_for_the_api_of_quay_io(entry: dict[str, object]):
    variables = {"QUAY_TOKEN": OAUTH_TOKEN, "PORTCALL_REGISTRIES": json.dumps(entry)}
    async with Portcall(load_settings(os.devnull, variables)) as pc:
        quay = await pc._backend_for(parse_reference("quay.io/any/thing"))
    assert quay.api is not None
    known = quay.api.upstream.credentials
    assert known is not None
    assert (known.secret, known.source) == (OAUTH_TOKEN, "QUAY_TOKEN")
    assert (quay.api.upstream.endpoint, quay.api.has_own_login) == ("https://quay.io", True)
    assert (quay.upstream.credentials_source is None) == bool(entry)


async def test_quay_token_is_shown_neither_to_a_mirror_nor_to_an_api_elsewhere():
    double, api = QuayDouble(), QuayDouble()
    with api.serve() as address:
        async with gateway(double, api=address.url, environ={"QUAY_TOKEN": OAUTH_TOKEN}) as pc:
            await pc.search_images("busybox", "quay.io")
            await pc.get_image_details("quay.io/prometheus/busybox")
            await pc.search_tags(f"quay.io/{ETCD}")
    assert double.requests
    assert api.requests
    assert not any("authorization" in request.headers for request in (*double.requests, *api.requests))
