"""The double of api.github.com, held against its published description: answers, and requests."""

from __future__ import annotations

import httpx
import pytest
from tests.doubles.ghcr import (
    GitHubDouble,
)
from tests.doubles.ghcr.conftest import CONTAINERS, needs_extract

ANSWERS = [
    "/rate_limit",
    "/user",
    "/users/octo",
    "/users/acme",
    "/users/nobody",
    "/orgs/acme",
    "/orgs/octo",
    f"/orgs/acme/{CONTAINERS}",
    f"/users/octo/{CONTAINERS}",
    f"/user/{CONTAINERS}",
    "/orgs/acme/packages/container/tools%2Fcli",
    "/users/octo/packages/container/dotfiles",
    "/user/packages/container/notes",
    "/orgs/acme/packages/container/app/versions",
    "/orgs/acme/packages/container/app/versions?state=deleted",
    "/orgs/acme/packages/container/nothing/versions",
    "/users/octo/packages/container/dotfiles/versions",
    "/search/repositories?q=app",
    "/search/code?q=FROM+filename:Dockerfile+repo:acme/app",
    "/search/users?q=octo",
    "/search/users?q=",
    "/search/repositories?q=user:nobody",
    "/search/code?q=filename:Dockerfile",
    "/repos/acme/app",
    "/repos/acme/nothing",
    "/repos/acme/app/readme",
    "/repos/acme/app/contents/Dockerfile",
    "/repos/acme/app/contents/data/model.bin",
    "/repos/acme/app/contents/deploy",
    "/repos/acme/app/contents",
    "/repos/acme/app/git/trees/main?recursive=1",
    "/repos/acme/empty/git/trees/main",
    "/repos/acme/website/git/trees/nothing",
]


@needs_extract
@pytest.mark.parametrize("target", ANSWERS)
def test_an_answer_is_as_described(github: GitHubDouble, api: httpx.Client, target: str):
    answer = api.get(target)
    assert github.api.extract is not None
    assert github.api.extract.problems(answer.request.url.raw_path.decode().partition("?")[0],
                                       answer.status_code, answer.json()) == []  # fmt: skip


@needs_extract
@pytest.mark.parametrize("path", ["deploy", "Dockerfile"])
def test_the_object_form_of_contents_is_as_described(github: GitHubDouble, api: httpx.Client, path: str):
    media_type = "application/vnd.github.object"
    target = f"/repos/acme/app/contents/{path}"
    answer = api.get(target, headers={"Accept": f"{media_type}+json"})
    assert github.api.extract is not None
    assert github.api.extract.problems(target, 200, answer.json(), media_type) == []


@needs_extract
def test_the_description_finds_fault_with_an_answer_that_is_wrong(github: GitHubDouble):
    assert github.api.extract is not None
    assert github.api.extract.problems("/users/octo", 200, {"login": "octo"})
    assert github.api.extract.problems("/orgs/acme/packages", 200, [{"id": "1"}])
    assert github.api.extract.problems("/orgs/acme/packages", 400, {}) is None


@needs_extract
@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("/orgs/acme/packages", "'package_type' is required"),
        ("/orgs/acme/packages?package_type=oci", "is none of npm, maven"),
        (f"/orgs/acme/{CONTAINERS}&per_page=many", "is no number"),
        (f"/orgs/acme/{CONTAINERS}&per_page=500", "more than a hundred"),
        (f"/orgs/acme/{CONTAINERS}&sort=name", "'sort' is not documented"),
        (f"/orgs/acme/{CONTAINERS}&page=1&page=2", "2 times"),
        (f"/users/octo/{CONTAINERS}&visibility=hidden", "is none of public"),
        ("/orgs/acme/packages/oci/app", "package_type='oci' is none of"),
        ("/orgs/acme/packages/container/app/versions/latest", "is no number"),
        ("/orgs/acme/packages/container/tools/cli", "no such path"),
        ("/search/repositories", "'q' is required"),
        ("/repos/acme/app/dockerfile", "no such path"),
    ],
)
def test_a_request_against_the_description_is_a_violation(
    github: GitHubDouble, api: httpx.Client, target: str, fault: str
):
    api.get(target)
    assert any(fault in violation for violation in github.violations)


@needs_extract
def test_writing_is_a_violation_and_changes_nothing(github: GitHubDouble, api: httpx.Client):
    assert api.delete("/orgs/acme/packages/container/app").status_code == 404
    assert "only GET" in github.violations[0]


@needs_extract
def test_good_requests_are_no_violation(github: GitHubDouble, api: httpx.Client):
    for target in ANSWERS:
        if target != "/search/users?q=":
            api.get(target)
    # Not in the description, and answered all the same.
    api.get("/users/octo/packages/container/dotfiles/versions?per_page=100&page=1&state=active")
    assert github.violations == []


@needs_extract
def test_a_documented_operation_that_is_not_played_says_so(github: GitHubDouble, api: httpx.Client):
    assert api.get("/orgs/acme/attestations/sha256:0").status_code == 501
    assert github.violations == []
