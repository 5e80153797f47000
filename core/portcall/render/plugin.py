"""An answer that nobody here knows, a plugin's, as Markdown."""

from __future__ import annotations

import json
import re

from portcall.models import Answer
from portcall.render.untrusted import fenced, visible

#: What is told beside every answer.
_TOLD_BESIDE = set(Answer.model_fields)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")


def plugin_text(answer: Answer) -> str:
    """Return what kind of answer it is, and the answer as JSON: whose words are in it, nobody knows."""
    fields = answer.model_dump(mode="json", exclude=_TOLD_BESIDE)
    written = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    heading = _WORD.sub(" ", type(answer).__name__).strip()
    return f"**{heading}**\n\n{fenced(visible(written, len(written)), 'json')}"
