"""How often anybody may try: per name, per address, in all, and how many records strangers can make."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from tests.core.auth.signin.bed import ADA, Bed, Registered
from tests.doubles.dockerhub import Clock, DockerHubDouble
from tests.testbed.scriptless import Page

from portcall.auth.signin.registrations import AT_MOST, UNPROVEN, RegisteredClient, Registrations
from portcall.auth.signin.throttle import IN_ALL, Throttle

pytestmark = pytest.mark.anyio

_WRONG = "dckr_pat_wrong"
_HERE = "203.0.113.7"


@pytest.fixture
def addresses() -> Iterator[str]:
    """Addresses of other people each."""
    return (f"198.51.{number >> 8}.{number & 255}" for number in count())


async def one_try(bed: Bed, client: Registered, address: str, login: tuple[str, str]) -> httpx.Response:
    """Try once, with a new ticket in a new browser."""
    async with bed.browser(address) as browser:
        return await bed.send(browser, await bed.open(browser, await bed.begin(client)), login)


async def test_ten_failures_with_one_name_at_one_address_are_enough_for_a_quarter_of_an_hour(
    bed: Bed, hub: DockerHubDouble, clock: Clock
) -> None:
    client, throttle = await bed.register(), Throttle(bed.provider.store)
    for _ in range(9):
        assert (await throttle.begin("ada", _HERE)).wait == 0
    assert (await one_try(bed, client, _HERE, ("ada", _WRONG))).status_code == 403
    hub.forget()
    # Neither the right token nor another spelling helps: whoever knew would be told so by that.
    for login in (ADA, ("ADA", ADA[1])):
        reply = await one_try(bed, client, _HERE, login)
        assert reply.status_code == 429
        assert reply.headers["retry-after"] == "900"
        assert "15 minutes" in Page.read(reply.text).one("p", role="alert").text
    assert hub.requests == []
    clock.advance(901)
    assert (await one_try(bed, client, _HERE, ADA)).status_code == 200


async def test_somebody_elses_tries_with_a_name_do_not_keep_its_owner_out(bed: Bed) -> None:
    """Unless they come from many places at once."""
    client, throttle = await bed.register(), Throttle(bed.provider.store)
    tries = [await throttle.begin("ada", "198.51.100.1") for _ in range(11)]
    assert [attempt.wait for attempt in tries] == [0] * 10 + [900]
    assert (await one_try(bed, client, _HERE, ADA)).status_code == 200


async def test_fifty_failures_with_one_name_are_enough_wherever_they_come_from(
    bed: Bed, clock: Clock, addresses: Iterator[str]
) -> None:
    client, throttle = await bed.register(), Throttle(bed.provider.store)
    for _ in range(50):
        clock.advance(2)
        assert (await throttle.begin("ada", next(addresses))).wait == 0
    assert (await one_try(bed, client, _HERE, ADA)).status_code == 429


async def test_a_name_that_is_none_is_bounded_alike(bed: Bed) -> None:
    client, throttle = await bed.register(), Throttle(bed.provider.store)
    for _ in range(9):
        await throttle.begin("nobody-here", _HERE)
    told = [(await one_try(bed, client, _HERE, ("nobody-here", _WRONG))).status_code for _ in range(2)]
    assert told == [403, 429]


async def test_of_many_tries_at_once_only_ten_reach_docker_hub(bed: Bed, hub: DockerHubDouble) -> None:
    client = await bed.register()
    hub.forget()
    replies = await asyncio.gather(*(one_try(bed, client, _HERE, ("ada", _WRONG)) for _ in range(13)))
    assert [reply.status_code for reply in replies].count(429) == 3
    assert len(hub.asked("api", path="/v2/auth/token")) == 10


async def test_signing_in_often_is_no_failure(bed: Bed) -> None:
    client = await bed.register()
    for _ in range(11):
        assert (await one_try(bed, client, _HERE, ADA)).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        # One subscriber has them all.
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("not an address", "nor this", True),
    ],
)
async def test_thirty_failures_from_one_address_are_enough_whatever_the_name(
    bed: Bed, one: str, other: str, same: bool
) -> None:
    throttle = Throttle(bed.provider.store)
    for number in range(30):
        assert (await throttle.begin(f"user{number}", one)).wait == 0
    assert (await throttle.begin("another", other)).wait == (900 if same else 0)


async def test_all_failures_together_are_bounded_and_pass_after_a_minute(
    bed: Bed, clock: Clock, addresses: Iterator[str]
) -> None:
    throttle = Throttle(bed.provider.store, in_all=20)  # as 60
    for number in range(20):
        assert (await throttle.begin(f"user{number}", next(addresses))).wait == 0
    assert (await throttle.begin("another", next(addresses))).wait == 60
    clock.advance(61)
    assert (await throttle.begin("another", next(addresses))).wait == 0


async def test_strangers_leave_most_of_docker_hubs_allowance_to_those_who_have_signed_in(
    hub: DockerHubDouble,
) -> None:
    assert hub.api_limit.limit > 2 * IN_ALL


async def test_a_forged_form_uses_up_nobodys_tries(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        for _ in range(6):  # a ticket dies by five failures
            forged = await bed.send(browser, page, ("ada", _WRONG), headers={"Origin": "https://evil.example"})
            assert forged.status_code == 403
        assert (await bed.send(browser, page)).status_code == 200


async def test_a_flood_of_registrations_crowds_out_none_that_somebody_signed_in_with(bed: Bed) -> None:
    small = Registrations(bed.provider.store, bed.provider.seal, scopes=("read",))
    small._new._place._at_most = 5  # as 5,000, and sooner
    clients = [RegisteredClient(client_id=f"c{n}", redirect_uris=["https://a.example/cb"]) for n in range(12)]
    await small.register(clients[0])
    await small.prove("c0")
    for client in clients[1:]:
        await small.register(client)
    kept = [client.client_id for client in clients if await small.find(client.client_id)]
    assert kept == ["c0", "c7", "c8", "c9", "c10", "c11"]
    assert (AT_MOST, UNPROVEN) == (5000, 7 * 86_400)


async def test_a_registration_is_bounded_in_bytes(bed: Bed) -> None:
    assert (await bed.try_to_register(client_name="x" * 100_000)).status_code == 413
    deep = "[" * 20_000 + "]" * 20_000
    reply = await bed.http.post(
        "/register", content=f'{{"redirect_uris": ["https://a.example/"], "jwks": {deep}}}'
    )
    assert reply.status_code == 400
