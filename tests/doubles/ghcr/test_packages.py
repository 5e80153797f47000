"""Packages of the double of api.github.com: who may read them, what they look like, page by page."""

from __future__ import annotations

import httpx
import pytest
from tests.doubles.ghcr import (
    ACTIONS_TOKEN,
    FINE_GRAINED_TOKEN,
    OCTO_TOKEN,
    SCOPELESS_TOKEN,
    STRANGER_TOKEN,
    GitHubDouble,
)
from tests.doubles.ghcr.conftest import CONTAINERS, token

from portcall.testing import image, layer


def crowd(github: GitHubDouble, number: int) -> None:
    """Give acme many more packages."""
    for at in range(number):
        github.package(f"acme/crowd-{at}")


# Who may


@pytest.mark.parametrize(
    "target",
    [
        f"/orgs/acme/{CONTAINERS}",
        f"/users/octo/{CONTAINERS}",
        f"/user/{CONTAINERS}",
        "/orgs/acme/packages/container/app",
        "/orgs/acme/packages/container/app/versions",
    ],
)
def test_packages_need_a_classic_token_with_the_scope(anybody: httpx.Client, target: str):
    assert anybody.get(target).status_code == 401
    assert anybody.get(target).json()["message"] == "Requires authentication"
    wrong_kind = anybody.get(target, headers=token(FINE_GRAINED_TOKEN))
    assert wrong_kind.status_code == 403
    assert wrong_kind.json()["message"] == "Resource not accessible by personal access token"
    refused = anybody.get(target, headers=token(SCOPELESS_TOKEN))
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("You need at least read:packages scope to ")


def test_a_token_that_nobody_gave_is_refused_for_what_is_public_too(anybody: httpx.Client):
    answer = anybody.get("/users/octo", headers=token("ghp_unknown"))
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer"])
def test_a_token_may_come_as_bearer_or_token(anybody: httpx.Client, scheme: str):
    assert anybody.get("/user", headers={"Authorization": f"{scheme} {OCTO_TOKEN}"}).json()["login"] == "octo"


def test_a_token_may_come_as_a_password(anybody: httpx.Client):
    assert anybody.get("/user", auth=("octo", OCTO_TOKEN)).json()["login"] == "octo"


def test_a_workflows_token_lists_no_packages_but_their_versions(anybody: httpx.Client):
    headers = token(ACTIONS_TOKEN)
    listing = anybody.get(f"/orgs/acme/{CONTAINERS}", headers=headers)
    assert (listing.status_code, listing.json()["message"]) == (400, "Invalid argument.")
    assert anybody.get("/orgs/acme/packages/container/app/versions", headers=headers).status_code == 200


def test_what_is_private_shows_to_members_alone(api: httpx.Client, anybody: httpx.Client):
    for client, names in (
        (api, {"app", "tools/cli", "renamed", "untagged", "secret"}),
        (anybody, {"app", "tools/cli", "renamed", "untagged"}),
    ):
        headers = {} if client is api else token(STRANGER_TOKEN)
        rows = client.get(f"/orgs/acme/{CONTAINERS}", headers=headers).json()
        assert {row["name"] for row in rows} == names
    hidden = anybody.get("/orgs/acme/packages/container/secret", headers=token(STRANGER_TOKEN))
    assert (hidden.status_code, hidden.json()["message"]) == (404, "Package not found.")


# What they look like


def test_the_type_of_an_account_tells_which_route_it_takes(api: httpx.Client):
    assert api.get("/users/acme").json()["type"] == "Organization"
    assert api.get("/users/octo").json()["type"] == "User"
    assert api.get(f"/users/acme/{CONTAINERS}").status_code == 404
    assert api.get(f"/orgs/octo/{CONTAINERS}").status_code == 404


def test_names_of_accounts_have_no_case(api: httpx.Client):
    assert api.get("/orgs/ACME/packages/container/app").json()["owner"]["login"] == "acme"


