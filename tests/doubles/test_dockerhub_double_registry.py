"""The Docker Hub double's registry and token service: who may pull, what is counted, how tags are paged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.doubles.dockerhub import DEFAULT_SECRETS, MANY_TAGS, SERVER_ERROR, Clock, DockerHubDouble, Places
from tests.doubles.hub_recorded import needs_recordings, recorded

from portcall import Portcall
from portcall.settings import Settings

MANIFEST = "/v2/library/nginx/manifests/latest"
PROBE = "/v2/ratelimitpreview/test/manifests/latest"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> DockerHubDouble:
    return DockerHubDouble(clock=clock)


@pytest.fixture
def places(hub: DockerHubDouble) -> Iterator[Places]:
    with hub.serve() as places:
        yield places


def token_for(places: Places, repository: str, *, user: str = "", secret: str = "", service: str = "") -> str:
    scope = {"service": service or "registry.docker.io", "scope": f"repository:{repository}:pull"}
    auth = (user, DEFAULT_SECRETS[secret]) if user else None
    answer = httpx.get(f"{places.auth}/token", params=scope, auth=auth)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def pull(places: Places, path: str, token: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, f"{places.registry}{path}", headers={"Authorization": f"Bearer {token}"})


def test_even_a_public_image_wants_a_token_of_another_host(places: Places):
    refused = httpx.get(f"{places.registry}{MANIFEST}")
    expected = (
        f'Bearer realm="{places.auth}/token",service="registry.docker.io",scope="repository:library/nginx:pull"'
    )
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, expected)
    answer = pull(places, MANIFEST, token_for(places, "library/nginx"))
    assert answer.status_code == 200
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
    assert httpx.get(f"{places.registry}/token").status_code == 404


@needs_recordings
@pytest.mark.parametrize(
    ("number", "repository", "tag"),
    [(0, "library/this-does-not-exist", "latest"), (1, "library/nginx", "nowhere")],
)
def test_missing_things_are_told_as_recorded(places: Places, number: int, repository: str, tag: str):
    expected = recorded("oci/recorded-registry-errors.containers-image.json")[number]
    answer = pull(places, f"/v2/{repository}/manifests/{tag}", token_for(places, repository))
    assert answer.status_code == expected["status"]
    body = expected["body"].replace("busybox", "nginx")
    assert answer.json() == json.loads(body if number == 0 else body.replace("this-does-not-exist", "nowhere"))
    for header in ("Ratelimit-Limit", "Ratelimit-Remaining"):
        assert answer.headers.get(header) == expected["headers"].get(header)
    challenge = expected["headers"].get("Www-Authenticate", "").replace("https://auth.docker.io", places.auth)
    assert answer.headers.get("www-authenticate", "") == challenge


@pytest.mark.parametrize("repository", ["acme/ledger", "acme/nothing", "nginx", "dhi/nginx"])
def test_private_missing_and_unlisted_are_all_insufficient_scope(places: Places, repository: str):
    answer = pull(places, f"/v2/{repository}/manifests/latest", token_for(places, repository))
    assert answer.status_code == 401
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("user", "secret", "status"),
    [
        ("ada", "ada", 200),
        ("ada", "ada, by token", 200),
        ("ada", "ada, public only", 401),
        ("grace", "grace, by token", 200),
        ("acme", "acme", 200),
    ],
)
def test_a_private_image_is_pulled_with_the_right_secret(places: Places, user: str, secret: str, status: int):
    token = token_for(places, "acme/ledger", user=user, secret=secret)
    assert pull(places, "/v2/acme/ledger/manifests/1.0", token).status_code == status


@pytest.mark.parametrize(("user", "password"), [("ada", "wrong"), ("grace", DEFAULT_SECRETS["grace"])])
def test_a_wrong_secret_or_a_password_where_a_code_is_due_gets_no_token(places: Places, user: str, password: str):
    answer = httpx.get(f"{places.auth}/token", auth=(user, password))
    assert (answer.status_code, answer.json()) == (401, {"details": "incorrect username or password"})


def test_a_token_by_post_is_the_same(places: Places):
    form = {
        "grant_type": "password",
        "service": "registry.docker.io",
        "scope": "repository:acme/ledger:pull",
        "username": "ada",
        "password": DEFAULT_SECRETS["ada, by token"],
    }
    token = httpx.post(f"{places.auth}/token", data=form).json()["access_token"]
    assert pull(places, "/v2/acme/ledger/manifests/1.0", token).status_code == 200


def test_a_token_ends_after_five_minutes(clock: Clock, places: Places):
    token = token_for(places, "library/nginx")
    clock.advance(300)
    answer = pull(places, MANIFEST, token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_for_another_service_is_worth_nothing(places: Places):
    answer = pull(places, PROBE, token_for(places, "ratelimitpreview/test", service="registry-1.docker.io"))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_there_is_no_catalog(places: Places):
    scope = {"service": "registry.docker.io", "scope": "registry:catalog:*"}
    credentials = ("ada", DEFAULT_SECRETS["ada"])
    token = httpx.get(f"{places.auth}/token", params=scope, auth=credentials).json()["token"]
    assert pull(places, "/v2/_catalog", token).status_code == 401


def test_pulls_are_counted_and_looking_is_free(hub: DockerHubDouble, places: Places):
    token = token_for(places, "library/nginx")
    looks = [pull(places, MANIFEST, token, "HEAD") for _ in range(3)]
    assert {look.headers["ratelimit-remaining"] for look in looks} == {"100;w=21600"}
    taken = pull(places, MANIFEST, token)
    assert taken.headers["ratelimit-limit"] == "100;w=21600"
    assert taken.headers["ratelimit-remaining"] == "99;w=21600"
    assert taken.headers["docker-ratelimit-source"] == "203.0.113.7"
    assert hub.registry.metered == 1


def test_a_spent_allowance_refuses_pulls_and_not_the_probe(hub: DockerHubDouble, places: Places):
    hub.pull_limit.exhaust()
    refused = pull(places, MANIFEST, token_for(places, "library/nginx"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "TOOMANYREQUESTS")
    probe = pull(places, PROBE, token_for(places, "ratelimitpreview/test"), "HEAD")
    assert (probe.status_code, probe.headers["ratelimit-remaining"]) == (200, "0;w=21600")


def test_who_signs_in_has_an_allowance_of_their_own_or_none_at_all(hub: DockerHubDouble, places: Places):
    hub.pull_limit.exhaust()
    token = token_for(places, "library/nginx", user="ada", secret="ada")
    assert pull(places, MANIFEST, token).headers["ratelimit-remaining"] == "99;w=21600"
    hub.pull_limit.unlimited.add("ada")
    assert "ratelimit-limit" not in pull(places, MANIFEST, token).headers


def test_all_tags_come_in_one_answer_unless_a_page_is_asked_for(places: Places):
    token = token_for(places, MANY_TAGS)
    whole = pull(places, f"/v2/{MANY_TAGS}/tags/list", token)
    assert len(whole.json()["tags"]) == 3000
    assert "link" not in whole.headers


def test_pages_of_tags_are_linked_by_an_absolute_address_with_an_opaque_last(places: Places):
    token, found = token_for(places, MANY_TAGS), []
    url = f"{places.registry}/v2/{MANY_TAGS}/tags/list?n=1000"
    while url:
        page = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
        found += page.json()["tags"]
        url = page.links.get("next", {}).get("url", "")
        assert not url or urlsplit(url).netloc == urlsplit(places.registry).netloc
        assert "build-" not in url
    assert len(found) == len(set(found)) == 3000


def test_index_docker_io_serves_the_registry_too(places: Places):
    token = token_for(places, "library/nginx")
    answer = httpx.get(f"{places.index}{MANIFEST}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_requests_are_written_down_by_service_and_kind(hub: DockerHubDouble, places: Places):
    pull(places, MANIFEST, token_for(places, "library/nginx"))
    assert [(asked.service, asked.kind) for asked in hub.requests] == [("auth", "token"), ("registry", "manifest")]
    assert hub.registry.count("manifest") == 1


def test_portcall_reads_images_from_it(hub: DockerHubDouble, places: Places):
    async def total() -> int | None:
        entry = {"docker.io": places.settings}
        settings = Settings.model_validate({"registries": entry, "network": {"proxy": "none", "timeout": 5}})
        async with Portcall(settings) as pc:
            return (await pc.search_tags(MANY_TAGS)).total

    assert asyncio.run(total()) == 3000
    asked = [(asked.service, asked.status) for asked in hub.requests]
    assert asked == [("registry", 401), ("auth", 200), ("registry", 200)]


def test_the_registry_fails_by_itself(hub: DockerHubDouble, places: Places):
    hub.fail("registry", SERVER_ERROR)
    assert httpx.get(f"{places.registry}/v2/").status_code == 500
    assert httpx.get(f"{places.auth}/token").status_code == 200
