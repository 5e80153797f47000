"""Verdicts on images as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.error import explained
from portcall.render.prose import prose
from portcall.render.quantity import counted, day
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import ImageCheck, ImageChecks


def checks_text(answer: ImageChecks) -> str:
    """Return the count first, then one row for each reference, the failed ones told why."""
    total = answer.ok + answer.failed
    if answer.failed:
        verdict = f"{answer.failed} of {counted(total, 'image')} failed"
    else:
        verdict = f"{counted(total, 'image')}, {'it exists' if total == 1 else 'all exist'}"
    scope = f" for {code(answer.platform)}" if answer.platform else ""
    found = f" ({answer.content_kind} content)" if answer.content_kind else ""
    title = f"# {verdict}{scope}{found}"
    return "\n\n".join((title, "\n".join([" · ".join(_facts(check, answer.platform)) for check in answer.checks])))


def _facts(check: ImageCheck, wanted: str | None) -> Iterator[str]:
    user = f", {code(check.used_by, 100)}" if check.used_by else ""
    where = f"line {check.line}{user}: " if check.line else ""
    yield f"- {where}{code(check.image)} {_verdict(check, wanted)}"
    if check.digest and check.digest not in check.image:
        yield code(check.digest)
    if check.created:
        yield f"created {day(check.created)}"
    if check.platforms and not wanted:
        yield code(", ".join(check.platforms), 600)
    if check.newer:
        in_major = f", in its major version {code(check.newer_in_major)}" if check.newer_in_major else ""
        yield f"newer: {code(check.newer)}{in_major}"
    if check.none_newer:
        yield "none newer"
    if check.error is not None:
        missing = check.exists is False
        yield explained(check.error) if missing else f"{check.error.code}: {explained(check.error)}"
    yield from map(prose, check.warnings)


def _verdict(check: ImageCheck, wanted: str | None) -> str:
    if check.exists is None:
        if check.error is None:
            return "not looked up"
        return "**missing, or hidden**" if check.error.code == "not_found" else "could not be checked"
    if not check.exists:
        return "**missing**"
    if check.platform_available is False:
        only = f", only for {code(', '.join(check.platforms), 600)}" if check.platforms else ""
        return f"exists, **but not for this platform**{only}"
    return "exists, for which platform is not told" if wanted and check.platform_available is None else "exists"
