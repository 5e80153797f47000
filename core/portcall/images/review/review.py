"""The review itself: the text read, its bases looked up and hadolint heard meanwhile, all of it put together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from portcall.documents.dockerfile_images import dockerfile_references
from portcall.documents.dockerfile_stages import read_dockerfile
from portcall.documents.lint import Ignores, findings_of, steps_of
from portcall.documents.platform_variables import platform_variables
from portcall.images.review.base_rules import base_findings
from portcall.images.review.bases import look_at_bases
from portcall.images.review.hadolint import hear_hadolint
from portcall.images.review.outline import healthcheck_of, ports_of, stages_of, user_of
from portcall.images.review.subject import subject_of
from portcall.images.review.verdict import verdict
from portcall.images.together import beside_the_loop
from portcall.models import DockerfileAnalysis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.documents import FoundReference
    from portcall.documents.lint import Build, Finding
    from portcall.images.review.hadolint import HadolintPlaces
    from portcall.images.review.subject import Subject
    from portcall.models import DockerfileInfo
    from portcall.platform import Platform
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Characters that take about as long as one name of a list does elsewhere.
_PER_ITEM = 8


async def review_dockerfile(
    content: str | DockerfileInfo,
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    default: Platform,
    progress: Progress | None = None,
    *,
    folders: Sequence[str] | None = None,
    places: HadolintPlaces | None = None,
) -> DockerfileAnalysis:
    """Return what a Dockerfile does, what its registries say of its bases, and what to change in it.

    Args:
        content: A Dockerfile's text, possibly with Markdown's fence around it; or an image's.
        backend_for: Whom to ask about a base.
        default: The platform that it is built for.
        progress: Told of each base that was looked up.
        folders: Where to look for hadolint; by default among this Python's own programs, then on ``PATH``.
        places: Of which hadolint takes one.

    Raises:
        InvalidArgumentError: The text is no Dockerfile.
        TooLargeError: It is over 1 MiB, or has more than 200 stages.
    """
    size = len(content if isinstance(content, str) else content.content or "") // _PER_ITEM
    read = await beside_the_loop(size, lambda: _read(content, default))
    subject, build = read.subject, read.build
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(
            look_at_bases(backend_for, build.dockerfile, read.references, default, progress)
        )
        hearing = tasks.create_task(hear_hadolint(subject.text, folders, places))
    (bases, notes), heard = looking.result(), hearing.result()
    findings = [*read.findings, *(finding for base in bases for finding in base_findings(base))]
    told, left_out = await beside_the_loop(
        len(findings), lambda: verdict(findings, heard.remarks, read.ignores, is_source=subject.is_source)
    )
    return DockerfileAnalysis(
        image=subject.image,
        origin=subject.origin,
        exact=subject.exact,
        lines=build.dockerfile.line_count,
        stages=stages_of(build.dockerfile),
        bases=tuple(found.base for found in bases),
        user=user_of(build),
        ports=ports_of(build),
        healthcheck=healthcheck_of(build),
        findings=told,
        linters=("portcall", *([heard.linter] if heard.linter else [])),
        warnings=(*subject.warnings, *notes, *([heard.warning] if heard.warning else []), *left_out),
    )


class _Reading(NamedTuple):
    """All that the text alone tells."""

    subject: Subject
    build: Build
    references: list[FoundReference]
    findings: list[Finding]
    ignores: Ignores


def _read(content: str | DockerfileInfo, default: Platform) -> _Reading:
    subject = subject_of(content)
    known = platform_variables(default)
    build = steps_of(read_dockerfile(subject.text, known))
    return _Reading(
        subject,
        build,
        dockerfile_references(subject.text, known),
        list(findings_of(build, is_source=subject.is_source)),
        Ignores.of(build.dockerfile),
    )
