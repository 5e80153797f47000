"""Verdicts on images as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.untrusted import code, plain_line

if TYPE_CHECKING:
    from portcall.models import ImageCheck, ImageChecks


def checks_text(answer: ImageChecks) -> str:
    """Return the count first, then one row for each reference, the failed ones told why."""
    total = answer.ok + answer.failed
    verdict = "all exist" if not answer.failed else f"{answer.failed} of {total} failed"
    scope = f" for {answer.platform}" if answer.platform else ""
    found = f" found in this {plain_line(answer.content_kind, 40)}" if answer.content_kind else ""
    title = f"# {total} image{'' if total == 1 else 's'}{found}, {verdict}{scope}"
    return "\n\n".join((title, "\n".join(_row(check) for check in answer.checks)))


def _row(check: ImageCheck) -> str:
    where = f"line {check.line}: " if check.line else ""
    if check.exists is None:
        verdict = "could not be checked"
    elif not check.exists:
        verdict = "**missing**"
    elif check.platform_available is False:
        verdict = "exists, **but not for this platform**"
    else:
        verdict = "exists"
    facts = [
        f"`{check.digest}`" if check.digest else "",
        ", ".join(plain_line(platform, 60) for platform in check.platforms),
        f"created {check.created}" if check.created else "",
        _reason(check),
        *(plain_line(warning) for warning in check.warnings),
    ]
    return " · ".join((f"- {where}{code(check.image, 300)} {verdict}", *(fact for fact in facts if fact)))


def _reason(check: ImageCheck) -> str:
    if check.error is None:
        return ""
    reason = f"{check.error.code}: {plain_line(check.error.message)}. {plain_line(check.error.hint)}"
    if check.error.retry_after is not None:
        reason += f" Retry after {check.error.retry_after:.0f} seconds."
    return reason
