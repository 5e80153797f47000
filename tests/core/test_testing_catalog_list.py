"""The fake registry tells what it holds: by its catalog, and by Docker's first search where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from portcall.testing import BasicAuth, BearerAuth, FakeRegistry, V1Search, image, layer, quirks

APP = image([layer({"srv/app": "one\n"})])
NAMES = ["base/debian", "shop/api", "shop/web", "team/tools/lint"]


@contextmanager
def asking(**options: Any) -> Iterator[httpx.Client]:
    registry = FakeRegistry(**options)
    for name in NAMES:
        registry.push(name, APP, tags=["1"])
    with registry.serve() as address, httpx.Client(base_url=address.url, trust_env=False) as client:
        yield client


def pages(client: httpx.Client, path: str) -> list[list[str]]:
    """Return the names of every page, each where the Link of the one before leads."""
    found = []
    while path:
        answer = client.get(path)
        found.append(answer.json()["repositories"])
        path = answer.links.get("next", {}).get("url", "")
    return found


# The catalog


def test_catalog_is_there_unasked_and_told_at_once():
    with asking() as client:
        assert pages(client, "/v2/_catalog") == [NAMES]


@pytest.mark.parametrize("size", [1, 3, 4, 9])
def test_catalog_comes_in_pages_of_the_size_asked_for(size: int):
    with asking() as client:
        found = pages(client, f"/v2/_catalog?n={size}")
    assert found == [NAMES[start : start + size] for start in range(0, len(NAMES), size)]


def test_catalog_goes_on_behind_any_name_also_one_that_is_not_there():
    with asking() as client:
        assert pages(client, "/v2/_catalog?last=shop/api") == [NAMES[2:]]
        assert pages(client, "/v2/_catalog?last=shop/zzz") == [NAMES[3:]]


def test_catalog_is_for_those_who_signed_in_where_there_are_tokens():
    with asking(auth=BearerAuth({"ada": "secret"})) as client:
        challenge = client.get("/v2/_catalog").headers["WWW-Authenticate"]
        token = client.get("/token?scope=registry:catalog:*", auth=("ada", "secret")).json()["token"]
        answer = client.get("/v2/_catalog", headers={"Authorization": f"Bearer {token}"})
    assert 'scope="registry:catalog:*"' in challenge
    assert answer.json() == {"repositories": NAMES}


def test_no_token_opens_a_catalog_that_was_taken_away():
    with asking(auth=BearerAuth({"ada": "secret"}), quirks=[quirks.NoCatalog(401)]) as client:
        token = client.get("/token?scope=registry:catalog:*", auth=("ada", "secret")).json()["token"]
        answer = client.get("/v2/_catalog", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


# The search


def test_there_is_no_search_unless_it_was_asked_for():
    with asking() as client:
        assert client.get("/v1/search?q=api").status_code == 404


def test_search_finds_names_and_descriptions():
    told = V1Search({"shop/web": "What the API has"}, stars={"shop/api": 7}, official=frozenset({"shop/web"}))
    with asking(search=told) as client:
        answer = client.get("/v1/search?q=API").json()
    assert (answer["num_results"], answer["num_pages"], answer["page"], answer["query"]) == (2, 1, 1, "API")
    api, web = answer["results"]
    assert (api["name"], api["description"], api["star_count"], api["is_official"]) == ("shop/api", "", 7, False)
    assert (web["name"], web["description"], web["star_count"], web["is_official"]) == (
        "shop/web", "What the API has", 0, True,
    )  # fmt: skip


def test_search_comes_in_pages_numbered_from_one():
    with asking(search=V1Search()) as client:
        told = [client.get(f"/v1/search?q=&n=3&page={page}").json() for page in (1, 2, 3)]
    assert [[row["name"] for row in page["results"]] for page in told] == [NAMES[:3], NAMES[3:], []]
    assert {page["num_pages"] for page in told} == {2}


def test_search_tells_its_last_page_to_whoever_asks_for_more():
    with asking(search=V1Search(last_page=1)) as client:
        told = client.get("/v1/search?q=&n=2&page=2").json()
    assert (told["page"], [row["name"] for row in told["results"]]) == (1, NAMES[:2])


@pytest.mark.parametrize("number", ["", "many", "-1", "0"])
def test_search_takes_no_number_for_a_page_of_its_own_choice(number: str):
    with asking(search=V1Search()) as client:
        answer = client.get("/v1/search", params={"q": "", "n": number, "page": number})
    assert answer.status_code == 200
    assert answer.json()["page"] == 1


def test_search_asks_for_credentials_and_misbehaves_as_everything_else():
    with asking(
        search=V1Search(), auth=BasicAuth({"ada": "secret"}), quirks=[quirks.Answer(503, skip=2)]
    ) as client:
        statuses = [client.get("/v1/search?q=a", auth=auth).status_code for auth in (None, ("ada", "secret"))]
        assert [*statuses, client.get("/v1/search?q=a").status_code] == [401, 200, 503]


def test_requests_are_told_apart():
    registry = FakeRegistry(search=V1Search())
    with registry.serve() as address:
        for path in ("/v1/search?q=x", "/v2/_catalog", "/v1/search/more"):
            httpx.get(f"{address.url}{path}", trust_env=False)
    assert [request.kind for request in registry.requests] == ["search", "catalog", "other"]
