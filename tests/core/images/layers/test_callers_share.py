"""Callers over HTTP share the places in which layers are read and Dockerfiles checked; nobody takes them all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.core.images.conftest import HOST, settings_for
from tests.core.images.layers.desk import desk

from portcall import Portcall
from portcall.call import calling
from portcall.caller import Caller
from portcall.deadline import deadline
from portcall.images.layers.shelf import Meter
from portcall.images.review import HadolintPlaces
from portcall.images.review.hadolint import Hearing, hear_hadolint
from portcall.testing import FakeRegistry, Reply, Request, image, layer, quirks

pytestmark = pytest.mark.anyio

NEVER = [layer({f"srv/{number}": "x" * 9000}, compression="none") for number in range(6)]
MORE = [layer({f"srv/more/{number}": "x" * 9000}, compression="none") for number in range(6)]
QUICK = layer({"etc/motd": "hello"})
LAYERS = {each.digest for each in (*NEVER, *MORE, QUICK)}
ADA, BEN = Caller("ada", "Ada"), Caller("ben", "Ben")


@dataclass(frozen=True)
class Unending(quirks.Quirk):
    """Layers of the slow images begin, and go no further."""

    def spoil(self, request: Request, reply: Reply, context: quirks.Context) -> Reply:
        is_slow = request.reference in LAYERS - {QUICK.digest}
        return reply.delivered(stall_after=600) if is_slow else reply


class Team:
    """A gateway for several callers, before a registry some of whose layers never come."""

    def __init__(self, registry: FakeRegistry, gateway: Portcall) -> None:
        self.registry = registry
        self.ada, self.ben = gateway.seen_by(ADA), gateway.seen_by(BEN)
        self._asked: list[asyncio.Task[Any]] = []

    def ask(self, question: Coroutine[Any, Any, Any]) -> None:
        """Ask what nobody waits for."""
        self._asked.append(asyncio.create_task(question))

    async def until(self, claim: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not claim():  # noqa: ASYNC110 - what is awaited happens in another thread
                await asyncio.sleep(0.01)

    def layers_asked_for(self) -> int:
        return sum(request.reference in LAYERS for request in self.registry.requests)

    async def go_home(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)


@contextlib.asynccontextmanager
async def team() -> AsyncIterator[Team]:
    registry = FakeRegistry(quirks=[Unending()])
    for name, layers in {"slow/1": NEVER, "slow/2": MORE, "quick": [QUICK]}.items():
        registry.push(name, image(layers), tags=["1"])
    with registry.serve() as address:
        settings = settings_for({HOST: {"endpoint": address.url}})
        async with Portcall(settings, local=False) as gateway:
            made = Team(registry, gateway)
            try:
                yield made
            finally:
                await made.go_home()


async def test_whoever_waits_for_layers_that_never_come_keeps_nobody_else_from_reading_there():
    async with team() as made:
        for name in ("slow/1", "slow/2"):
            made.ask(made.ada.list_files(f"{HOST}/{name}:1", "/"))
        await made.until(lambda: made.layers_asked_for() == 3)
        async with asyncio.timeout(3):
            listed = await made.ben.list_files(f"{HOST}/quick:1", "/etc")
        assert [file.path for file in listed.files] == ["/etc/motd"]
        assert made.layers_asked_for() == 3 + 1


async def test_whoever_asks_for_what_another_waits_to_read_does_not_wait_with_them():
    """Ada's places are taken by layers that never come; what she waits for is read on Ben's account."""
    async with team() as made:
        made.ask(made.ada.list_files(f"{HOST}/slow/1:1", "/"))
        await made.until(lambda: made.layers_asked_for() == 3)
        hers = asyncio.create_task(made.ada.list_files(f"{HOST}/quick:1", "/etc"))
        await made.until(lambda: made.registry.count("manifest", method="GET") == 2)
        await asyncio.sleep(0.2)
        assert not hers.done()
        async with asyncio.timeout(3):
            his = await made.ben.list_files(f"{HOST}/quick:1", "/etc")
            assert (await hers).files == his.files
        assert made.layers_asked_for() == 3 + 1


async def test_whoever_waits_no_longer_is_no_longer_counted_on():
    registry = FakeRegistry()
    with registry.serve() as address:
        async with desk(address) as made:
            meter = Meter()
            with calling("list_files", "ada"), made.shelf.joining(meter):
                with calling("list_files", "ben"), made.shelf.joining(meter):
                    assert meter.callers == ["ada", "ben"]
                assert meter.callers == ["ada"]


async def test_hadolint_runs_for_two_at_once_and_for_each_caller_once(tmp_path: Path):
    """Each run writes down when it begins and ends, so that the log tells how many there were at a time."""
    log = tmp_path / "log"
    program = tmp_path / "hadolint"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exit\nread who\necho "+$who" >> {log}\nsleep 0.1\n'
        f'echo "-$who" >> {log}\necho "[]"\n'
    )
    program.chmod(0o755)
    places = HadolintPlaces()

    async def check(who: str) -> Hearing:
        with calling("analyze_dockerfile", who):
            return await hear_hadolint(f"{who}\n", [str(tmp_path)], places)

    heard = await asyncio.gather(*(check(who) for who in ("ada", "ada", "ada", "ben", "ben", "eve")))
    assert {each.linter for each in heard} == {"hadolint"}
    inside: list[str] = []
    begun: list[str] = []
    for line in log.read_text().splitlines():
        if line[0] == "+":
            inside.append(line[1:])
            begun.append(line[1:])
        else:
            inside.remove(line[1:])
        assert len(inside) <= 2
        assert len(set(inside)) == len(inside)
    # She came last, and is third, or starts along with the third.
    assert "eve" in begun[:4]


async def test_a_review_takes_one_of_the_places_that_all_callers_share(tmp_path: Path):
    async with Portcall(settings_for({}), local=False) as gateway:
        ada, ben = gateway.seen_by(ADA), gateway.seen_by(BEN)
        places = ada._hadolint
        assert places is ben._hadolint is gateway._hadolint
        async with places.taken(), places.taken(), deadline(1):
            answer = await ben.analyze_dockerfile("FROM scratch\nUSER 1\n")
        assert answer.linters == ("portcall",)
        assert answer.warnings == ("hadolint's findings are missing: it is busy with other Dockerfiles",)


async def test_a_dockerfile_whose_turn_does_not_come_is_told_so_and_checked_without(tmp_path: Path):
    program = tmp_path / "hadolint"
    program.write_text("#!/bin/sh\necho '[]'\n")
    program.chmod(0o755)
    places = HadolintPlaces()
    async with places.taken(), places.taken(), deadline(0.4):
        heard = await hear_hadolint("FROM scratch\n", [str(tmp_path)], places)
    assert heard == Hearing(warning="hadolint's findings are missing: it is busy with other Dockerfiles")
    async with deadline(3):
        assert (await hear_hadolint("FROM scratch\n", [str(tmp_path)], places)).linter == "hadolint"
