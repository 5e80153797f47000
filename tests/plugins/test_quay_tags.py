"""Tags of a Quay: by its API with digests, sizes and dates, else by the registry's own list."""

from __future__ import annotations

import pytest
from tests.doubles.quay import (
    APP_TOKEN,
    OAUTH_TOKEN,
    ROBOT,
    HtmlInsteadOfJson,
    MalformedRow,
    Outage,
    QuayDouble,
    TooManyRequests,
)
from tests.plugins.quay_backend import backend, gateway

from portcall.errors import ForbiddenError, HiddenError, InvalidArgumentError, RateLimitedError, UnavailableError
from portcall.models import Tag
from portcall.testing import quirks
from portcall_quay import QuayBackend
from portcall_quay.rows import from_rfc2822, summary

pytestmark = pytest.mark.anyio


async def every(quay: QuayBackend, repository: str) -> list[Tag]:
    """Return all tags, page by page."""
    tags: list[Tag] = []
    cursor = None
    while True:
        page = await quay.list_tags(repository, cursor=cursor)
        tags += page.tags
        assert page.problem is None
        cursor = page.next
        if cursor is None:
            return tags


async def test_a_tag_has_its_digest_and_date_and_an_image_its_size():
    double = QuayDouble()
    async with backend(double) as quay:
        tags = {tag.name: tag for tag in await every(quay, "prometheus/busybox")}
    assert set(tags) == {"glibc", "latest", "uclibc"}
    assert tags["glibc"].digest == tags["latest"].digest
    assert tags["latest"].last_updated == "2024-02-09T00:00:00Z"
    assert tags["latest"].size is None
    assert (tags["uclibc"].size or 0) > 0
    assert [asked.operation for asked in double.requests] == ["listRepoTags"]


async def test_a_hundred_come_at_a_time_and_the_dead_do_not():
    double = QuayDouble()
    async with backend(double) as quay:
        tags = await every(quay, "coreos/etcd")
    assert len({tag.name for tag in tags}) == len(tags) == 225
    assert [asked.operation for asked in double.requests] == ["listRepoTags"] * 3


async def test_tags_can_be_put_in_the_order_of_their_dates():
    async with gateway(QuayDouble()) as pc:
        page = await pc.search_tags("quay.io/coreos/etcd", order="updated", limit=2)
    assert [tag.name for tag in page.tags] == ["v3.24.9", "v3.24.8"]


@pytest.mark.parametrize(
    "refusal",
    [
        quirks.Answer(401),
        quirks.Answer(403),
        quirks.Answer(404),
        quirks.Answer(500, retry_after=900),
        Outage(status=503, retry_after=900),
        HtmlInsteadOfJson(),
        HtmlInsteadOfJson(status=404),
        quirks.Answer(200, body=b"{}"),
    ],
    ids=["401", "403", "404", "500", "down", "page", "no such page", "no tags"],
)
async def test_where_the_api_refuses_the_registrys_own_list_is_told(refusal: quirks.Answer):
    double = QuayDouble()
    at_the_api = type(refusal)(**{**vars(refusal), "path": "/api/"})
    async with backend(double) as quay:
        with double.misbehaving(at_the_api):
            tags = await every(quay, "coreos/etcd")
    assert len({tag.name for tag in tags}) == len(tags) == 225
    assert not any(tag.digest for tag in tags)
    assert double.count("tags") == 3


async def test_why_the_registrys_list_has_no_dates_is_said():
    async with gateway(QuayDouble(quirks=[Outage(status=503, path="/api/", retry_after=900)])) as pc:
        down = await pc.search_tags("quay.io/coreos/etcd")
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with gateway(QuayDouble(), environ={"ROBOT": ROBOT[1]}, **entry) as pc:
        private = await pc.search_tags("quay.io/prometheus/internal")
    told = "the tags are told without digests, sizes and dates: "
    assert down.warnings == (f"{told}quay.io answered 503 when asked for repository coreos/etcd",)
    assert private.warnings[0].startswith(f"{told}Its API takes OAuth application tokens alone")


async def test_a_list_that_the_api_began_is_not_ended_by_the_registry():
    double = QuayDouble()
    async with backend(double) as quay:
        first = await quay.list_tags("coreos/etcd")
        with double.misbehaving(quirks.Answer(403, path="/api/")), pytest.raises(HiddenError):
            await quay.list_tags("coreos/etcd", cursor=first.next)
    assert double.count("tags") == 0


async def test_a_list_that_the_registry_began_is_not_ended_by_the_api():
    double = QuayDouble()
    async with backend(double) as quay:
        with double.misbehaving(quirks.Answer(403, path="/api/")):
            first = await quay.list_tags("coreos/etcd")
        second = await quay.list_tags("coreos/etcd", cursor=first.next)
    assert not {tag.name for tag in first.tags} & {tag.name for tag in second.tags}
    assert [asked.operation for asked in double.requests] == ["listRepoTags", "tags", "tags"]


@pytest.mark.parametrize("cursor", ["", "2", "api:", "api:0", "api:x", "registry:", "registry:x", "other:2"])
async def test_a_cursor_that_is_none_is_refused_before_anything_is_asked(cursor: str):
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(InvalidArgumentError):
            await quay.list_tags("coreos/etcd", cursor=cursor)
    assert double.requests == []


