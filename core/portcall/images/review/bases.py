"""The images that a Dockerfile uses, asked for at their registries, side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.documents.dockerfile_from import base_of
from portcall.errors import InvalidArgumentError, InvalidReferenceError
from portcall.images.check import MAX_IMAGES, CheckQuestion, check_images
from portcall.images.review.found_base import FoundBase
from portcall.images.review.moved import is_artifact, moved_to
from portcall.images.review.newest import newest_instead
from portcall.images.together import side_by_side
from portcall.models import DockerfileBase, ImageCheck
from portcall.platform import Platform
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from portcall.backend import RegistryBackend
    from portcall.documents import FoundReference
    from portcall.documents.dockerfile_stages import Dockerfile
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Longer texts are no reference, and would only be carried along.
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of an image, and what is asked about it."""

    found: FoundReference
    reference: Reference | None
    wanted: Platform | None
    is_told_elsewhere: bool = False

    @property
    def question(self) -> CheckQuestion:
        return CheckQuestion(self.wanted, suggest_newer=self.found.via != "syntax")


async def look_at_bases(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    dockerfile: Dockerfile,
    references: Sequence[FoundReference],
    default: Platform,
    progress: Progress | None = None,
) -> tuple[list[FoundBase], list[str]]:
    """Return the images that a Dockerfile uses, in the order of its lines, and warnings about them.

    Never raises for one of them: a registry's error, its silence included, is in that image's row. Of very many,
    the first ``MAX_IMAGES`` are told.

    Args:
        backend_for: Whom to ask about an image.
        dockerfile: Tells for which platforms its stages are.
        references: The images that it uses.
        default: The platform of all other stages.
        progress: Told of each image that was looked up.
    """
    uses = list(_uses(dockerfile, references[:MAX_IMAGES], default))
    warnings: list[str] = []
    if len(references) > MAX_IMAGES:
        warnings.append(f"only the first {MAX_IMAGES} of {len(references)} images were looked at")
    async with asyncio.TaskGroup() as tasks:
        checking = tasks.create_task(_checks(backend_for, uses, progress))
        moving = tasks.create_task(side_by_side(uses, lambda use: moved_to(backend_for, use.reference)))
    checks = [checking.result().get(use) for use in uses]
    pairs = list(zip(uses, checks, strict=True))
    artifacts = await side_by_side(pairs, lambda pair: _is_artifact(backend_for, *pair))
    others = await side_by_side(pairs, lambda pair: newest_instead(backend_for, pair[0].reference, pair[1]))
    bases = []
    for use, check, moved, is_none, newest in zip(uses, checks, moving.result(), artifacts, others, strict=True):
        bases.append(_told(use, check, moved, newest, is_none=is_none))
        name = use.found.text if use.reference else "an image"
        warnings += [f"{name}: {warning}" for warning in (check.warnings if check else ())]
    return bases, list(dict.fromkeys(warnings))


def _uses(dockerfile: Dockerfile, references: Sequence[FoundReference], default: Platform) -> Iterator[_Use]:
    stages = {stage.begin.line: stage for stage in dockerfile.stages}
    for found in references:
        wanted: Platform | None = None if found.via == "syntax" else default
        stage = stages.get(found.line) if found.via == "FROM" else None
        if stage is not None and stage.platform:
            wanted = _platform(stage.platform) or default
        is_malformed = stage is not None and base_of(stage.begin) is None
        yield _Use(found, _reference(found), wanted, is_malformed or found.text.isdecimal())


def _platform(text: str) -> Platform | None:
    try:
        return Platform.parse(text)
    except InvalidArgumentError:
        return None


def _reference(found: FoundReference) -> Reference | None:
    try:
        return parse_reference(found.text) if found.is_checkable and len(found.text) <= _LONGEST else None
    except InvalidReferenceError:
        return None


async def _checks(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    uses: Sequence[_Use],
    progress: Progress | None,
) -> dict[_Use, ImageCheck]:
    """Return the verdicts; those with the same question are looked at together, all of them side by side."""
    groups: dict[CheckQuestion, list[_Use]] = {}
    for use in uses:
        if use.found.is_checkable:
            groups.setdefault(use.question, []).append(use)
    told = _Together(progress, sum(len({use.found.text for use in group}) for group in groups.values()))
    async with asyncio.TaskGroup() as tasks:
        answers = {
            question: tasks.create_task(check_images(backend_for, [use.found for use in group], question, told))
            for question, group in groups.items()
        }
    return {
        use: check
        for question, group in groups.items()
        for use, check in zip(group, answers[question].result(), strict=True)
    }


async def _is_artifact(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]], use: _Use, check: ImageCheck | None
) -> bool:
    reference, is_for_nobody = use.reference, check is not None and not check.platforms and use.wanted is not None
    if check is None or reference is None or not (check.digest and is_for_nobody) or check.error is not None:
        return False
    return await is_artifact(backend_for, reference, check.digest)


class _Together:
    """The progress of several groups, as one."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    async def __call__(self, done: float, total: float | None, message: str) -> None:
        self._done += 1
        if self._progress is not None:
            await self._progress(self._done, self._total, message)


def _told(
    use: _Use, check: ImageCheck | None, moved: str | None, newest: str | None, *, is_none: bool
) -> FoundBase:
    found, reference = use.found, use.reference
    base = DockerfileBase(
        image=found.text[:_LONGEST],
        line=found.line,
        via=found.via,
        pinned=bool(reference and reference.digest),
        problem=found.problem,
    )
    if check is None:
        return FoundBase(base, use.wanted, is_told_elsewhere=use.is_told_elsewhere)
    pinned = reference.with_digest(check.digest).familiar if reference and check.digest else None
    base = base.model_copy(
        update={
            "exists": check.exists,
            "digest": check.digest,
            "reference": pinned,
            "platforms": check.platforms,
            "newer": check.newer or newest,
            "created": check.created,
            "error": check.error,
        }
    )
    return FoundBase(base, use.wanted, check.platform_available, moved, is_none)
