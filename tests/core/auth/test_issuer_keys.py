"""An issuer's keys while the server runs: kept, rotated, lost from sight."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.auth.issuer import JWKS, Issuer, key, verifying

from portcall.auth.issuer_keys import IssuerKeys
from portcall.deadline import deadline
from portcall.errors import UnreachableError
from portcall.testing.wire import Delivery, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.core.auth.conftest import Clock

    from portcall.auth.jwt import JwtVerifier

pytestmark = pytest.mark.anyio

DAY = 86_400
OLD, NEW = key(kid="old"), key(kid="new")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with (issuer := Issuer(OLD)).serve():
        yield issuer


@pytest.fixture
async def verifier(issuer: Issuer, clock: Clock) -> AsyncIterator[JwtVerifier]:
    async with verifying(issuer, clock=clock, patience=10) as opened:
        yield opened


async def is_good(verifier: JwtVerifier, token: str) -> bool:
    return await verifier.verify_token(token) is not None


#: Ways in which an issuer cannot be asked.
OUTAGES = {
    "500": Reply(status=500),
    "404": Reply(status=404),
    "403": Reply(status=403),
    "429": Reply(status=429),
    "a page": Reply(body=b"<html>"),
    "no keys": json_reply({"error": "down"}),
    "keys that are no list": json_reply({"keys": {"one": 1}}),
    "1 MB of keys": json_reply({"keys": [OLD.jwk(kid=str(number)) for number in range(2600)]}),
    "silence": Reply(delivery=Delivery(stall_after=-1)),
    "half an answer": Reply(body=b'{"keys": []}', delivery=Delivery(stall_after=5)),
    "a broken line": Reply(body=b'{"keys": []}', delivery=Delivery(cut_after=5)),
    "no line": Reply(delivery=Delivery(cut_after=-1)),
}


class TestKeeping:
    async def test_keys_are_asked_for_once_in_five_minutes(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        for _ in range(3):
            assert await is_good(verifier, issuer.token(OLD))
        clock.move(299)
        assert await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 1
        clock.move(1)
        assert await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 2

    @pytest.mark.parametrize(("max_age", "kept"), [(0, 300), (5, 300), (3600, 3600), (10 * DAY, DAY)])
    async def test_or_as_long_as_the_issuer_says_from_five_minutes_to_a_day(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock, max_age: int, kept: int
    ) -> None:
        issuer.max_age = max_age
        await is_good(verifier, issuer.token(OLD))
        clock.move(kept - 1)
        await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 1
        clock.move(1)
        await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 2

    async def test_a_thousand_first_callers_cause_one_fetch(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        token = issuer.token(OLD)
        assert all(await asyncio.gather(*(is_good(verifier, token) for _ in range(1000))))
        assert issuer.fetches == 1

    async def test_a_caller_who_leaves_ends_the_fetch_for_nobody(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.answers = {JWKS: json_reply({"keys": issuer.keys}).delivered(delay=0.1)}
        first = asyncio.create_task(is_good(verifier, issuer.token(OLD)))
        await asyncio.sleep(0.02)
        second = asyncio.create_task(is_good(verifier, issuer.token(OLD)))
        await asyncio.sleep(0.02)
        first.cancel()
        assert await second
        assert issuer.fetches == 1

    async def test_callers_who_all_leave_do_not_make_the_issuer_be_asked_again_and_again(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.answers = {JWKS: json_reply({"keys": issuer.keys}).delivered(delay=0.1)}
        for _ in range(5):
            leaving = asyncio.create_task(is_good(verifier, issuer.token(OLD)))
            await asyncio.sleep(0.02)
            leaving.cancel()
        assert await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 1

    async def test_one_callers_short_deadline_is_not_the_others(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.answers = {JWKS: json_reply({"keys": issuer.keys}).delivered(delay=0.1)}

        async def hurried() -> bool:
            async with deadline(0.05):
                return await is_good(verifier, issuer.token(OLD))

        results = await asyncio.gather(hurried(), is_good(verifier, issuer.token(OLD)), return_exceptions=True)
        assert results[1] is True
        assert isinstance(results[0], Exception)


class TestRotation:
    async def test_a_key_that_is_new_is_fetched_at_once(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        issuer.publish(OLD, NEW)
        clock.move(30)
        assert await is_good(verifier, issuer.token(NEW))
        assert await is_good(verifier, issuer.token(OLD))
        assert issuer.fetches == 2

    async def test_a_key_that_was_taken_away_is_no_longer_good(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        issuer.publish(NEW)
        clock.move(300)
        assert not await is_good(verifier, issuer.token(OLD))
        issuer.publish()
        clock.move(300)
        assert not await is_good(verifier, issuer.token(NEW))

    async def test_a_storm_of_unknown_keys_asks_the_issuer_once_in_half_a_minute(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        storm = [issuer.token(OLD, headers={"kid": f"forged {number}"}) for number in range(100)]
        for fetches in (1, 2, 3):
            found = await asyncio.gather(*(is_good(verifier, token) for token in storm))
            found += [await is_good(verifier, token) for token in storm]
            assert not any(found)
            assert issuer.fetches == fetches
            clock.move(30)

    async def test_a_forger_makes_nobody_else_wait(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        clock.move(30)
        issuer.answers = {JWKS: OUTAGES["silence"]}
        forger = asyncio.create_task(is_good(verifier, issuer.token(OLD, headers={"kid": "forged"})))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            assert await is_good(verifier, issuer.token(OLD))
        assert not forger.done()
        forger.cancel()


class TestOutages:
    @pytest.fixture
    async def verifier(self, issuer: Issuer, clock: Clock) -> AsyncIterator[JwtVerifier]:
        async with verifying(issuer, clock=clock, patience=0.5) as opened:
            yield opened

    @pytest.mark.parametrize("outage", OUTAGES)
    async def test_without_keys_nobody_can_tell_and_nobody_is_called_a_forger(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock, outage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        issuer.answers = {JWKS: OUTAGES[outage]}
        token = issuer.token(OLD)
        with pytest.raises(UnreachableError, match="cannot be fetched now") as refused:
            await verifier.verify_token(token)
        assert refused.value.retry_after
        (record,) = (record for record in caplog.records if record.name == "portcall.auth.jwks")
        assert (record.message, record.levelno) == ("issuer_keys_not_fetched", logging.WARNING)
        assert vars(record)["outcome"] == "no token can be verified"
        assert vars(record)["reason"]
        del issuer.answers[JWKS]
        clock.move(5)
        assert await is_good(verifier, token)

    @pytest.mark.parametrize("outage", OUTAGES)
    async def test_the_last_good_keys_do_while_the_issuer_is_down(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock, outage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        issuer.answers = {JWKS: OUTAGES[outage]}
        clock.move(300)
        assert await is_good(verifier, issuer.token(OLD))
        assert not await is_good(verifier, issuer.token(OLD, aud="https://other.example"))
        told = [vars(record)["outcome"] for record in caplog.records if record.name == "portcall.auth.jwks"]
        assert told == ["the keys of before are used"]
        with pytest.raises(UnreachableError):
            await verifier.verify_token(issuer.token(NEW))

    async def test_for_a_day_and_no_longer(self, issuer: Issuer, verifier: JwtVerifier, clock: Clock) -> None:
        assert await is_good(verifier, issuer.token(OLD))
        issuer.answers = {JWKS: OUTAGES["404"]}
        clock.move(300 + DAY - 1)
        assert await is_good(verifier, issuer.token(OLD))
        clock.move(1)
        with pytest.raises(UnreachableError):
            await verifier.verify_token(issuer.token(OLD))

    async def test_an_issuer_that_is_down_is_left_in_peace(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        """Half a minute while there are keys, five seconds while there are none."""
        assert await is_good(verifier, issuer.token(OLD))
        issuer.answers = {JWKS: OUTAGES["404"]}
        clock.move(300)
        for fetches in (2, 3):
            for _ in range(10):
                assert await is_good(verifier, issuer.token(OLD))
            clock.move(29)
            assert await is_good(verifier, issuer.token(OLD))
            assert issuer.fetches == fetches
            clock.move(1)
        clock.move(DAY)
        for fetches in (4, 5):
            for _ in range(10):
                with pytest.raises(UnreachableError):
                    await verifier.verify_token(issuer.token(OLD))
            assert issuer.fetches == fetches
            clock.move(5)

    async def test_an_outage_that_is_over_is_no_excuse_for_a_forger(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        issuer.answers = {JWKS: OUTAGES["404"]}
        with pytest.raises(UnreachableError):
            await verifier.verify_token(issuer.token(OLD))
        issuer.answers = {}
        clock.move(5)
        assert not await is_good(verifier, issuer.token(OLD, headers={"kid": "forged"}))

    async def test_an_issuer_that_hangs_costs_its_callers_the_patience_once(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        issuer.answers = {JWKS: OUTAGES["silence"]}
        started = time.monotonic()
        results = await asyncio.gather(
            *(verifier.verify_token(issuer.token(OLD)) for _ in range(20)), return_exceptions=True
        )
        with pytest.raises(UnreachableError):
            await verifier.verify_token(issuer.token(OLD))
        assert {type(result) for result in results} == {UnreachableError}
        assert len({id(result) for result in results}) == 20
        assert 0.5 <= time.monotonic() - started < 5
        assert issuer.fetches <= 1

    @pytest.mark.slow
    async def test_three_seconds_are_the_patience(self, issuer: Issuer) -> None:
        waited: list[float] = []

        async def hang() -> Any:
            started = time.monotonic()
            try:
                await asyncio.sleep(60)
            finally:
                waited.append(time.monotonic() - started)

        with pytest.raises(UnreachableError):
            await IssuerKeys(hang).find("one", "RS256")
        assert 2.9 < waited[0] < 4

    async def test_a_fault_of_ours_is_no_word_against_the_token(self, caplog: pytest.LogCaptureFixture) -> None:
        async def stumble() -> Any:
            raise ZeroDivisionError

        with pytest.raises(UnreachableError):
            await IssuerKeys(stumble).find("one", "RS256")
        assert caplog.messages == ["issuer_keys_not_read", "issuer_keys_not_fetched"]

    async def test_whoever_waits_while_the_server_closes_is_not_called_a_forger(self, issuer: Issuer) -> None:
        issuer.answers = {JWKS: OUTAGES["silence"]}
        async with verifying(issuer) as verifier:
            waiting = asyncio.create_task(verifier.verify_token(issuer.token(OLD)))
            await asyncio.sleep(0.05)
        with pytest.raises(UnreachableError):
            await waiting

    async def test_an_issuer_whose_keys_cannot_be_used_is_told_of(
        self, issuer: Issuer, verifier: JwtVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        issuer.publish({"kty": "oct", "kid": "old", "k": "c2VjcmV0"})
        assert not await is_good(verifier, issuer.token(OLD))
        assert caplog.messages == ["issuer_has_no_usable_keys"]

    async def test_an_issuer_that_is_down_at_the_start_is_told_and_asked_again(
        self, issuer: Issuer, verifier: JwtVerifier, clock: Clock
    ) -> None:
        issuer.answers = {JWKS: OUTAGES["404"]}
        with pytest.raises(UnreachableError):
            await verifier.prepare()
        issuer.answers = {}
        clock.move(5)
        assert await is_good(verifier, issuer.token(OLD))
