"""GitHub's API: whose token is shown, what it means when it is refused, and what a limit is."""

from __future__ import annotations

import time

import pytest
from tests.doubles.ghcr import (
    OCTO_TOKEN,
    SCOPELESS_TOKEN,
    GitHubDouble,
    Outage,
    SecondaryLimit,
)
from tests.plugins.ghcr_backend import asked, backend

from portcall.errors import (
    ForbiddenError,
    NotFoundError,
    PortcallError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from portcall.testing import quirks

pytestmark = pytest.mark.anyio

WRONG = "ghp_expired"


def refused(status: int, message: str, **headers: str) -> quirks.Answer:
    """Refuse whoever comes with a token."""
    return quirks.Answer(status, body=f'{{"message": "{message}"}}'.encode(), headers=headers, path="packages")


# Tokens


async def test_the_token_is_shown_to_the_api_alone_and_as_a_bearer():
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        await ghcr.list_repositories("acme", limit=10)
        await ghcr.search("app", limit=10)
    assert {request.authorization for request in github.requests.api} == {f"Bearer {OCTO_TOKEN}"}
    assert not any(request.authorization for request in github.requests.registry)


async def test_github_is_asked_for_its_own_media_type():
    github = GitHubDouble()
    async with backend(github) as ghcr:
        await ghcr.search_users("octo", limit=1)
    assert {request.headers["accept"] for request in github.requests.api} == {"application/vnd.github+json"}


async def test_a_login_for_the_registry_is_good_for_the_api():
    github = GitHubDouble()
    entry = {"username": "octo", "password_env": "PASSWORD"}
    async with backend(github, environ={"PASSWORD": OCTO_TOKEN}, **entry) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10)
    assert "ghcr.io/acme/secret" in [image.name for image in page.repositories]


async def test_the_environments_token_is_for_github_com_and_not_for_another_api_in_its_place():
    github = GitHubDouble()
    async with backend(github, environ={"GITHUB_TOKEN": OCTO_TOKEN}) as ghcr:
        await ghcr.search_users("octo", limit=1)
    assert not any(request.authorization for request in github.requests.api)


async def test_with_a_token_that_is_refused_what_is_public_is_told_and_why_so():
    github = GitHubDouble()
    async with backend(github, WRONG) as ghcr:
        page = await ghcr.search_users("octo", limit=10)
    assert [user.username for user in page.users] == ["octo"]
    told = "GitHub refuses the token from the configuration; it may have expired or been revoked"
    assert page.warnings == (f"GitHub was asked anonymously: {told}",)
    assert WRONG not in repr(page)


async def test_a_refused_token_is_not_shown_again_for_a_while():
    github = GitHubDouble()
    async with backend(github, WRONG) as ghcr:
        await ghcr.search("acme", limit=10)
        await ghcr.search("tools", limit=10)
    assert [request.status for request in github.requests.api] == [401, 200, 200]


async def test_what_a_refused_token_might_open_is_not_said_to_be_missing():
    async with backend(GitHubDouble(), WRONG) as ghcr:
        with pytest.raises(UnauthorizedError) as missing:
            await ghcr.search_dockerfiles("https://github.com/acme/secret", limit=10)
    assert "the configuration" in missing.value.message
    assert "read:packages: put one into GITHUB_TOKEN, or name the variable" in missing.value.hint


async def test_what_is_no_token_at_all_is_never_sent():
    github = GitHubDouble()
    entry = {"username": "octo", "password_env": "PASSWORD"}
    async with backend(github, environ={"PASSWORD": "pass word!\u00e9"}, **entry) as ghcr:
        page = await ghcr.search_users("octo", limit=10)
    assert "holds is no token of GitHub" in page.warnings[0]
    assert not any(request.authorization for request in github.requests.api)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refused(403, "You need at least read:packages scope to list packages."), "may not read"),
        (refused(403, "Resource not accessible by personal access token"), "may not read"),
        (
            refused(403, "enforced", **{"X-GitHub-SSO": "required; url=x"}),
            "is not authorised for the organisation",
        ),
        (refused(403, "Although you appear to have the correct ..."), "GitHub refuses the packages of acme"),
    ],
)
async def test_why_a_token_may_not_is_told_with_its_source(answer: quirks.Answer, told: str):
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        github.api.add(answer)
        page = await ghcr.list_repositories("acme", limit=10)
    assert told in page.warnings[0]
    assert "the token from the configuration" in page.warnings[0]
    assert [image.name for image in page.repositories] == ["ghcr.io/acme/app"]


async def test_a_token_without_any_scope_is_told_which_it_needs():
    async with backend(GitHubDouble(), SCOPELESS_TOKEN) as ghcr:
        page = await ghcr.list_repositories("acme", limit=10)
    assert "classic personal access tokens alone, with the scope read:packages" in page.warnings[0]


# Limits


