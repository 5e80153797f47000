"""A small scanner of Markdown: which parts of a text are code, by CommonMark's rules for fences and spans."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,})([^`]*)\Z")


def outside_code(text: str) -> str:
    """Return ``text`` without what stands in fences and code spans, which are replaced by a ``▮`` each."""
    outside: list[str] = []
    paragraph: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and len(found[1]) >= len(fence) and not found[2].strip():
                fence = ""
            continue
        if found:
            outside += [_without_spans("\n".join(paragraph)), "▮"]
            paragraph, fence = [], found[1]
        elif not line.strip():
            # A code span ends with its paragraph at the latest.
            outside.append(_without_spans("\n".join(paragraph)))
            paragraph = []
        else:
            paragraph.append(line)
    outside.append(_without_spans("\n".join(paragraph)))
    return "\n".join(outside)


def _without_spans(paragraph: str) -> str:
    """Return a paragraph's text outside of code spans: a run of backticks closes with one as long."""
    kept: list[str] = []
    at = 0
    while at < len(paragraph):
        if paragraph[at] == "\\" and paragraph[at + 1 : at + 2] == "`":
            kept.append(paragraph[at : at + 2])
            at += 2
            continue
        if paragraph[at] != "`":
            kept.append(paragraph[at])
            at += 1
            continue
        run = len(paragraph[at:]) - len(paragraph[at:].lstrip("`"))
        closing = re.compile(rf"(?<!`)`{{{run}}}(?!`)").search(paragraph, at + run)
        kept.append("▮" if closing else paragraph[at : at + run])
        at = closing.end() if closing else at + run
    return "".join(kept)
