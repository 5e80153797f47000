"""Limits and headers of the double of api.github.com."""

from __future__ import annotations

import httpx
import pytest
from tests.doubles.ghcr import (
    GitHubDouble,
    SecondaryLimit,
)


def test_every_answer_tells_what_remains(anybody: httpx.Client):
    first, second = anybody.get("/users/octo"), anybody.get("/users/nobody")
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("60", "59")
    assert (second.headers["x-ratelimit-used"], second.headers["x-ratelimit-resource"]) == ("2", "core")
    assert int(second.headers["x-ratelimit-reset"]) > 1_700_000_000


def test_a_token_has_five_thousand_and_searches_count_by_themselves(api: httpx.Client):
    assert api.get("/users/octo").headers["x-ratelimit-limit"] == "5000"
    search, code = api.get("/search/repositories?q=acme"), api.get("/search/code?q=FROM")
    assert (search.headers["x-ratelimit-resource"], search.headers["x-ratelimit-remaining"]) == ("search", "29")
    assert (code.headers["x-ratelimit-resource"], code.headers["x-ratelimit-remaining"]) == ("code_search", "9")
    assert api.get("/users/octo").headers["x-ratelimit-used"] == "2"


@pytest.mark.parametrize("status", [403, 429])
def test_a_spent_allowance_is_403_or_429_with_nothing_remaining(
    github: GitHubDouble, anybody: httpx.Client, api: httpx.Client, status: int
):
    github.api.limits.status = status
    github.api.limits.spend(leaving=1)
    assert anybody.get("/users/octo").status_code == 200
    refused = anybody.get("/users/octo")
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (status, "0")
    assert refused.json()["message"].startswith("API rate limit exceeded for ")
    assert "retry-after" not in refused.headers
    assert anybody.get("/rate_limit").json()["resources"]["core"]["remaining"] == 0
    assert api.get("/users/octo").status_code == 200


def test_an_hour_later_the_allowance_is_whole_again():
    now = [1_700_000_000.0]
    github = GitHubDouble(anonymous_limit=1, clock=lambda: now[0])
    with github.serve() as places, httpx.Client(base_url=places.api.url, trust_env=False) as anybody:
        anybody.get("/users/octo")
        refused = anybody.get("/users/octo")
        assert (refused.status_code, refused.headers["x-ratelimit-reset"]) == (403, "1700003600")
        now[0] += 3600
        assert anybody.get("/users/octo").status_code == 200


def test_code_search_is_ten_a_minute(api: httpx.Client):
    statuses = [api.get("/search/code?q=FROM").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [403]


def test_asking_what_remains_is_free(anybody: httpx.Client):
    for _ in range(3):
        anybody.get("/rate_limit")
    assert anybody.get("/rate_limit").json()["rate"]["used"] == 0


def test_an_answer_that_is_known_costs_a_token_nothing(api: httpx.Client, anybody: httpx.Client):
    known = {"If-None-Match": api.get("/users/octo").headers["etag"]}
    answer = api.get("/users/octo", headers=known)
    assert (answer.status_code, answer.content, answer.headers["x-ratelimit-used"]) == (304, b"", "1")
    assert anybody.get("/users/octo", headers=known).headers["x-ratelimit-used"] == "1"


@pytest.mark.parametrize(("status", "retry_after"), [(403, 60), (429, 5), (403, None)])
def test_a_secondary_limit_has_something_remaining(
    github: GitHubDouble, anybody: httpx.Client, status: int, retry_after: int | None
):
    github.api.add(SecondaryLimit(status=status, retry_after=retry_after, times=1))
    refused = anybody.get("/users/octo")
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (status, "59")
    assert refused.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
    assert "secondary rate limit" in refused.json()["message"]
    assert anybody.get("/users/octo").status_code == 200


# Headers


def test_a_request_without_a_user_agent_is_refused_in_plain_words(anybody: httpx.Client):
    del anybody.headers["User-Agent"]
    refused = anybody.get("/users/octo")
    assert refused.status_code == 403
    assert "make sure your request has a User-Agent header" in refused.text
    assert "json" not in refused.headers["content-type"]


def test_a_version_of_the_api_may_be_chosen(anybody: httpx.Client):
    newer = anybody.get("/rate_limit", headers={"X-GitHub-Api-Version": "2026-03-10"})
    assert newer.headers["x-github-api-version-selected"] == "2026-03-10"
    assert list(newer.json()) == ["resources"]
    assert anybody.get("/rate_limit", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400


def test_head_is_answered_without_a_body(anybody: httpx.Client):
    head = anybody.head("/users/octo")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/json; charset=utf-8"