@pytest.mark.parametrize("status", [403, 429])
async def test_a_spent_allowance_is_a_limit_with_its_end(status: int):
    github = GitHubDouble()
    github.api.limits.status = status
    github.api.limits.spend(leaving=0)
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert limited.value.retry_after is not None
    assert 3500 < limited.value.retry_after <= 3600
    assert "GITHUB_TOKEN" in limited.value.hint


async def test_github_is_left_in_peace_until_the_limit_ends():
    github = GitHubDouble()
    github.api.limits.spend(leaving=0)
    async with backend(github) as ghcr:
        for name in ("acme", "octo"):
            with pytest.raises(RateLimitedError) as limited:
                await ghcr.list_repositories(name, limit=10)
    assert asked(github) == ["/users/acme"]
    assert "60 requests an hour" in limited.value.hint


async def test_a_spent_minute_of_searches_does_not_keep_from_what_is_counted_elsewhere():
    github = GitHubDouble()
    github.api.limits.spend(resource="search", leaving=0)
    async with backend(github) as ghcr:
        for query in ("tools", "shop"):
            with pytest.raises(RateLimitedError):
                await ghcr.search(query, limit=10)
        assert (await ghcr.list_repositories("acme", limit=10)).repositories
    assert len([path for path in asked(github) if path.startswith("/search")]) == 1


async def test_a_spent_hour_does_not_keep_from_searches():
    github = GitHubDouble()
    github.api.limits.spend(leaving=0)
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError):
            await ghcr.list_repositories("acme", limit=10)
        assert (await ghcr.search("app", limit=10)).repositories


async def test_whoever_has_a_token_is_not_told_to_get_one():
    github = GitHubDouble()
    github.api.limits.spend(github.catalogue.credentials[OCTO_TOKEN], leaving=0)
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert "GITHUB_TOKEN" not in limited.value.hint


async def test_a_secondary_limit_is_one_though_something_remains():
    github = GitHubDouble()
    github.api.add(SecondaryLimit(retry_after=90))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert limited.value.retry_after == 90


async def test_after_a_secondary_limit_github_is_left_in_peace():
    github = GitHubDouble()
    github.api.add(SecondaryLimit(retry_after=90))
    async with backend(github) as ghcr:
        for name in ("acme", "octo"):
            with pytest.raises(RateLimitedError):
                await ghcr.list_repositories(name, limit=10)
    assert asked(github) == ["/users/acme"]


async def test_a_secondary_limit_that_says_no_time_has_none():
    github = GitHubDouble()
    github.api.add(SecondaryLimit(retry_after=None))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert (limited.value.retry_after, "few minutes" in limited.value.hint) == (None, True)


@pytest.mark.parametrize(("status", "pause"), [(403, 30.0), (429, 3600.0), (429, None)])
async def test_a_limit_is_known_without_githubs_words(status: int, pause: float | None):
    github = GitHubDouble()
    github.api.add(quirks.Answer(status, body=b'{"rate-limit": 1}', retry_after=pause))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert limited.value.retry_after == pause


@pytest.mark.parametrize("reset", ["", "soon", "-1", "9" * 40, "0"])
async def test_a_reset_that_makes_no_sense_costs_nothing_but_itself(reset: str):
    github = GitHubDouble()
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    github.api.add(quirks.Answer(403, body=b'{"message": "API rate limit exceeded"}', headers=headers))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert limited.value.retry_after in {None, 1.0}


async def test_a_reset_far_away_is_not_believed():
    github = GitHubDouble()
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 10**7)}
    github.api.add(quirks.Answer(403, body=b"{}", headers=headers))
    async with backend(github) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.list_repositories("acme", limit=10)
    assert limited.value.retry_after == 86_400


# Other trouble


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (quirks.HtmlPage(), UnavailableError),
        (Outage(status=404), UnavailableError),
        (quirks.Answer(200, body=b'"text"'), UpstreamError),
        (quirks.Answer(200, body=b"[[[["), UpstreamError),
        (quirks.Answer(200, body=b"\xff\xfe"), UpstreamError),
        (quirks.Answer(200, body=b"[1, 2]"), UpstreamError),
        (quirks.Answer(418, body=b"{}"), UpstreamError),
        (quirks.Answer(451, body=b"{}"), ForbiddenError),
        (quirks.Answer(403, body=b"[]"), ForbiddenError),
    ],
)
async def test_an_answer_that_is_none_is_an_error_that_says_so(fault: quirks.Quirk, kind: type[PortcallError]):
    github = GitHubDouble()
    github.api.add(fault)
    async with backend(github) as ghcr:
        with pytest.raises(kind) as failed:
            await ghcr.list_repositories("acme", limit=10)
    assert failed.value.registry == "ghcr.io"
    assert failed.value.hint
    assert not isinstance(failed.value, NotFoundError)


async def test_githubs_unicorn_is_an_outage():
    github = GitHubDouble()
    github.api.add(Outage(status=502))
    async with backend(github) as ghcr:
        with pytest.raises(UnavailableError):
            await ghcr.get_source_dockerfile("github.com/acme/app")
