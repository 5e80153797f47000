"""The renderer: a model becomes Markdown, the decisive fact first."""

from __future__ import annotations

from functools import singledispatch

from portcall.models import Answer, ErrorInfo, ImageChecks, ImageDetail, ManifestDetail, RegistryList, TagList
from portcall.render.checks import checks_text
from portcall.render.image import image_text
from portcall.render.manifest import manifest_text
from portcall.render.registries import registries_text
from portcall.render.tags import tags_text
from portcall.render.untrusted import code, plain_line


@singledispatch
def _body(answer: Answer) -> str:
    raise TypeError(f"no renderer for {type(answer).__name__}")


_body.register(ImageDetail, image_text)
_body.register(ManifestDetail, manifest_text)
_body.register(TagList, tags_text)
_body.register(ImageChecks, checks_text)
_body.register(RegistryList, registries_text)


def render(answer: Answer | ErrorInfo) -> str:
    """Return an answer, or an error, as compact Markdown."""
    if isinstance(answer, ErrorInfo):
        return error_text(answer)
    parts = [_body(answer)]
    if answer.stale:
        parts.append(f"**Stale:** true as of {answer.as_of}; the registry could not be asked.")
    parts += [f"**Note:** {plain_line(warning)}." for warning in answer.warnings]
    return "\n\n".join(parts)


def error_text(error: ErrorInfo) -> str:
    """Return ``code: what failed, where. Next step.``, with what some hosts would otherwise not show."""
    parts = [f"{error.code}: {plain_line(error.message, 500).rstrip('.')}.", plain_line(error.hint, 500)]
    if error.retry_after is not None:
        parts.append(f"Retry after {error.retry_after:.0f} seconds.")
    named = [name for name in error.candidates[:20] if name not in error.hint]
    if named:
        parts.append(f"Candidates: {', '.join(code(name, 128) for name in named)}.")
    return " ".join(part for part in parts if part)
