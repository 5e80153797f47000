"""Docker Hub: official names, pulls that are counted, tags in one answer."""

from __future__ import annotations

import json
import os

import pytest
from tests.plugins.conftest import BOTH, asked, knowing, playing

from portcall import Portcall
from portcall.errors import NotFoundError, RateLimitedError
from portcall.models import RateLimitInfo
from portcall.plugin import TokenService
from portcall.reference import parse_reference
from portcall.settings import Settings, load_settings
from portcall.testing import BasicAuth, BearerAuth, quirks
from portcall_dockerhub import DockerHubBackend

pytestmark = pytest.mark.anyio


async def test_its_distribution_api_is_at_another_host_than_its_name():
    async with Portcall(Settings()) as pc:
        (info,) = (await pc.list_registries("docker.io")).registries
    assert info.endpoint == "https://registry-1.docker.io"


def test_its_token_service_is_known_beforehand():
    service = TokenService(realm="https://auth.docker.io/token", service="registry.docker.io")
    assert DockerHubBackend.token_service == service


@pytest.mark.parametrize(
    ("reference", "page"),
    [
        ("nginx", "https://hub.docker.com/_/nginx"),
        ("library/nginx:1.0", "https://hub.docker.com/_/nginx"),
        ("grafana/grafana", "https://hub.docker.com/r/grafana/grafana"),
        ("https://hub.docker.com/r/grafana/grafana/tags", "https://hub.docker.com/r/grafana/grafana"),
        ("https://hub.docker.com/_/nginx", "https://hub.docker.com/_/nginx"),
    ],
)
async def test_an_image_has_its_page(reference: str, page: str):
    with playing("library/nginx", "grafana/grafana") as registry:
        async with knowing("docker.io", registry) as pc:
            assert (await pc.get_image_details(reference)).web_url == page


async def test_all_tags_come_in_one_answer():
    with playing("library/nginx", tags=tuple(f"1.{number}" for number in range(2500))) as registry:
        async with knowing("docker.io", registry) as pc:
            assert (await pc.search_tags("nginx")).total == 2500
        assert asked(registry) == ["GET tags"]


async def test_a_pull_is_spent_on_each_manifest_and_never_twice():
    with playing("library/nginx") as registry:
        async with knowing("docker.io", registry) as pc:
            for _ in range(3):
                await pc.get_image_details("nginx")
                await pc.get_manifest("nginx", platform="linux/amd64")
        assert registry.metered == 2


async def test_tags_of_the_same_image_cost_no_pull():
    with playing("library/nginx", tags=("1", "1.0", "1.0.0", "latest")) as registry:
        async with knowing("docker.io", registry) as pc:
            assert (await pc.search_tags("nginx:latest")).total == 4
        assert registry.metered == 0


async def test_checks_cost_no_pull():
    with playing("library/nginx") as registry:
        async with knowing("docker.io", registry) as pc:
            answer = await pc.check_images(["nginx", "nginx:1.0", "nginx:2.0"])
        assert [check.exists for check in answer.checks] == [True, True, False]
        assert registry.metered == 0


async def test_a_spent_allowance_is_told():
    with playing("library/nginx", quirks=[quirks.RateLimit(limit=0)]) as registry:
        async with knowing("docker.io", registry) as pc:
            with pytest.raises(RateLimitedError) as limited:
                await pc.get_image_details("nginx")
            assert limited.value.registry == "docker.io"
            assert "Signed-in callers often have a larger allowance" in limited.value.hint
            assert (await pc.check_images(["nginx"])).ok == 1


async def test_once_the_allowance_is_spent_it_is_not_knocked_at_again():
    with playing("library/nginx", "library/redis", quirks=[quirks.RateLimit(limit=1)]) as registry:
        async with knowing("docker.io", registry) as pc:
            await pc.get_manifest("nginx")
            before = len(registry.asked("manifest", method="GET"))
            for _ in range(3):
                with pytest.raises(RateLimitedError, match=r"allowance of docker\.io is spent"):
                    await pc.get_manifest("redis")
            assert len(registry.asked("manifest", method="GET")) == before
            assert (await pc.check_images(["redis"])).ok == 1


async def test_a_probe_tells_what_is_left_and_takes_nothing_of_it():
    with playing("ratelimitpreview/test", quirks=[quirks.RateLimit(limit=100)]) as registry:
        async with knowing("docker.io", registry) as pc:
            (info,) = (await pc.list_registries("docker.io", probe=True)).registries
        assert registry.metered == 0
    assert info.rate_limit == RateLimitInfo(counts="pulls", limit=100, remaining=100, window=21600)


async def test_a_mirror_in_its_place_answers_a_probe_too():
    with playing("library/nginx") as registry:
        async with knowing("docker.io", registry) as pc:
            (info,) = (await pc.list_registries("docker.io", probe=True)).registries
    assert (info.reachable, info.rate_limit, info.problem) == (True, None, None)


async def test_a_repository_that_is_missing_or_private_is_said_to_be_either():
    hidden = [quirks.MissingIsUnauthorized()]
    with playing("library/nginx", auth=BearerAuth(), quirks=hidden) as registry:
        async with knowing("docker.io", registry) as pc:
            with pytest.raises(NotFoundError, match="or no access to it is granted") as missing:
                await pc.get_image_details("acme/private")
        assert len(registry.asked("token")) <= 4
    assert missing.value.reference == "acme/private"
    assert 'configure credentials under [registries."docker.io"]' in missing.value.hint


async def test_the_short_name_is_the_familiar_one():
    with playing("library/nginx") as registry:
        async with knowing("docker.io", registry) as pc:
            detail = await pc.get_image_details("index.docker.io/library/nginx:1.0")
    assert (detail.name, detail.reference) == ("nginx", f"nginx@{BOTH.digest}")


async def test_a_mirrors_password_is_shown_to_the_mirror_and_never_to_the_api():
    auth = BasicAuth({"ada": "canary-Pa55word"})
    with playing("library/nginx", auth=auth) as registry:
        entry = {"endpoint": registry.address.url, "username": "ada", "password_env": "SECRET"}
        variables = {
            "PORTCALL_REGISTRIES": json.dumps({"docker.io": entry}),
            "PORTCALL_NETWORK__PROXY": "none",
            "SECRET": "canary-Pa55word",
        }
        async with Portcall(load_settings(os.devnull, variables)) as pc:
            hub = await pc._backend_for(parse_reference("nginx"))
            await hub.resolve("library/nginx", "latest")
        assert registry.requests[-1].scheme_used == "basic"
    assert hub.api is not None
    asked_as = hub.api.upstream
    assert (asked_as.endpoint, asked_as.credentials, asked_as.source) == ("https://hub.docker.com", None, None)
    assert not hub.is_told_of
