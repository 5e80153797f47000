"""What is kept, how long, for whom, and how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import (
    AMD64,
    ARM64,
    BOTH,
    PASSWORD,
    REPOSITORY,
    USER,
    Bench,
    Clock,
    bench,
    refused,
    serving,
    unhurried,
)

from portcall.http.cache import MemoryCache
from portcall.http.reply import Lifetime, Reply, ResourceRequest
from portcall.http.upstream import Credentials
from portcall.oci.descriptor import Descriptor
from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    from portcall.oci.manifest import StoredManifest
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

DAY = 86_400
CONFIG = Descriptor.parse(AMD64.document["config"])


async def ask(made: Bench, registry: FakeRegistry, identifier: str, **fields: object) -> StoredManifest:
    return await made.distribution(registry.address, **fields).manifest(REPOSITORY, identifier)


# By what it is named


async def test_what_is_named_by_digest_is_fetched_once_for_ever():
    with serving() as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            for _ in range(3):
                assert (await distribution.manifest(REPOSITORY, AMD64.digest)).raw == AMD64.manifest
                assert await distribution.blob(REPOSITORY, CONFIG)
                assert (await distribution.resolve(REPOSITORY, AMD64.digest)).digest == AMD64.digest
                made.clock.move(30 * DAY)
        assert [one.kind for one in registry.requests] == ["manifest", "blob"]


async def test_what_is_named_by_tag_is_not_asked_for_within_a_minute():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            made.clock.move(59)
            await ask(made, registry, "1")
            await made.distribution(registry.address).resolve(REPOSITORY, "1")
        assert len(registry.requests) == 1


async def test_tag_that_did_not_move_costs_a_head_after_its_minute():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            made.clock.move(61)
            assert (await ask(made, registry, "1")).digest == AMD64.digest
        assert [one.method for one in registry.requests] == ["GET", "HEAD"]
        assert registry.metered == 1


async def test_tag_that_moved_is_seen_after_its_minute():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            registry.tag(REPOSITORY, "1", BOTH.digest)
            assert (await ask(made, registry, "1")).digest == AMD64.digest
            made.clock.move(61)
            assert (await ask(made, registry, "1")).digest == BOTH.digest


async def test_tag_that_moved_back_costs_no_get():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            await ask(made, registry, "latest")
            registry.tag(REPOSITORY, "1", BOTH.digest)
            made.clock.move(61)
            assert (await ask(made, registry, "1")).digest == BOTH.digest
        assert [one.method for one in registry.requests] == ["GET", "GET", "HEAD"]


async def test_tag_that_moved_between_head_and_get_is_asked_for_by_name():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            await ask(made, registry, ARM64.digest)
            registry.add(quirks.WrongDigestHeader(times=1))
            made.clock.move(61)
            assert (await ask(made, registry, "1")).digest == AMD64.digest
        assert registry.fired(quirks.WrongDigestHeader) == 1


async def test_manifest_got_by_tag_is_known_by_digest():
    with serving() as registry:
        async with bench() as made:
            await ask(made, registry, "1")
            await ask(made, registry, AMD64.digest)
        assert len(registry.requests) == 1


async def test_existence_by_digest_is_asked_for_again_where_only_head_told():
    """HEAD checked nothing, and content may be deleted."""
    with serving() as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            await distribution.resolve(REPOSITORY, AMD64.digest)
            registry.delete(REPOSITORY, AMD64.digest)
            made.clock.move(61)
            with refused("not_found"):
                await distribution.resolve(REPOSITORY, AMD64.digest)


async def test_absence_is_forgotten_soonest():
    with serving() as registry:
        async with bench() as made:
            for _ in range(3):
                with refused("not_found"):
                    await ask(made, registry, "new")
            assert len(registry.requests) == 1
            registry.push(REPOSITORY, AMD64, tags=["new"])
            made.clock.move(11)
            assert (await ask(made, registry, "new")).digest == AMD64.digest


async def test_tag_list_is_kept_for_a_minute():
    with serving() as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            registry.push(REPOSITORY, AMD64, tags=["new"])
            assert "new" not in (await distribution.tags(REPOSITORY)).names
            made.clock.move(61)
            assert "new" in (await distribution.tags(REPOSITORY)).names


async def test_nothing_is_kept_where_nothing_may_be():
    with serving() as registry:
        async with bench(max_bytes=0) as made:
            for _ in range(3):
                await ask(made, registry, AMD64.digest)
        assert len(registry.requests) == 3


# What is not kept


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        (quirks.FlippedBit(times=1), "digest_mismatch"),
        (quirks.Answer(403, times=1), "forbidden"),
        (quirks.Answer(401, times=2), "not_found"),
        (quirks.Answer(501, times=1), "upstream_error"),
    ],
)
@pytest.mark.parametrize("identifier", ["1", AMD64.digest])
async def test_refusals_and_wrong_bytes_are_not_kept(quirk: quirks.Quirk, code: str, identifier: str):
    with serving(quirk) as registry:
        async with bench() as made:
            with refused(code):
                await ask(made, registry, identifier)
            assert len(made.cache) == 0
            assert (await ask(made, registry, identifier)).digest == AMD64.digest


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        ([quirks.Garbage(times=1)], "digest_mismatch"),
        ([quirks.WrongDigestHeader(times=1)], "digest_mismatch"),
        ([quirks.NoDigestHeader(), quirks.Garbage(times=1)], "upstream_error"),
        ([quirks.HtmlPage(times=1)], "upstream_error"),
    ],
)
async def test_nonsense_by_tag_is_not_kept(nonsense: list[quirks.Quirk], code: str):
    with serving(*nonsense) as registry:
        async with bench() as made:
            with refused(code):
                await ask(made, registry, "1")
            assert len(made.cache) == 0
            assert (await ask(made, registry, "1")).digest == AMD64.digest


async def test_list_that_is_none_is_not_kept():
    with serving(quirks.HtmlPage(times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            with refused("upstream_error"):
                await distribution.tags(REPOSITORY)
            assert (await distribution.tags(REPOSITORY)).names == ("1", "2", "latest")


# Whose it is


async def test_what_one_caller_may_see_another_does_not():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            ada = made.distribution(registry.address, credentials=Credentials(USER, PASSWORD))
            anybody = made.distribution(registry.address)
            for identifier in ("1", AMD64.digest):
                await ada.manifest(REPOSITORY, identifier)
                with refused("not_found", "no access"):
                    await anybody.manifest(REPOSITORY, identifier)
            await ada.blob(REPOSITORY, CONFIG)
            with refused("not_found", "no access"):
                await anybody.blob(REPOSITORY, CONFIG)
            await ada.tags(REPOSITORY)
            with refused("not_found", "no access"):
                await anybody.tags(REPOSITORY)


async def test_same_user_with_another_password_is_another_caller():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            await ask(made, registry, "1", credentials=Credentials(USER, PASSWORD))
            with refused("unauthorized"):
                await ask(made, registry, "1", credentials=Credentials(USER, "guessed"))


async def test_registries_do_not_share_what_they_say_of_the_same_digest():
    with serving() as one, serving() as other:
        async with bench() as made:
            for registry in (one, other):
                await ask(made, registry, AMD64.digest)
        assert len(one.requests) == len(other.requests) == 1


async def test_repositories_do_not_share_what_is_private_to_one():
    with serving() as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            await distribution.manifest(REPOSITORY, AMD64.digest)
            with refused("not_found"):
                await distribution.manifest("other/app", AMD64.digest)


# The memory


KEPT = Reply(200, {}, b"x" * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("status", "lifetime", "seconds"),
    [
        (200, Lifetime.BRIEF, 60),
        (404, Lifetime.BRIEF, 10),
        (404, Lifetime.IMMUTABLE, 10),
        (200, Lifetime.IMMUTABLE, 1e9),
    ],
)
def test_reply_is_fresh_for_its_time(clock: Clock, status: int, lifetime: Lifetime, seconds: float):
    cache = MemoryCache(10_000, clock=clock)
    cache.put("key", Reply(status), lifetime)
    clock.move(seconds - 1)
    assert cache.get("key") == Reply(status)
    clock.move(1)
    assert (cache.get("key") is None) == (seconds < 1e9)
    assert cache.get("key", stale=True) == Reply(status)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 405, 410, 429, 500, 503])
def test_other_statuses_are_not_kept(clock: Clock, status: int):
    cache = MemoryCache(10_000, clock=clock)
    cache.put("key", Reply(status), Lifetime.BRIEF)
    assert len(cache) == cache.bytes_held == 0


def test_nothing_of_no_lifetime_is_kept(clock: Clock):
    cache = MemoryCache(10_000, clock=clock)
    cache.put("key", KEPT, Lifetime.NONE)
    assert cache.get("key", stale=True) is None


def test_least_recently_used_goes_first(clock: Clock):
    cache = MemoryCache(3 * 2024, clock=clock)
    for key in "abc":
        cache.put(key, KEPT, Lifetime.IMMUTABLE)
    cache.get("a")
    cache.put("d", KEPT, Lifetime.IMMUTABLE)
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_reply_larger_than_the_cache_is_not_kept_and_drives_nothing_out(clock: Clock):
    cache = MemoryCache(3000, clock=clock)
    cache.put("small", KEPT, Lifetime.IMMUTABLE)
    cache.put("large", Reply(200, {}, b"x" * 3000), Lifetime.IMMUTABLE)
    assert cache.get("small")
    assert not cache.get("large")


def test_headers_and_addresses_count(clock: Clock):
    """A hostile registry's may outweigh its bodies."""
    cache = MemoryCache(10_000, clock=clock)
    cache.put("headers", Reply(200, {"x-large": "y" * 20_000}), Lifetime.IMMUTABLE)
    cache.put("address", Reply(200, {}, b"", "https://registry.example/" + "y" * 20_000), Lifetime.IMMUTABLE)
    assert len(cache) == 0


@unhurried
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 4000), st.sampled_from(["put", "get", "drop"])),
        max_size=60,
    )
)
def test_cache_never_holds_more_than_it_may(steps: list[tuple[str, int, str]]):
    cache = MemoryCache(10_000, clock=Clock())
    for key, size, step in steps:
        if step == "put":
            cache.put(key, Reply(200, {}, b"x" * size), Lifetime.IMMUTABLE)
        elif step == "drop":
            cache.drop(key)
        else:
            cache.get(key)
        held = [reply for reply in map(cache.get, "abcdef") if reply]
        assert len(held) == len(cache)
        assert cache.bytes_held == sum(len(reply.body) + 1024 for reply in held) <= 10_000


async def test_what_contradicts_itself_is_told_to_nobody_else():
    """A flipped bit fails the call that met it, and not the one that asks in the same moment."""
    with serving(quirks.FlippedBit(times=1)) as registry:
        async with bench() as made:
            url = f"{registry.address.url}/v2/{REPOSITORY}/manifests/1"
            asked = ResourceRequest(made.upstream(registry.address), url, lifetime=Lifetime.BRIEF)
            assert (await made.http.fetch(asked)).ok
            assert len(made.cache) == 0
