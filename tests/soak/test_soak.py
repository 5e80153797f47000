"""Thousands of calls to registries that spoil a tenth of their answers: what is told is true, nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.soak.asking import Asker, Failure
from tests.soak.catalogue import REGISTRIES
from tests.soak.unreliable import KINDS, UnreliableRegistries
from tests.soak.watch import Watch, open_files

from portcall import Portcall
from portcall.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.anyio

SEED = 20_241_122
AT_ONCE = 32
#: Small enough that most questions go upstream: everything together is some five megabytes.
CACHE_BYTES = 200_000
CONNECTIONS = 8  #: To one registry.
#: By how much the later half of a soak may be above the earlier one.
MEMORY_GROWTH = 6 << 20
OBJECTS_GROWTH = 3_000
#: Seconds for which an answer may be on its way on a busy machine: a call may join a fetch that is under way.
SLACK = 3.0


@pytest.fixture
def registries() -> Iterator[UnreliableRegistries]:
    with UnreliableRegistries(SEED, 0.1) as running:
        yield running


def configured(registries: UnreliableRegistries) -> Settings:
    return Settings.model_validate(
        {
            "cache": {"max_bytes": CACHE_BYTES},
            "network": {"timeout": 30, "max_connections_per_host": CONNECTIONS},
            "registries": {netloc: {"endpoint": f"http://{netloc}"} for netloc in registries.netlocs},
        }
    )


async def test_six_hundred_calls(registries: UnreliableRegistries, say: Callable[[str], None]) -> None:
    await soak(registries, 600, say)


@pytest.mark.slow
async def test_ten_thousand_calls(registries: UnreliableRegistries, say: Callable[[str], None]) -> None:
    watch = await soak(registries, 10_000, say)
    memory, objects = watch.growth()
    assert memory < MEMORY_GROWTH
    assert objects < OBJECTS_GROWTH


async def soak(registries: UnreliableRegistries, count: int, say: Callable[[str], None]) -> Watch:
    """Ask ``count`` questions: what is answered is right, what fails has its cause, and nothing is left over."""
    settings = configured(registries)
    async with Portcall(settings) as portcall:  # loads, and opens, what stays
        await Asker(portcall, registries.netlocs, SEED + 1).ask(20, 4)
    tasks, files, already = asyncio.all_tasks(), open_files(), registries.report()
    watch, started = Watch(count), time.monotonic()
    async with Portcall(settings) as portcall:
        asker = Asker(portcall, registries.netlocs, SEED)
        await asker.ask(count, AT_ONCE, watch.step)
        took = time.monotonic() - started
        await asyncio.sleep(0.05)
        left_over = asyncio.all_tasks() - tasks
    told, tally = registries.report(), asker.tally
    say(summary(count, took, asker, told, already, watch))
    assert tally.wrong == []
    assert [failure for failure in tally.failures if not has_cause(failure, told)] == []
    assert len(tally.failures) < count / 8
    assert left_over == set()
    assert asyncio.all_tasks() == tasks
    assert open_files() == files
    assert watch.most_files <= files + REGISTRIES * CONNECTIONS + 4
    return watch


def has_cause(failure: Failure, told: list[dict[str, Any]]) -> bool:
    """Tell whether a fault was injected meanwhile that may lead to such a failure; a token's counts for all."""
    return any(
        failure.code in KINDS[kind].codes
        and repository in {failure.repository.path, ""}
        and failure.began - SLACK <= when <= failure.ended
        for when, repository, kind in told[failure.repository.registry]["events"]
    )


def summary(
    count: int,
    took: float,
    asker: Asker,
    told: list[dict[str, Any]],
    already: list[dict[str, Any]],
    watch: Watch,
) -> str:
    """Return what happened, as a table."""

    def total(of: list[dict[str, Any]], what: str) -> int:
        return sum(int(one.get(what, 0)) for one in of)

    before = [len(one["events"]) for one in already]
    faults = Counter(kind for one, skip in zip(told, before, strict=True) for _, _, kind in one["events"][skip:])
    failures = Counter(failure.code for failure in asker.tally.failures)
    memory, objects = watch.growth()
    rows = {
        "calls": f"{count:,} in {took:.1f} s ({count / took:.0f} a second), {AT_ONCE} at once",
        "of them": ", ".join(f"{kind} {number:,}" for kind, number in asker.tally.calls.most_common()),
        "answers and verdicts": f"{asker.tally.right:,} right, {len(asker.tally.wrong)} wrong",
        "failures": f"{failures.total():,}: {_listed(failures)}",
        "upstream requests": f"{total(told, 'requests') - total(already, 'requests'):,}",
        "faults injected": f"{faults.total():,}: {_listed(faults)}",
        "retries": f"{total(told, 'retries') - total(already, 'retries'):,}",
        "most files open": f"{watch.most_files}",
        "most tasks": f"{watch.most_tasks}",
        "resident MiB": " ".join(f"{size / 2**20:.1f}" for size in watch.memory[::2]),
        "later half, above the earlier": f"{memory / 2**20:+.2f} MiB, {objects:+,} objects",
    }
    return "\n".join(f"{name:>30}  {value}" for name, value in rows.items())


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common())
