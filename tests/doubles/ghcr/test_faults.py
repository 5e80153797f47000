"""What goes wrong at the double of api.github.com, and what is meant to."""

from __future__ import annotations

import http.client

import httpx
import pytest
from tests.doubles.ghcr import (
    GitHubDouble,
    MalformedRow,
    Outage,
    Places,
    ShortPage,
)
from tests.doubles.ghcr.conftest import CONTAINERS

from portcall.testing import quirks


@pytest.mark.parametrize(
    "path",
    [
        "/orgs/%2E%2E/packages?package_type=container",
        "/orgs/acme%2Fpackages",
        "/orgs/acme%2F..%2F..%2Fusers%2Focto",
        "/orgs/acme%3Fx/packages",
        "/users/octo%23/packages",
        "/users/octo%2Fpackages%2Fcontainer/dotfiles",
        "/orgs/acme/packages/container/..%2F..%2F..",
        "/orgs/acme/packages/container/app%3Fpage=1",
        "/orgs/acme/packages/container/app%252Fversions",
        "/repos/acme/app%2Fcontents",
        "/repos/acme/app/contents/..%2F..%2Fwebsite",
        "/repos/acme/app/contents/a%5C..%5Cb",
    ],
)
def test_a_hostile_name_reaches_nothing_and_is_recorded(github: GitHubDouble, api: httpx.Client, path: str):
    assert api.get(path).status_code == 404
    assert [request.target for request in github.hostile] == [path]


def test_a_path_that_was_not_tidied_up_reaches_nothing(github: GitHubDouble, places: Places):
    # httpx tidies such paths up before it sends them.
    connection = http.client.HTTPConnection(places.api.host, places.api.port)
    connection.request("GET", "/orgs/acme/../../users/octo", headers={"User-Agent": "test"})
    assert connection.getresponse().status == 404
    connection.close()
    assert [request.path for request in github.hostile] == ["/orgs/acme/../../users/octo"]


@pytest.mark.parametrize(
    "path", ["/orgs/acme/packages/container/tools%2Fcli", "/repos/acme/app/contents/deploy%2FDockerfile.prod"]
)
def test_an_encoded_slash_is_good_where_slashes_belong(github: GitHubDouble, api: httpx.Client, path: str):
    assert api.get(path).status_code == 200
    assert github.hostile == []


def test_an_outage_lasts_as_long_as_it_was_told_to(github: GitHubDouble, anybody: httpx.Client):
    github.api.add(Outage(times=2))
    statuses = [anybody.get("/users/octo").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert github.api.fired(Outage) == 2
    assert [request.status for request in github.requests.api] == statuses


def test_html_may_come_instead_of_json(github: GitHubDouble, anybody: httpx.Client):
    with github.api.misbehaving(quirks.HtmlPage()):
        assert anybody.get("/users/octo").headers["content-type"].startswith("text/html")
    assert anybody.get("/users/octo").json()["login"] == "octo"


@pytest.mark.parametrize(
    ("target", "list_of"),
    [
        (f"/orgs/acme/{CONTAINERS}", None),
        ("/orgs/acme/packages/container/app/versions", None),
        ("/search/repositories?q=acme", "items"),
        ("/repos/acme/app/git/trees/main", "tree"),
    ],
)
def test_one_row_may_be_malformed(github: GitHubDouble, api: httpx.Client, target: str, list_of: str | None):
    whole = api.get(target).json()
    github.api.add(MalformedRow(row={"name": None}, at=1))
    spoiled = api.get(target).json()
    before, after = (one if list_of is None else one[list_of] for one in (whole, spoiled))
    assert after[1] == {"name": None}
    assert [after[0], *after[2:]] == [before[0], *before[2:]]


def test_a_page_may_be_short_though_others_are_behind_it(github: GitHubDouble, api: httpx.Client):
    github.api.add(ShortPage(rows=1))
    first, second = (api.get(f"/search/repositories?q=acme&per_page=2&page={page}") for page in (1, 2))
    assert (len(first.json()["items"]), "next" in first.links) == (1, True)
    assert len(second.json()["items"]) == 2


def test_what_was_asked_is_kept_per_service_until_it_is_forgotten(github: GitHubDouble, api: httpx.Client):
    api.get("/users/octo?x=1")
    assert [request.target for request in github.requests.api] == ["/users/octo?x=1"]
    assert (github.requests.registry, github.requests.web) == ([], [])
    github.forget()
    assert (github.requests.api, github.violations) == ([], [])
