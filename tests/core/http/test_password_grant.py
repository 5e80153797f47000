"""Passwords by POST: for the token services that know nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, bench, everything_logged, refused, serving

from portcall.http.upstream import Credentials
from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

ADA = Credentials(USER, PASSWORD)
WRONG = Credentials(USER, "wrong-canary")


def post_only(status: int = 405, **options: Any) -> BearerAuth:
    return BearerAuth({USER: PASSWORD}, **{"public": [], "get_status": status, **options})


def methods(registry: FakeRegistry) -> list[str]:
    return [one.method for one in registry.asked("token")]


@pytest.mark.parametrize("status", [404, 405])
async def test_password_is_posted_where_there_is_no_get(status: int):
    with serving(auth=post_only(status)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        posted = registry.asked("token", method="POST")[0]
        assert parse_qs(posted.body.decode()) == {
            "grant_type": ["password"],
            "username": [USER],
            "password": [PASSWORD],
            "service": ["portcall.testing"],
            "scope": [f"repository:{REPOSITORY}:pull"],
            "client_id": ["portcall"],
        }
        assert (posted.query, posted.authorization) == ("", None)


async def test_way_that_led_to_a_token_is_the_first_to_be_tried_from_then_on():
    with serving(auth=post_only()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            for repository in (REPOSITORY, "other/app", "third/app"):
                registry.push(repository, AMD64, tags=["1"])
                await distribution.manifest(repository, "1")
        assert methods(registry) == ["GET", "POST", "POST", "POST"]


async def test_service_that_changes_its_ways_is_followed():
    auth = post_only()
    with serving(auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            auth.get_status, auth.post_status = None, 405
            auth.revoke_tokens()
            registry.forget()
            await distribution.tags(REPOSITORY)
        assert methods(registry) == ["POST", "GET"]


async def test_wrong_password_at_such_a_service_is_said_to_be_refused():
    with serving(auth=post_only()) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            for _ in range(2):
                with refused("unauthorized", "refused the credentials"):
                    await distribution.tags(REPOSITORY)
        assert registry.count("token", method="POST") == 1


async def test_anonymous_caller_of_such_a_service_is_told_of_no_access():
    with serving(auth=post_only()) as registry:
        async with bench() as made:
            with refused("not_found", "no access"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert methods(registry) == ["GET"]


async def test_service_that_answers_get_never_sees_a_form():
    """Once it gave a token by GET, its 404 is about something else."""
    missing = quirks.Answer(404, path="^GET /token.*no%2Fsuch")
    with serving(missing, auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.manifest(REPOSITORY, "1")
            with refused("upstream_error", "token service", "404"):
                await distribution.manifest("no/such", "1")
        assert methods(registry) == ["GET", "GET"]


async def test_service_that_knows_no_way_is_told_of_as_it_answered_first():
    with serving(auth=post_only(404, post_status=405)) as registry:
        async with bench() as made:
            with refused("upstream_error", "token service", "404"):
                await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
        assert methods(registry) == ["GET", "POST"]


@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_refusal_by_get_is_not_answered_with_a_form(status: int):
    with serving(quirks.Answer(status, path="^GET /token"), auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            with refused({400: "not_found", 403: "not_found", 401: "unauthorized"}.get(status, "upstream_error")):
                await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
        assert set(methods(registry)) == {"GET"}


async def test_posted_password_is_in_no_log(caplog: pytest.LogCaptureFixture):
    with everything_logged(caplog), serving(auth=post_only()) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
    written = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "upstream_request" in written
    assert PASSWORD not in written
