"""Whether images exist, many at once: what an agent asks before it writes a reference down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError, NotFoundError, PortcallError
from portcall.images.choice import choose
from portcall.images.missing import explain_missing
from portcall.images.together import side_by_side
from portcall.models import ErrorInfo, ImageCheck, ImageChecks
from portcall.oci import media_types
from portcall.oci.config import ImageConfig
from portcall.oci.manifest import Index
from portcall.reference import parse_reference
from portcall.timestamp import to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.documents import Document, FoundReference
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.progress import Progress
    from portcall.reference import Reference

#: Most references of one call.
MAX_IMAGES = 50
_CREATED = "org.opencontainers.image.created"


async def check_images(
    backend_for: Callable[[Reference], RegistryBackend],
    found: Sequence[FoundReference],
    wanted: Platform | None,
    progress: Progress | None = None,
) -> tuple[ImageCheck, ...]:
    """Return a verdict on each of ``found``, in order; each distinct reference is looked at once.

    Never raises for one reference: its error is its verdict.
    """
    done = 0
    distinct = list({item.text: item for item in found}.values())

    async def one(item: FoundReference) -> ImageCheck:
        nonlocal done
        verdict = await _verdict(backend_for, item, wanted)
        done += 1
        if progress is not None:
            await progress(done, len(distinct), "images checked")
        return verdict

    verdicts = dict(zip((item.text for item in distinct), await side_by_side(distinct, one), strict=True))
    return tuple(
        verdicts[item.text].model_copy(update={"line": item.line or None, "via": item.via or None})
        for item in found
    )


def summed_up(checks: tuple[ImageCheck, ...], wanted: Platform | None, document: Document | None) -> ImageChecks:
    """Return the answer for ``checks``, counted."""
    good = sum(1 for check in checks if check.exists and check.platform_available is not False)
    return ImageChecks(
        checks=checks,
        ok=good,
        failed=len(checks) - good,
        total=len(checks),
        platform=str(wanted) if wanted else None,
        content_kind=document.kind if document else None,
    )


async def _verdict(
    backend_for: Callable[[Reference], RegistryBackend], item: FoundReference, wanted: Platform | None
) -> ImageCheck:
    try:
        if item.problem:
            raise InvalidArgumentError(item.problem, hint="Give the value, or check the finished reference.")
        reference = parse_reference(item.text)
        return await _look(backend_for(reference), reference, item.text, wanted)
    except PortcallError as error:
        absent = False if isinstance(error, NotFoundError) else None
        return ImageCheck(image=item.text, exists=absent, error=ErrorInfo.of(error))


async def _look(backend: RegistryBackend, reference: Reference, image: str, wanted: Platform | None) -> ImageCheck:
    try:
        top, manifest = await _cheapest(backend, reference, wanted)
    except NotFoundError as error:
        raise await explain_missing(backend, reference, error) from error
    check = ImageCheck(image=image, exists=True, reference=reference.pinned(top.digest), digest=top.digest)
    if manifest is None:
        return check
    content = manifest.content
    created = to_rfc3339(content.annotations.get(_CREATED))
    platforms = content.platforms if isinstance(content, Index) else ()
    available: bool | None = None
    if wanted is not None:
        platforms, available = await _availability(backend, reference, manifest, wanted)
    return check.model_copy(
        update={
            "platforms": tuple(str(platform) for platform in platforms),
            "platform_available": available,
            "created": created,
        }
    )


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
        platforms = content.platforms
        if not platforms and content.images:
            choice = await choose(backend, reference.repository, manifest, None, wanted)
            platforms = choice.platforms
        return platforms, any(platform.serves(wanted) is not None for platform in platforms)
    if content.is_image and content.config is not None:
        config = ImageConfig.parse(await backend.get_blob(reference.repository, content.config))
        return (config.platform,), config.platform.serves(wanted) is not None
    return (), None
