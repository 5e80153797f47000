"""Every quirk does what its registry does: statuses."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    MANIFEST,
    asking,
    code,
)

from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    pass


def test_answer_with_retry_after_in_seconds():
    with asking(quirks.Answer(503, times=2, retry_after=1)) as client:
        answer = client.get(MANIFEST)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert code(answer) == "UNKNOWN"


def test_answer_with_retry_after_as_a_date():
    with asking(quirks.Answer(429, retry_after=100, as_date=True)) as client:
        answer = client.get(MANIFEST)
        when = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()
        assert 95 < when - time.time() <= 101
        assert code(answer) == "TOOMANYREQUESTS"


def test_answer_stands_in_for_a_vendors_endpoint():
    projects = quirks.Answer(200, body=b"[1]", path="^GET /api/v2.0/projects", headers={"X-Total": "1"})
    with asking(projects) as client:
        answer = client.get("/api/v2.0/projects?page=1")
        assert (answer.status_code, answer.json(), answer.headers["X-Total"]) == (200, [1], "1")
        assert client.get("/api/v2.0/other").status_code == 404


def test_rate_limit():
    with asking(quirks.RateLimit(limit=2)) as client:
        head = client.head(MANIFEST)
        assert head.headers["ratelimit-limit"] == "2;w=21600"
        assert head.headers["ratelimit-remaining"] == "2;w=21600"
        assert head.headers["docker-ratelimit-source"] == "203.0.113.7"
        left = [client.get(MANIFEST).headers["ratelimit-remaining"] for _ in range(2)]
        assert left == ["1;w=21600", "0;w=21600"]
        refused = client.get(MANIFEST)
        assert (refused.status_code, code(refused)) == (429, "TOOMANYREQUESTS")
        assert client.head(MANIFEST).status_code == 200
        assert client.registry.metered == 2


def test_missing_is_unauthorized():
    with asking(quirks.MissingIsUnauthorized(), auth=BearerAuth(service="hub")) as client:
        token = client.get("/token?scope=repository:shop/none:pull").json()["token"]
        answer = client.get("/v2/shop/none/manifests/a", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, code(answer)) == (401, "UNAUTHORIZED")
        challenge = answer.headers["WWW-Authenticate"]
        assert 'service="hub",scope="repository:shop/none:pull",error="insufficient_scope"' in challenge


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"Not found\r\n", ""), (b"<html></html>", "text/html"), (b"", "text/plain")]
)
def test_odd_not_found(body: bytes, content_type: str):
    with asking(quirks.OddNotFound(body, content_type)) as client:
        answer = client.get("/v2/shop/api/manifests/none")
        assert (answer.status_code, answer.content) == (404, body)
        assert answer.headers.get("Content-Type", "") == content_type


def test_other_error_code():
    with asking(quirks.OtherErrorCode("TAG_EXPIRED")) as client:
        assert code(client.get("/v2/shop/api/manifests/none")) == "TAG_EXPIRED"
        assert code(client.get("/v2/shop/none/manifests/none")) == "NAME_UNKNOWN"