async def test_too_many_requests_are_not_made_more_by_asking_elsewhere():
    double = QuayDouble(quirks=[TooManyRequests(path="/api/")])
    async with backend(double) as quay:
        with pytest.raises(RateLimitedError) as limited:
            await quay.list_tags("coreos/etcd")
    assert (limited.value.retry_after, double.count("tags")) == (None, 0)


async def test_where_both_are_down_it_is_an_outage():
    async with backend(QuayDouble(quirks=[quirks.Answer(503, retry_after=900)])) as quay:
        with pytest.raises(UnavailableError):
            await quay.list_tags("coreos/etcd")


async def test_a_row_that_makes_no_sense_costs_itself_alone():
    async with backend(QuayDouble(quirks=[MalformedRow(at=1, row={"name": 7})])) as quay:
        assert len((await quay.list_tags("coreos/etcd")).tags) == 99


@pytest.mark.parametrize(
    "body",
    [
        b'{"tags": [], "page": 1, "has_additional": true}',
        b'{"tags": [], "page": 7, "has_additional": false}',
    ],
    ids=["more, but none", "another page"],
)
async def test_a_list_that_makes_no_sense_ends_and_says_so(body: bytes):
    async with backend(QuayDouble(quirks=[quirks.Answer(200, body=body, path="/api/")])) as quay:
        page = await quay.list_tags("coreos/etcd")
    assert (page.tags, page.next) == ((), None)
    assert page.problem is not None


async def test_what_is_private_or_missing_is_said_to_be_either():
    async with gateway(QuayDouble()) as pc:
        for name in ("internal", "never-was"):
            with pytest.raises(HiddenError, match="or no access to it is granted"):
                await pc.search_tags(f"quay.io/prometheus/{name}")


async def test_a_token_opens_tags_and_image_alike():
    double = QuayDouble()
    entry = {"username": "$oauthtoken", "password_env": "TOKEN"}
    async with gateway(double, environ={"TOKEN": OAUTH_TOKEN}, **entry) as pc:
        page = await pc.search_tags("quay.io/prometheus/internal")
        detail = await pc.get_image_details("quay.io/prometheus/internal:1.0")
    assert page.tags[0].digest == detail.digest
    assert double.count("listRepoTags", status=200) == 1


@pytest.mark.parametrize("login", [ROBOT, APP_TOKEN], ids=["robot", "app token"])
async def test_robots_and_app_tokens_open_the_registry_and_are_not_shown_to_the_api(login: tuple[str, str]):
    double = QuayDouble()
    entry = {"username": login[0], "password_env": "LOGIN"}
    async with gateway(double, environ={"LOGIN": login[1]}, **entry) as pc:
        page = await pc.search_tags("quay.io/prometheus/internal")
    assert [tag.name for tag in page.tags] == ["1.0"]
    (by_api,) = double.asked("listRepoTags")
    assert "authorization" not in by_api.headers


async def test_a_token_of_the_apis_own_is_used_beside_a_robot():
    double = QuayDouble()
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with gateway(double, token=OAUTH_TOKEN, environ={"ROBOT": ROBOT[1]}, **entry) as pc:
        page = await pc.search_tags("quay.io/prometheus/internal")
    assert page.tags[0].digest
    assert double.asked("listRepoTags")[0].headers["authorization"] == f"Bearer {OAUTH_TOKEN}"


async def test_a_disabled_namespace_is_said_to_be_disabled():
    async with gateway(QuayDouble()) as pc:
        for question in (pc.get_image_details, pc.get_manifest):
            with pytest.raises(ForbiddenError, match=r"namespace suspended of quay\.io is disabled") as refused:
                await question("quay.io/suspended/app:1.0")
    assert refused.value.hint


async def test_another_405_is_no_disabled_namespace():
    async with gateway(QuayDouble(quirks=[quirks.Answer(405, path="/v2/")])) as pc:
        with pytest.raises(Exception, match="answered 405") as refused:
            await pc.get_manifest("quay.io/prometheus/busybox:latest")
    assert getattr(refused.value, "code", "") == "upstream_error"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Thu, 02 May 2024 10:00:00 -0000", "2024-05-02T10:00:00Z"),
        ("Thu, 02 May 2024 12:00:00 +0200", "2024-05-02T10:00:00Z"),
        ("yesterday", None),
        ("", None),
        (None, None),
        (7, None),
        ("Thu, 02 May 99999 10:00:00 -0000", None),
        ("x" * 100_000, None),
    ],
)
def test_dates_are_told_as_all_others_are(written: object, told: str | None):
    assert from_rfc2822(written) == told


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("# App\n\nDoes things.\nAnd more.\n\nLast.", "Does things. And more."),
        ("App\n===\n\nDoes things.", "Does things."),
        ("App\n===", "App"),
        (
            "# App\n\n[![build](https://ci.example/x.svg)](x)\n<br>\n\nDoes things.",
            "Does things.",
        ),
        ("First.\r\n\r\nSecond.", "First."),
        ("# App", "App"),
        ("# App\nDoes things.", "Does things."),
        ("One line", "One line"),
        ("\r\n\r\n", None),
        ("# A\r\n\r\nWindows\r\n", "Windows"),
        (None, None),
        (["no text"], None),
    ],
)
def test_a_readmes_first_words_describe_it(description: object, told: str | None):
    assert summary(description) == told
