"""Whether images exist, many at once: what an agent asks before it writes a reference down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.call import aside, call_at_hand
from portcall.deadline import deadline, leaving
from portcall.errors import HiddenError, InternalError, InvalidArgumentError, NotFoundError, PortcallError
from portcall.images.choice import select
from portcall.images.configuration import platform_of
from portcall.images.missing import Allowance, explaining
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop, side_by_side
from portcall.logs import get_logger
from portcall.models import ErrorInfo, ImageCheck, ImageChecks
from portcall.oci import media_types
from portcall.oci.manifest import Index
from portcall.reference import parse_reference
from portcall.tags import Newer, newer_releases, parse_version
from portcall.timestamp import from_seconds, to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.call import Call
    from portcall.documents import Document, FoundReference
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Most references of one call.
MAX_IMAGES = 50
_CREATED = "org.opencontainers.image.created"
#: Seconds to leave for the answer, when one registry keeps a reference waiting; and before that, for its verdict.
_RESERVE = 1.0
_RESERVE_OF_ONE = 0.5

#: Most repositories that are not there for which near names are looked up: each costs a search or two.
_MOST_SUGGESTED = 10
#: Of `latest`, and of a digest alone.
_NO_VERSION = "whether there is a newer one cannot be told: it names no version"

_log = get_logger("portcall")


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """What is asked of each reference.

    Args:
        wanted: The platform that it has to have, if any.
        suggest_newer: Whether to look for a newer release, too.
    """

    wanted: Platform | None = None
    suggest_newer: bool = False


async def check_images(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    found: Sequence[FoundReference],
    question: CheckQuestion,
    progress: Progress | None = None,
) -> tuple[ImageCheck, ...]:
    """Return a verdict on each of ``found``, in order; each distinct reference is looked at once.

    Never raises for one reference: its error, a registry's silence included, is its verdict.
    """
    done = 0
    allowance = Allowance(_MOST_SUGGESTED)
    distinct = list({_what_is_asked(item): item for item in found}.values())

    async def one(item: FoundReference) -> ImageCheck:
        nonlocal done
        verdict = await _verdict(backend_for, item, question, allowance)
        done += 1
        if progress is not None:
            await progress(done, len(distinct), "images checked")
        return verdict

    told = zip(map(_what_is_asked, distinct), await side_by_side(distinct, one, MAX_IMAGES), strict=True)
    verdicts = dict(told)
    if allowance.exceeded:
        call_at_hand().warn(
            f"near names were looked up for {_MOST_SUGGESTED} of the repositories that are not there; "
            "check the others in another call"
        )
    return tuple(verdicts[_what_is_asked(item)].model_copy(update=_place_of(item)) for item in found)


def summed_up(checks: tuple[ImageCheck, ...], wanted: Platform | None, document: Document | None) -> ImageChecks:
    """Return the answer for ``checks``, counted; what need not exist is neither fine nor failed."""
    faultless = [check for check in checks if check.error is None]
    good = sum(1 for check in faultless if check.exists and check.platform_available is not False)
    idle = sum(1 for check in faultless if check.exists is None)
    return ImageChecks(
        checks=checks,
        ok=good,
        failed=len(checks) - good - idle,
        total=len(checks),
        platform=str(wanted) if wanted else None,
        content_kind=document.kind if document else None,
    )


def _place_of(item: FoundReference) -> dict[str, object]:
    return {"line": item.line or None, "via": item.via or None, "used_by": item.used_by or None}


def _what_is_asked(item: FoundReference) -> tuple[str, str | None, str | None]:
    return item.text, item.problem, item.skipped


async def _verdict(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]],
    item: FoundReference,
    question: CheckQuestion,
    allowance: Allowance,
) -> ImageCheck:
    reference: Reference | None = None
    if item.skipped and not item.problem:
        return ImageCheck(image=item.text, warnings=(f"not looked up: {item.skipped}",))
    try:
        reference = _reference(item)
        with aside() as row:
            async with deadline(leaving(_RESERVE)):
                backend = await backend_for(reference)
                async with explaining(backend, reference, allowance):
                    check = await _look(backend, reference, item.text, question.wanted)
                if question.suggest_newer:
                    check = await _with_newer(check, backend, reference)
        return _noted(check, row)
    except PortcallError as error:
        return _failed(item, reference, error)
    except Exception:  # noqa: BLE001 - logged; the other references' verdicts are worth having
        _log.exception("internal_error")
        hint = "This is a bug in portcall or a plugin; the log holds the details."
        return _failed(item, reference, InternalError("portcall failed to look at this image", hint=hint))


def _noted(check: ImageCheck, row: Call) -> ImageCheck:
    """Return the verdict with what was learnt on the way to it."""
    warnings = (*check.warnings, *row.warnings)
    if row.as_of is not None:
        call_at_hand().rely_on(row.as_of)
        warnings = (*warnings, f"true as of {from_seconds(row.as_of)}; the registry could not be asked now")
    return check.model_copy(update={"warnings": warnings}) if warnings else check


def _reference(item: FoundReference) -> Reference:
    if item.problem:
        raise InvalidArgumentError(item.problem, hint="Give the value, or check the finished reference.")
    return parse_reference(item.text)


def _failed(item: FoundReference, reference: Reference | None, error: PortcallError) -> ImageCheck:
    # What is hidden may be there: that is for whoever knows more to say.
    absent = False if isinstance(error, NotFoundError) and not isinstance(error, HiddenError) else None
    return ImageCheck(image=item.text, exists=absent, error=_placed(error, reference))


def _placed(error: PortcallError, reference: Reference | None) -> ErrorInfo:
    info = ErrorInfo.of(error)
    if reference is None:
        return info
    place = {"registry": error.registry or reference.registry, "reference": reference.familiar}
    return info.model_copy(update=place)


async def _look(backend: RegistryBackend, reference: Reference, image: str, wanted: Platform | None) -> ImageCheck:
    top, manifest = await _cheapest(backend, reference, wanted)
    check = ImageCheck(image=image, exists=True, reference=reference.pinned(top.digest), digest=top.digest)
    if manifest is None:
        return check
    return check.model_copy(update=await _told_by(backend, reference, manifest, wanted))


async def _told_by(
    backend: RegistryBackend, reference: Reference, manifest: StoredManifest, wanted: Platform | None
) -> dict[str, object]:
    """Return what the manifest tells for nothing, and whether it has the platform that matters."""
    content = manifest.content
    platforms = content.platforms if isinstance(content, Index) else ()
    told: dict[str, object] = {"created": to_rfc3339(content.annotations.get(_CREATED))}
    if wanted is not None:
        try:
            platforms, told["platform_available"] = await _availability(backend, reference, manifest, wanted)
        except PortcallError as error:
            # The image is there, whatever became of its parts.
            told["error"] = _placed(error, reference)
    return told | {"platforms": tuple(dict.fromkeys(str(platform) for platform in platforms))}


async def _with_newer(check: ImageCheck, backend: RegistryBackend, reference: Reference) -> ImageCheck:
    """Add the newest releases of the same make; failing to look is told, and spoils nothing."""
    if not check.exists:
        return check
    tag = reference.tag
    if tag is None or parse_version(tag) is None:
        return check.model_copy(update={"warnings": (*check.warnings, _NO_VERSION)})
    problem, newer = None, None
    try:
        async with deadline(leaving(_RESERVE_OF_ONE)):
            collected = await collect_tags(backend, reference.repository)
    except PortcallError as error:
        problem = error.message
    else:
        problem = collected.problem
        tags = collected.tags
        newer = await beside_the_loop(len(tags), lambda: newer_releases(tag, (each.name for each in tags)))
    warning = (f"there may be newer releases than were found: {problem}",) if problem else ()
    found = newer or Newer()
    told = {
        "newer": found.newest,
        "newer_in_major": found.in_major,
        "none_newer": problem is None and found.newest is None,
        "warnings": (*check.warnings, *warning),
    }
    return check.model_copy(update=told)


async def _cheapest(
    backend: RegistryBackend, reference: Reference, wanted: Platform | None
) -> tuple[Descriptor, StoredManifest | None]:
    """Ask no more than the question needs: where pulls are metered and no platform matters, a HEAD."""
    if backend.meters_pulls and wanted is None:
        return await backend.resolve(reference.repository, reference.identifier), None
    manifest = await backend.get_manifest(reference.repository, reference.identifier)
    readable = manifest.media_type in media_types.INDEXES | media_types.MANIFESTS
    return manifest.descriptor, manifest if readable else None


async def _availability(
    backend: RegistryBackend, reference: Reference, manifest: StoredManifest, wanted: Platform
) -> tuple[tuple[Platform, ...], bool | None]:
    """Return the platforms on offer, and whether ``wanted`` is among them; ``None`` where none is told."""
    content = manifest.content
    if isinstance(content, Index):
        selection = await select(backend, reference.repository, content, wanted)
        unclear = selection.position is None and not selection.is_whole
        return selection.platforms, None if unclear else selection.position is not None
    platform = await platform_of(backend, reference.repository, content)
    return ((), None) if platform is None else ((platform,), platform.serves(wanted) is not None)