def test_a_slash_in_a_packages_name_is_encoded(api: httpx.Client):
    package = api.get("/orgs/acme/packages/container/tools%2Fcli").json()
    assert (package["name"], package["repository"]["full_name"]) == ("tools/cli", "acme/tools")
    assert package["url"].endswith("/orgs/acme/packages/container/tools%2Fcli")
    assert api.get("/orgs/acme/packages/container/tools/cli").status_code == 404


def test_a_package_may_be_named_otherwise_than_its_repository(api: httpx.Client):
    assert api.get("/orgs/acme/packages/container/renamed").json()["repository"]["name"] == "backend-source"
    assert api.get("/orgs/acme/packages/container/untagged").json()["repository"] is None
    assert api.get("/orgs/acme/packages/container/website").status_code == 404


def test_versions_are_the_manifests_newest_first(github: GitHubDouble, api: httpx.Client):
    versions = api.get("/orgs/acme/packages/container/app/versions").json()
    tags = {version["name"]: version["metadata"]["container"]["tags"] for version in versions}
    assert tags[github.registry.digest("acme/app", "1.1.0")] == ["1.1.0", "latest"]
    assert [version["created_at"] for version in versions] == sorted(
        (version["created_at"] for version in versions), reverse=True
    )
    # The manifests of an index, and what lost its tag, have none.
    assert list(tags.values()).count([]) > len(tags) // 2
    assert api.get("/orgs/acme/packages/container/app").json()["version_count"] == len(versions)


def test_a_tag_leaves_the_version_that_had_it(api: httpx.Client):
    versions = api.get("/orgs/acme/packages/container/app/versions").json()
    tags = [tag for version in versions for tag in version["metadata"]["container"]["tags"]]
    assert sorted(tags) == ["1.0.0", "1.1.0", "latest", "moving"]


def test_a_deleted_version_is_listed_by_its_state(api: httpx.Client, anybody: httpx.Client):
    target = "/orgs/acme/packages/container/app/versions?state=deleted"
    (deleted,) = api.get(target).json()
    assert deleted["deleted_at"]
    assert anybody.get(target, headers=token(STRANGER_TOKEN)).status_code == 404


def test_one_version_is_found_by_its_number(api: httpx.Client):
    (version,) = api.get("/orgs/acme/packages/container/untagged/versions").json()
    assert api.get(f"/orgs/acme/packages/container/untagged/versions/{version['id']}").json() == version


# Page by page


def test_thirty_rows_come_at_a_time_and_link_leads_through_all(github: GitHubDouble, api: httpx.Client):
    crowd(github, 100)
    answer = api.get(f"/orgs/acme/{CONTAINERS}")
    names, sizes = [row["name"] for row in answer.json()], [len(answer.json())]
    while "next" in answer.links:
        answer = api.get(answer.links["next"]["url"])
        names += [row["name"] for row in answer.json()]
        sizes.append(len(answer.json()))
    assert sizes == [30, 30, 30, 15]
    assert len(set(names)) == 105
    assert set(answer.links) == {"prev", "first"}
    # By number instead of name, which is in no description.
    assert "/organizations/" in str(answer.request.url)
    assert github.violations == []


def test_a_page_has_a_hundred_rows_at_most(github: GitHubDouble, api: httpx.Client):
    crowd(github, 100)
    github.api.settings.links_by_id = False
    answer = api.get(f"/orgs/acme/{CONTAINERS}&per_page=500")
    assert len(answer.json()) == 100
    assert httpx.URL(answer.links["next"]["url"]).path == "/orgs/acme/packages"
    assert httpx.URL(answer.links["next"]["url"]).params["package_type"] == "container"


def test_nobody_pages_beyond_ten_thousand(api: httpx.Client):
    assert api.get(f"/orgs/acme/{CONTAINERS}&per_page=100&page=101").status_code == 400


def test_versions_of_a_user_are_paged_as_well(github: GitHubDouble, api: httpx.Client):
    for number in range(40):
        github.push("octo/dotfiles", image([layer({"n": f"{number}\n"})]), tags=[f"1.{number}"])
    first = api.get("/users/octo/packages/container/dotfiles/versions")
    second = api.get(first.links["next"]["url"])
    assert (len(first.json()), len(second.json())) == (30, 13)
    assert first.json()[0]["metadata"]["container"]["tags"] == ["1.39"]
