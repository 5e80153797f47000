"""The whole way to a registry and back: portcall beside skopeo, crane and regctl, at the same jobs.

``--quick`` for fewer rounds. A tool that is not installed is left out, and said to be; ``install-tools.sh``
builds crane and regctl. Whose answer is not what was pushed gets no number.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from jobs import Job, Way, all_jobs
from link import Link
from measuring import in_turns_awaited, print_grid
from place import Place, RefusedError, found
from session import Session, session
from stage import ASIDE, content, counting_registry, fast_registry
from trust import Trust

from portcall.testing import Auth, BearerAuth, FakeRegistry

OTHERS = ("skopeo", "crane", "regctl")
BASELINE = "skopeo *"
ROUND_TRIP = 0.020  # seconds

#: Does a job once and returns its milliseconds; calls the function just before it begins.
Candidate = Callable[[Callable[[], None]], Awaitable[float]]


def candidates(job: Job, place: Place, kept: Session) -> dict[str, Candidate]:
    """Return all who can do ``job``, by the name of their row; a star says that processes are started.

    Args:
        job: What to do.
        place: Where.
        kept: A session for what was asked before.
    """
    usable = {name: way for name, way in job.ways.items() if found(name.partition(",")[0])}
    return {
        "portcall, session: asked again": partial(_asked_again, job, place, kept),
        "portcall, session: a new question": partial(_asked_first, job, place, ASIDE),
        "portcall, session: its first call": partial(_asked_first, job, place, ""),
        **{f"{name} *": partial(_typed, job, place, way) for name, way in usable.items()},
    }


async def _asked_again(job: Job, place: Place, agent: Session, ready: Callable[[], None]) -> float:
    """Do a job that was just done."""
    await job.agent(agent, place.netloc)
    return await _asked(job, place, agent, ready)


async def _asked_first(job: Job, place: Place, aside: str, ready: Callable[[], None]) -> float:
    """Do a job in a session of its own, after a question about the image ``aside`` if there is one."""
    async with session(place.environment()) as agent:
        if aside:
            await agent.call("get_image_details", image_name=f"{place.netloc}/{aside}")
        return await _asked(job, place, agent, ready)


async def _asked(job: Job, place: Place, agent: Session, ready: Callable[[], None]) -> float:
    ready()
    before = agent.spent
    job.accept(await job.agent(agent, place.netloc))
    return agent.spent - before


async def _typed(job: Job, place: Place, way: Way, ready: Callable[[], None]) -> float:
    """Do a job from the shell; the start of every process counts."""
    ready()
    output, spent = place.run(way.line.format(at=place.netloc))
    job.accept(way.facts(output))
    return spent


@contextmanager
def refusing(job: Job, name: str) -> Iterator[None]:
    """Say why a candidate gets no number, if its answer is wrong or missing."""
    try:
        yield
    except* RefusedError as reasons:  # a session's end wraps what ended it
        print(f"refused: {name}, {job.title}: {_first(reasons)}")


def _first(reasons: BaseException) -> BaseException:
    return _first(reasons.exceptions[0]) if isinstance(reasons, BaseExceptionGroup) else reasons


async def timed(jobs: list[Job], place: Place, rounds: int, title: str) -> None:
    """Print the milliseconds of every job, in turns, and their ratio to the baseline's."""
    columns: dict[str, dict[str, str]] = {}
    for job in jobs:
        times = (rounds + 1) // 2 if job.is_long else rounds
        async with session(place.environment()) as kept:
            everybody = {
                name: partial(_milliseconds, job, name, candidate)
                for name, candidate in candidates(job, place, kept).items()
            }
            first = {name: await once() for name, once in everybody.items()}  # which does not count
            truthful = {name: once for name, once in everybody.items() if not math.isnan(first[name])}
            results = await in_turns_awaited(truthful, times)
        columns[f"{job.title} ({times})"] = _compared({name: results.get(name, [math.nan]) for name in everybody})
    print_grid(f"{title}: median ms (of so many runs), × of skopeo's; less is better", columns)


async def _milliseconds(job: Job, name: str, candidate: Candidate) -> float:
    with refusing(job, name):
        return await candidate(lambda: None)
    return math.nan


def _compared(results: Mapping[str, list[float]]) -> dict[str, str]:
    medians = {name: math.nan if any(map(math.isnan, each)) else median(each) for name, each in results.items()}
    base = medians.get(BASELINE, math.nan)
    return {
        name: "refused" if math.isnan(middle) else f"{middle:,.1f} {_ratio(middle / base)}".rstrip()
        for name, middle in medians.items()
    }


def _ratio(ratio: float) -> str:
    return "" if math.isnan(ratio) else f"{ratio:6.2f}×"


async def counted(jobs: list[Job], trust: Trust, home: Path, auth: Auth | None, title: str) -> None:
    """Print how many requests a job takes, and how many new connections; nothing is timed here."""
    columns: dict[str, dict[str, str]] = {}
    with counting_registry(content(), trust, auth) as (fake, netloc), Link(netloc) as link:
        place = Place(link.netloc, home, trust.authorities)
        for job in jobs:
            async with session(place.environment()) as kept:
                columns[job.title] = {
                    name: await _count(job, name, candidate, fake, link)
                    for name, candidate in candidates(job, place, kept).items()
                    if "at a time" not in name  # what is done at once is as much
                }
    print_grid(f"{title}: requests / new connections", columns)


async def _count(job: Job, name: str, candidate: Candidate, fake: FakeRegistry, link: Link) -> str:
    opened = 0

    def ready() -> None:
        nonlocal opened
        fake.forget()
        opened = link.connections()

    with refusing(job, name):
        await candidate(ready)
        return f"{len(fake.requests)} / {link.connections() - opened}"
    return "refused"


async def compare(rounds: int, folder: Path) -> None:
    trust, held, home = Trust.made_in(folder), content(), folder / "home"
    home.mkdir()
    jobs = all_jobs(held)
    with fast_registry(held, trust, folder / "registry") as (name, netloc):
        near = Place(netloc, home, trust.authorities)
        print(f"\n{name} over TLS; {os.cpu_count()} cores, Python {platform.python_version()};", end=" ")
        print(", ".join(_version(tool, near) for tool in OTHERS))
        print("* the start of each process counts; a session's server has started, and said hello, before")
        await timed(jobs, near, rounds, "On loopback")
        with Link(netloc, ROUND_TRIP) as link:
            far = Place(link.netloc, home, trust.authorities)
            await timed(jobs, far, (rounds + 1) // 2, f"{ROUND_TRIP * 1000:g} ms away")
    await counted(jobs, trust, home, None, "Where anybody may read")
    await counted(jobs, trust, home, BearerAuth(), "Where anybody gets a token")


def _version(tool: str, place: Place) -> str:
    if not found(tool):
        return f"{tool} is not installed"
    output, _ = place.run(f"{tool} version 2>/dev/null || {tool} --version")
    number = next(word for word in output.decode().split() if word.strip("v")[:1].isdigit())
    return f"{tool} {number.strip('v')}"


def main() -> None:
    parser = argparse.ArgumentParser(description="portcall beside skopeo, crane and regctl.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 2 if parser.parse_args().quick else 7
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(rounds, Path(folder)))


if __name__ == "__main__":
    main()
