"""Tags of GHCR: the registry's list is the truth; a token that reads packages adds digests and dates."""

from __future__ import annotations

import pytest
from tests.doubles.ghcr import (
    ACTIONS_TOKEN,
    FINE_GRAINED_TOKEN,
    OCTO_TOKEN,
    GitHubDouble,
    MalformedRow,
    SecondaryLimit,
)
from tests.plugins.ghcr_backend import asked, backend, gateway

from portcall.testing import image, layer, quirks

pytestmark = pytest.mark.anyio

VERSIONS = "/orgs/acme/packages/container/app/versions"


async def test_without_a_token_the_registrys_list_is_all_and_costs_one_question():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert [tag.name for tag in page.tags] == ["1.0.0", "latest", "1.1.0", "moving"]
    assert all(tag.digest is None and tag.last_updated is None for tag in page.tags)
    assert (page.warnings, asked(github)) == ((), [])
    assert github.requests.registry[-1].parameter("n") == "10000"


@pytest.mark.parametrize("token", [OCTO_TOKEN, ACTIONS_TOKEN])
async def test_a_token_adds_digests_and_dates_and_the_newest_come_first(token: str):
    github = GitHubDouble()
    async with backend(github, token) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert [tag.name for tag in page.tags] == ["moving", "1.1.0", "latest", "1.0.0"]
    for tag in page.tags:
        assert tag.digest == github.registry.digest("acme/app", tag.name)
    assert page.tags[0].last_updated == "2024-01-01T07:00:00Z"
    assert page.warnings == ()


async def test_tags_can_be_ordered_by_date_then():
    async with gateway(GitHubDouble(), OCTO_TOKEN) as pc:
        answer = await pc.search_tags("ghcr.io/acme/app", order="updated", limit=2)
    assert ([tag.name for tag in answer.tags], answer.ordered_by) == (["moving", "1.1.0"], "updated")


async def test_the_versions_of_a_name_with_a_slash_are_asked_for_in_one_segment():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/tools/cli")
    assert asked(github)[-1] == "/orgs/acme/packages/container/tools%2Fcli/versions"
    assert all(tag.digest for tag in page.tags)


async def test_only_the_newest_have_details_and_no_tag_is_lost():
    github = GitHubDouble()
    for number in range(350):
        github.push("acme/app", image([layer({"n": str(number)})]), tags=[f"v{number}"])
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/app")
    dated = [tag.name for tag in page.tags if tag.last_updated]
    assert (len(page.tags), len(dated), dated[0]) == (354, 300, "v349")
    assert page.warnings == ("only the newest 300 of 354 tags are told with digest and date",)
    assert asked(github).count(VERSIONS) == 3


async def test_a_tag_that_the_registry_does_not_list_is_none():
    github = GitHubDouble()
    package = github.catalogue.package("acme/app")
    assert package is not None
    package.versions[-1].tags.append("only-here")
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert "only-here" not in [tag.name for tag in page.tags]


async def test_an_untagged_package_has_no_tags():
    async with backend(token=OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/untagged")
    assert (page.tags, page.warnings) == ((), ())


@pytest.mark.parametrize(
    ("token", "fault", "told"),
    [
        (FINE_GRAINED_TOKEN, None, "the token from the configuration may not read the versions of acme/app"),
        ("ghp_expired", None, "refuses the token from the configuration"),
        (OCTO_TOKEN, quirks.HtmlPage(), "web page"),
        (OCTO_TOKEN, SecondaryLimit(), "no more requests for now"),
        (OCTO_TOKEN, quirks.Answer(200, body=b"{}"), "makes no sense"),
    ],
)
async def test_whatever_is_wrong_with_the_api_costs_details_alone(
    token: str, fault: quirks.Quirk | None, told: str
):
    github = GitHubDouble()
    if fault:
        github.api.add(fault)
    async with backend(github, token) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert [tag.name for tag in page.tags] == ["1.0.0", "latest", "1.1.0", "moving"]
    (warning,) = page.warnings
    assert warning.startswith("tags are told without digests and dates: ")
    assert told in warning


@pytest.mark.parametrize("row", [None, {"name": "1.0.0"}, {"name": "sha256:short"}, {"metadata": {}}, []])
async def test_a_version_that_makes_no_sense_costs_its_own_details_alone(row: object):
    github = GitHubDouble()
    github.api.add(MalformedRow(row=row))
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert {tag.name for tag in page.tags} == {"1.0.0", "1.1.0", "latest", "moving"}
    assert page.warnings == ("1 row of the answer made no sense, and is left out",)


async def test_a_version_whose_tags_are_none_has_none():
    github = GitHubDouble()
    digest = f"sha256:{'0' * 64}"
    row = {"name": digest, "metadata": {"container": {"tags": ["1.0.0", 7, "../x", None]}}, "updated_at": 5}
    github.api.add(MalformedRow(row=row))
    async with backend(github, OCTO_TOKEN) as ghcr:
        tags = {tag.name: tag for tag in (await ghcr.list_tags("acme/app")).tags}
    assert (tags["1.0.0"].digest, tags["1.0.0"].last_updated) == (digest, None)
    assert set(tags) == {"1.0.0", "1.1.0", "latest", "moving"}


async def test_a_page_of_versions_that_fails_costs_those_behind_it():
    github = GitHubDouble()
    for number in range(150):
        github.push("acme/app", image([layer({"n": str(number)})]), tags=[f"v{number}"])
    github.api.add(quirks.Answer(404, body=b"{}", path="versions.*page=2"))
    async with backend(github, OCTO_TOKEN) as ghcr:
        page = await ghcr.list_tags("acme/app")
    assert sum(tag.last_updated is not None for tag in page.tags) == 100
    assert page.warnings == ("only the newest 100 of 154 tags are told with digest and date",)


async def test_a_mirror_alone_in_its_place_is_not_told_of_by_githubs_api():
    github = GitHubDouble()
    async with gateway(github, OCTO_TOKEN, api=None) as pc:
        answer = await pc.search_tags("ghcr.io/acme/app")
        found = await pc.get_repository("ghcr.io/acme/app")
    assert (len(answer.tags), found.description, asked(github)) == (4, None, [])
    assert answer.warnings + found.warnings == ()


async def test_a_failure_of_the_registry_is_not_made_up_for_by_the_api():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        github.registry.add(quirks.Answer(404, path="tags/list"))
        with pytest.raises(Exception, match="acme/app"):
            await ghcr.list_tags("acme/app")
