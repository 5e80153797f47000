"""Rules about bases: what their registries say now, against what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.documents.dockerfile_from import may_be_stage
from portcall.documents.lint import Finding, Rule
from portcall.documents.lint.naming import named
from portcall.errors import InvalidReferenceError
from portcall.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.images.review.found_base import FoundBase
    from portcall.reference import Reference

_MOST_NAMED = 8

UNRESOLVED = Rule(
    "unresolved-base", "error", "Give its ARG, before the first FROM, a default.", frozenset({"DL3006"}), True
)
UNRESOLVED_SOURCE = Rule("unresolved-source", "warning", "Write the image out, or use a stage.", is_of_source=True)
MALFORMED = Rule("malformed-base", "error", "Write it like registry.example/team/app:1.2.")
MISSING = Rule("missing-base", "error", "Correct its name or tag.")
MISSING_DIGEST = Rule("missing-digest", "error", "Correct its digest, or name a tag.")
ARTIFACT = Rule("artifact-base", "error", "Name an image: an artifact, a Helm chart say, has no file system.")
PLATFORM = Rule("base-platform", "error", "Choose another base, or build for a platform that it has.")
LATEST = Rule(
    "latest-base",
    "warning",
    "Name a version, or the next build may differ.",
    frozenset({"DL3006", "DL3007"}),
    True,
)
PINNED = Rule("pinned-base", "info", "Pin it by its digest, so that each build gets the same.", is_of_source=True)
MOVED = Rule("moved-base", "info", "Take the new digest, for its fixes.", is_of_source=True)
NEWER = Rule("newer-base", "info", "Consider the newer version.")

RULES = (
    *(UNRESOLVED, UNRESOLVED_SOURCE, MALFORMED, MISSING, MISSING_DIGEST, ARTIFACT, PLATFORM),
    *(LATEST, PINNED, MOVED, NEWER),
)


def base_findings(found: FoundBase) -> Iterator[Finding]:
    """Yield what there is to say of one base, or of one other image that a Dockerfile uses."""
    base, line = found.base, found.base.line
    if base.problem is not None:
        if not found.is_told_elsewhere:
            rule = UNRESOLVED if base.via == "FROM" else UNRESOLVED_SOURCE
            yield Finding(rule, line, f"no image can be looked up: {base.problem}")
        return
    try:
        reference = parse_reference(base.image)
    except InvalidReferenceError as error:
        yield Finding(MALFORMED, line, f"this is no image reference: {error.message}")
        return
    if base.exists is False and reference.digest:
        yield _missing_digest(found, reference)
        return
    if found.is_artifact:
        yield Finding(ARTIFACT, line, f"{named(base.image, 'this')} is an artifact, no image")
        return
    yield from _told_by_registry(found)
    if base.via != "syntax":
        yield from _told_by_name(found, reference)


def _missing_digest(found: FoundBase, reference: Reference) -> Finding:
    base, line = found.base, found.base.line
    if not found.moved_to:
        said = f": {base.error.message}" if base.error is not None else ""
        return Finding(MISSING_DIGEST, line, f"{named(base.image, 'this image')} does not exist{said}")
    message = f"the tag exists, and stands for {found.moved_to} now; this digest does not exist"
    return Finding(MISSING_DIGEST, line, message, f"Write {reference.with_digest(found.moved_to).familiar}.")


def _told_by_registry(found: FoundBase) -> Iterator[Finding]:
    base, line, name = found.base, found.base.line, named(found.base.image, "this image")
    if base.exists is False and base.error is not None:
        near = ", ".join(base.error.candidates[:_MOST_NAMED])
        advice = f"Correct its name or tag; near ones: {near}." if near else ""
        yield Finding(MISSING, line, f"{name} does not exist: {base.error.message}", advice)
    if found.is_available is False:
        others = ", ".join(base.platforms[:_MOST_NAMED])
        advice = f"It is there for {others}." if others else ""
        yield Finding(PLATFORM, line, f"{name} is not for {found.wanted}", advice)
    if found.moved_to:
        yield Finding(MOVED, line, f"its tag stands for another digest by now: {found.moved_to}")
    if base.newer and base.exists:
        yield Finding(NEWER, line, f"{base.newer} is newer than {name}")


def _told_by_name(found: FoundBase, reference: Reference) -> Iterator[Finding]:
    base, name = found.base, named(found.base.image, "this image")
    if reference.digest:
        return
    if base.via in {"COPY --from", "RUN --mount"} and may_be_stage(base.image):
        return  # that no stage is called so is told: with a tag or without, it may be no image at all
    if reference.tag in {None, "latest"}:
        why = "names no version" if reference.tag is None else "is whatever came last"
        yield Finding(LATEST, base.line, f"{name} {why}")
    elif base.exists is not False:
        advice = f"Write {base.reference}, so that each build gets the same." if base.reference else ""
        yield Finding(PINNED, base.line, f"{name} may stand for another image tomorrow", advice)
