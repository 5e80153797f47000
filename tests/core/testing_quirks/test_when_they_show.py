"""A quirk shows when it is its turn, and only then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.testing_quirks.asking import (
    APP,
    BLOB,
    BOTH,
    LIST,
    MANIFEST,
    REFERRERS,
    TAGS,
    asking,
    next_link,
)

from portcall.testing import BearerAuth, FakeRegistry, Reply, Request, quirks
from portcall.testing.answers import understood

if TYPE_CHECKING:
    from portcall.testing.quirks import Context, Quirk


def test_quirk_shows_for_its_path_only():
    with asking(quirks.Answer(503, path="/manifests/a$")) as client:
        assert client.get(MANIFEST).status_code == 503
        assert client.get("/v2/shop/api/manifests/b").status_code == 200


def test_path_matches_method_and_query_too():
    with asking(quirks.Answer(503, path=r"^HEAD .*\?n=1$")) as client:
        assert client.get(f"{LIST}?n=1").status_code == 200
        assert client.head(f"{LIST}?n=1").status_code == 503


def test_quirk_shows_so_many_times_after_so_many_occasions():
    with asking(quirks.Answer(503, times=2, skip=1)) as client:
        assert [client.get(MANIFEST).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
        assert client.registry.fired(quirks.Answer) == 2


def test_only_real_occasions_count():
    with asking(quirks.NoDigestHeader(times=1)) as client:
        client.get("/v2/shop/api/manifests/none")
        assert "Docker-Content-Digest" not in client.get(MANIFEST).headers
        assert "Docker-Content-Digest" in client.get(MANIFEST).headers


def test_quirks_work_one_on_the_other_in_order():
    with asking(quirks.ShortPages(2), quirks.AbsoluteLink(), quirks.NullsAmongTags()) as client:
        answer = client.get(LIST)
        assert answer.json()["tags"] == [None, "a", "b", "", None]
        assert next_link(answer) == f"{client.registry.address.url}/v2/shop/api/tags/list?n=2&last=b"


def test_quirks_come_and_go():
    registry = FakeRegistry()
    asked = Request(method="GET", path="/v2/", kind="ping")
    with registry.misbehaving(quirks.Answer(500)):
        assert registry.answer(asked).status == 500
    assert registry.answer(asked).status == 200
    registry.add(quirks.Answer(501))
    assert registry.answer(asked).status == 501
    registry.clear_quirks()
    assert registry.answer(asked).status == 200


def test_quirk_of_ones_own_is_a_small_class():
    @dataclass(frozen=True)
    class Teapot(quirks.Quirk):
        def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
            assert "shop/api" in context.store.repositories
            return replace(reply, status=418)

    with asking(Teapot()) as client:
        assert client.get("/v2/").status_code == 418


EVERY = [
    getattr(quirks, name)
    for name in quirks.__all__
    if name not in {"Context", "Quirk", "GzipBomb"}  # 64 MiB take their time.
]
PATHS = [
    MANIFEST,
    "/v2/shop/api/manifests/none",
    "/v2/shop/none/manifests/a",
    BLOB,
    LIST,
    f"{LIST}?n=2&last=a",
    "/v2/shop/untagged/tags/list",
    f"{REFERRERS}?artifactType=x/y",
    "/v2/_catalog?n=1",
    "/v2/",
    "/token?scope=repository:shop/none:pull",
    "/elsewhere",
]


@settings(deadline=None)
@given(
    chosen=st.lists(st.sampled_from(EVERY), min_size=1, max_size=4),
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    bearer=st.booleans(),
)
def test_any_mixture_of_quirks_gives_an_answer(chosen: list[type[Quirk]], path: str, method: str, bearer: bool):
    registry = FakeRegistry(auth=BearerAuth() if bearer else None, quirks=[kind() for kind in chosen], page_size=2)
    registry.push("shop/api", BOTH, tags=TAGS)
    registry.push("shop/untagged", APP)
    where, _, query = path.partition("?")
    headers = {"host": "x", "range": "bytes=1-2", "accept": "x/y"}
    reply = registry.answer(understood(Request(method=method, path=where, query=query, headers=headers)))
    assert 200 <= reply.status <= 599
