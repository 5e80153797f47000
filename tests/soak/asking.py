"""Questions of every kind, each with the answer that is right."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.soak.catalogue import ALIAS, NEWEST, PLATFORMS, REGISTRIES, TAGS, Repository, repositories

from portcall.errors import PortcallError

if TYPE_CHECKING:
    from portcall import Portcall
    from portcall.models import ImageCheck

ABSENT = "9.9.9"


@dataclass(frozen=True, slots=True)
class Failure:
    """What was answered with an error, where none belongs: a fault has to account for it."""

    repository: Repository
    code: str
    message: str
    began: float
    ended: float


@dataclass(slots=True)
class Tally:
    """What came of all the calls.

    Attributes:
        calls: By kind.
        right: Answers and verdicts that say what is true, a justified "not found" among them.
        wrong: Those that do not, in words.
        failures: Errors that a fault has to account for.
    """

    calls: Counter[str] = field(default_factory=Counter)
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Asker:
    """Asks a gateway, and compares what it says with the truth.

    Args:
        portcall: The gateway.
        netlocs: Where each registry listens.
        seed: Decides what is asked.
    """

    def __init__(self, portcall: Portcall, netlocs: list[str], seed: int) -> None:
        self._portcall = portcall
        self._netlocs = netlocs
        self._chance = random.Random(seed)
        self._everything = [each for number in range(REGISTRIES) for each in repositories(number)]
        self.tally = Tally()

    async def ask(self, count: int, at_once: int, each: Callable[[int], None] = lambda _: None) -> None:
        """Ask ``count`` questions, so many at once; ``each`` is told how many have been answered."""
        questions = self._questions(count)
        answered = 0

        async def work() -> None:
            nonlocal answered
            for kind, question in questions:
                self.tally.calls[kind] += 1
                await question()
                answered += 1
                each(answered)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())

    def _questions(self, count: int) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        kinds: dict[str, tuple[int, Callable[[], Callable[[], Awaitable[None]]]]] = {
            "details by tag": (25, lambda: self._details(by_digest=False, for_platform=False)),
            "details by digest": (12, lambda: self._details(by_digest=True, for_platform=False)),
            "details for a platform": (15, lambda: self._details(by_digest=False, for_platform=True)),
            "manifest by tag": (10, lambda: self._manifest(by_digest=False, for_platform=False)),
            "manifest by digest": (5, lambda: self._manifest(by_digest=True, for_platform=False)),
            "manifest for a platform": (5, lambda: self._manifest(by_digest=False, for_platform=True)),
            "tags": (10, self._tags),
            "tags of the same digest": (3, self._aliases),
            "checks": (7, lambda: self._checks(suggest_newer=False)),
            "checks with newer": (3, lambda: self._checks(suggest_newer=True)),
            "absent tag": (3, self._absent),
            "absent platform": (2, self._absent_platform),
        }
        weights = [weight for weight, _ in kinds.values()]
        for _ in range(count):
            (kind,) = self._chance.choices(list(kinds), weights)
            yield kind, kinds[kind][1]()

    # The kinds of questions

    def _details(self, *, by_digest: bool, for_platform: bool) -> Callable[[], Awaitable[None]]:
        repository, tag, name = self._image(by_digest=by_digest)
        platform = self._chance.choice(PLATFORMS) if for_platform else PLATFORMS[0]

        def compare(detail: Any) -> bool:
            top, one = repository.index(tag), repository.image(tag, platform)
            return (
                detail.digest == top.digest
                and detail.platform_digest == one.digest
                and detail.config_digest == one.config_digest
                and detail.labels == {"soak": one.config["config"]["Labels"]["soak"]}
                and [layer.digest for layer in detail.layers] == [layer.digest for layer in one.layers]
                and detail.platforms == PLATFORMS
                and detail.total_size == one.total_size
            )

        wanted = platform if for_platform else ""
        return lambda: self._expect(
            repository, compare, lambda: self._portcall.get_image_details(name, platform=wanted)
        )

    def _manifest(self, *, by_digest: bool, for_platform: bool) -> Callable[[], Awaitable[None]]:
        repository, tag, name = self._image(by_digest=by_digest)
        platform = self._chance.choice(PLATFORMS) if for_platform else ""
        truth = repository.image(tag, platform) if platform else repository.index(tag)

        def compare(manifest: Any) -> bool:
            told = (manifest.digest, manifest.size, manifest.manifest)
            return bool(told == (truth.digest, truth.size, truth.document))

        return lambda: self._expect(
            repository, compare, lambda: self._portcall.get_manifest(name, platform=platform)
        )

    def _tags(self) -> Callable[[], Awaitable[None]]:
        repository = self._chance.choice(self._everything)

        def compare(page: Any) -> bool:
            names = [tag.name for tag in page.tags]
            return sorted(names) == sorted(repository.tags) and page.newest_stable == NEWEST and not page.warnings

        return lambda: self._expect(
            repository, compare, lambda: self._portcall.search_tags(self._name(repository))
        )

    def _aliases(self) -> Callable[[], Awaitable[None]]:
        repository, tag, name = self._image(by_digest=False)
        same = {NEWEST, ALIAS} if tag in {NEWEST, ALIAS} else {tag}

        def compare(page: Any) -> bool:
            names = {tag.name for tag in page.tags}
            # Where a fault kept some from being looked at, it has to be owned up to.
            enough = names == same if page.complete else names <= same and bool(page.warnings)
            return enough and page.digest == repository.index(tag).digest

        return lambda: self._expect(repository, compare, lambda: self._portcall.search_tags(name))

    def _absent(self) -> Callable[[], Awaitable[None]]:
        repository = self._chance.choice(self._everything)
        name = f"{self._name(repository)}:{ABSENT}"
        return lambda: self._expect(
            repository, lambda _: False, lambda: self._portcall.get_image_details(name), absent=True
        )

    def _absent_platform(self) -> Callable[[], Awaitable[None]]:
        repository, _, name = self._image(by_digest=False)
        return lambda: self._expect(
            repository,
            lambda _: False,
            lambda: self._portcall.get_image_details(name, platform="windows/amd64"),
            absent=True,
        )

    def _checks(self, *, suggest_newer: bool) -> Callable[[], Awaitable[None]]:
        asked: list[tuple[Repository, str]] = []
        for _ in range(self._chance.randint(2, 6)):
            repository = self._chance.choice(self._everything)
            asked.append((repository, self._chance.choice((*repository.tags, ABSENT))))
        names = [f"{self._name(repository)}:{tag}" for repository, tag in asked]

        async def check() -> None:
            began = time.monotonic()
            answer = await self._portcall.check_images(names, suggest_newer=suggest_newer)
            for (repository, tag), told in zip(asked, answer.checks, strict=True):
                self._judge(repository, tag, told, began, suggest_newer=suggest_newer)

        return check

    # Judging

    async def _expect(
        self,
        repository: Repository,
        compare: Callable[[Any], bool],
        question: Callable[[], Awaitable[Any]],
        *,
        absent: bool = False,
    ) -> None:
        began = time.monotonic()
        try:
            answer = await question()
        except PortcallError as error:
            if absent and error.code == "not_found":
                self.tally.right += 1
            else:
                self._failed(repository, error.code, error.message, began)
        else:
            self._note(compare(answer), answer)

    def _judge(
        self, repository: Repository, tag: str, told: ImageCheck, began: float, *, suggest_newer: bool
    ) -> None:
        if told.error is None:
            there = tag != ABSENT and told.exists is True and told.digest == repository.index(tag).digest
            newer = NEWEST if suggest_newer and tag in TAGS[:-1] else None
            self._note(there and (told.newer == newer or bool(told.newer is None and told.warnings)), told)
        elif tag == ABSENT and told.error.code == "not_found":
            self._note(told.exists is False, told)
        elif told.exists is None:
            self._failed(repository, told.error.code, told.error.message, began)
        else:
            self.tally.wrong.append(f"an outage told as a verdict: {told!r}")

    def _note(self, is_right: bool, answer: object) -> None:
        if is_right:
            self.tally.right += 1
        else:
            self.tally.wrong.append(repr(answer)[:2000])

    def _failed(self, repository: Repository, code: str, message: str, began: float) -> None:
        self.tally.failures.append(Failure(repository, code, message, began, time.monotonic()))

    # Names

    def _name(self, repository: Repository) -> str:
        return f"{self._netlocs[repository.registry]}/{repository.path}"

    def _image(self, *, by_digest: bool) -> tuple[Repository, str, str]:
        repository = self._chance.choice(self._everything)
        tag = self._chance.choice(repository.tags)
        identifier = f"@{repository.index(tag).digest}" if by_digest else f":{tag}"
        return repository, tag, self._name(repository) + identifier
