"""Plugins that know credentials: asked for the hosts that they declare, and for nothing else."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest
from tests.core.credentials.home import CANARY, Home
from tests.core.credentials.plugins import Clock, Cloud

from portcall.credentials import ProviderCredentials
from portcall.deadline import deadline
from portcall.errors import UnauthorizedError
from portcall.http.upstream import Credentials

pytestmark = pytest.mark.anyio

ECR = "123.dkr.ecr.us-east-1.amazonaws.com"


async def test_a_plugin_gives_the_credentials_of_its_hosts(home: Home):
    cloud = Cloud()
    credentials = await home.keyring(providers=(cloud,)).obtain(ECR, "team/app")
    assert credentials == Credentials("AWS", CANARY, "plugin acme-cloud:cloud")
    assert cloud.asked == [(ECR, "team/app")]


@pytest.mark.parametrize(
    "named",
    [
        f"{ECR}.evil.test",
        f"{ECR}.evil.test:443",
        f"{ECR}:8443",
        "dkr.ecr.us-east-1.amazonaws.com",
        "evil.test",
    ],
)
def test_a_look_alike_never_reaches_a_plugin(home: Home, named: str):
    """CVE-2024-35192: a look-alike of a cloud's registry was given the cloud's credentials."""
    assert home.keyring(providers=(Cloud(),)).login(named) is None


async def test_of_two_plugins_the_first_that_declares_the_host_is_asked(home: Home):
    first, second = Cloud(("*.example",)), Cloud(("registry.example",))
    await home.keyring(providers=(Cloud(), first, second)).obtain("registry.example")
    assert (len(first.asked), len(second.asked)) == (1, 0)


async def test_what_a_plugin_gave_is_held_until_a_minute_before_its_end():
    clock = Clock()
    cloud = Cloud(gives=lambda: Credentials("AWS", f"{CANARY}-{clock.now}", expires_at=clock.now + 600))
    source = ProviderCredentials(cloud, ECR, clock=clock)
    first = await source.obtain("app")
    clock.now += 539
    assert await source.obtain("app") == source.held("app") == first
    clock.now += 1
    assert source.held("app") is None
    assert await source.obtain("app") != first
    assert len(cloud.asked) == 2


async def test_what_tells_no_end_is_held_for_an_hour():
    clock = Clock()
    source = ProviderCredentials(cloud := Cloud(), ECR, clock=clock)
    for seconds, asked in ((0, 1), (3599, 1), (1, 2)):
        clock.now += seconds
        await source.obtain("app")
        assert len(cloud.asked) == asked


async def test_each_repository_has_its_own_and_callers_at_once_share_one_question(home: Home):
    cloud = Cloud(seconds=0.05)
    keyring = home.keyring(providers=(cloud,))
    await asyncio.gather(*(keyring.obtain(ECR, repository) for repository in ["a", "b"] * 25))
    assert sorted(cloud.asked) == [(ECR, "a"), (ECR, "b")]


async def test_a_plugin_may_have_nothing(home: Home):
    assert await home.keyring(providers=(Cloud(gives=lambda: None),)).obtain(ECR) is None


def explode() -> Credentials:
    raise RuntimeError(f"403 for {CANARY}")


def late() -> Credentials:
    raise TimeoutError(CANARY)


@pytest.mark.parametrize(
    ("gives", "reason"),
    [
        (explode, "it raised RuntimeError"),
        (lambda: CANARY, "it returned a str where Credentials are due"),
        (lambda: ("AWS", CANARY), "it returned a tuple where Credentials are due"),
        (lambda: Credentials("AWS", ""), "its credentials cannot be used: it has no password"),
        (
            lambda: Credentials("A\nWS", CANARY),
            "its credentials cannot be used: its user name holds a control character",
        ),
        (
            lambda: Credentials("AWS", CANARY.encode()),  # type: ignore[arg-type]
            "its credentials cannot be used: one of their values makes no sense",
        ),
        (
            lambda: Credentials("AWS", CANARY, expires_at=CANARY),  # type: ignore[arg-type]
            "its credentials cannot be used: one of their values makes no sense",
        ),
        (
            lambda: Credentials("AWS", CANARY, expires_at=10**400),
            "its credentials cannot be used: one of their values makes no sense",
        ),
        (lambda: sys.exit(CANARY), "it raised SystemExit"),
        (late, "it did not answer in time"),
    ],
)
async def test_a_plugin_that_fails_is_an_error_which_names_it(
    home: Home, gives: object, reason: str, caplog: pytest.LogCaptureFixture
):
    cloud = Cloud(gives=gives)  # type: ignore[arg-type]
    keyring = home.keyring(providers=(cloud,))
    told = await keyring.refusal(ECR)
    assert told.message == f"the plugin acme-cloud:cloud gave no credentials for {ECR}: {reason}"
    await keyring.refusal(ECR)
    assert len(cloud.asked) == 1  # for a moment the failure answers
    (record,) = caplog.records
    assert (record.__dict__["plugin"], record.__dict__["reason"]) == ("acme-cloud:cloud", reason)
    assert ("in explode" in record.__dict__["frames"]) == (gives is explode)
    assert CANARY not in repr(record.__dict__)


async def test_a_failure_is_forgotten_after_five_seconds():
    clock = Clock()
    source = ProviderCredentials(cloud := Cloud(gives=explode), ECR, clock=clock)
    for seconds, asked in ((0, 1), (4, 1), (1, 2)):
        clock.now += seconds
        with pytest.raises(UnauthorizedError):
            await source.obtain("app")
        assert len(cloud.asked) == asked


async def test_a_plugin_that_hangs_is_named_in_time_and_left_alone_for_five_seconds():
    clock = Clock()
    source = ProviderCredentials(cloud := Cloud(seconds=60), ECR, clock=clock, timeout=0.1)
    for seconds, asked in ((0, 1), (4, 1), (1, 2)):
        clock.now += seconds
        with pytest.raises(UnauthorizedError) as refused:
            await source.obtain("app")
        assert refused.value.message == (
            f"the plugin acme-cloud:cloud gave no credentials for {ECR}: it did not answer in time"
        )
        assert len(cloud.asked) == asked


async def test_a_plugin_gets_no_more_than_the_call_has_left():
    began = time.monotonic()
    with pytest.raises(UnauthorizedError, match="did not answer in time"):
        async with deadline(1):
            await ProviderCredentials(Cloud(seconds=60), ECR).obtain("app")
    assert time.monotonic() - began < 5


async def test_a_plugin_is_asked_anew_for_what_was_refused_but_no_more_than_once_a_minute():
    clock = Clock()
    source = ProviderCredentials(cloud := Cloud(), ECR, clock=clock)
    refused = await source.obtain("app")
    for seconds, asked in ((0, 2), (59, 2), (1, 3)):
        clock.now += seconds
        assert refused is not None
        source.forget("other", refused)
        source.forget("app", refused)
        refused = await source.obtain("app")
        assert len(cloud.asked) == asked
