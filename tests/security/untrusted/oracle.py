"""One judge of all answers: what a reader, a Markdown viewer, a terminal and a JSON parser would make of them.

It asks a real CommonMark parser, and a list of characters of its own: nothing of portcall's is trusted.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from tests.security.untrusted.payloads import FORGED, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

#: All that our answers are built of.
_BLOCKS = frozenset({"heading", "paragraph", "bullet_list", "ordered_list", "list_item", "fence", "inline"})
_INLINE = frozenset({"text", "text_special", "code_inline", "softbreak", "strong"})
#: What changes how words look, and nothing else: a sentence may well have a star in it.
_LOOKS = frozenset({"em", "s"})
_INFO = frozenset({"text", "json", "diff", "dockerfile", "markdown", "base64"})
#: Fences that hold rows of ours; the others hold documents, whose lines are their author's.
_ROWS = frozenset({"text", "diff"})
#: What viewers make a link without being asked.
_ADDRESS = re.compile(r"\w://|\bwww\.\w|\w@[\w-]+\.\w", re.IGNORECASE)
#: Unicode's Default_Ignorable_Code_Point, and the blank of Braille; categories have the others.
_IGNORABLE = (
    *(range(0x034F, 0x0350), range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810)),
    *(range(0x2065, 0x2066), range(0x2800, 0x2801), range(0x3164, 0x3165), range(0xFE00, 0xFE10)),
    *(range(0xFFA0, 0xFFA1), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000)),
)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ENDS = re.compile(r"\r\n|\r|\n")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def faults_in_text(text: str, *, document: bool = False, words: bool = False) -> list[str]:
    """Return what is wrong with an answer's Markdown.

    Args:
        text: The answer.
        document: Whether its fence without another name holds a document, not rows of ours.
        words: Whether the word may stand outside of code, as in a sentence of our own that was forged for a
            test: nothing in it may be live all the same.
    """
    environment: dict[str, Any] = {}
    found = list(_hiding(text))
    lines = _ENDS.split(text)
    for token in _MARKDOWN.parse(text, environment):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind not in _BLOCKS:
            found.append(f"a block that is none of ours: {token.type}")
        elif kind == "fence":
            found += _of_fence(token, lines, document=document)
        elif kind == "heading" and not token.markup.startswith("#"):
            found.append("a heading by underlining")
        for child in token.children or ():
            found += _of_span(child, words=words)
    found += [f"a definition of a link: {name}" for name in environment.get("references", ())]
    return found


def faults_in_json(value: Any) -> list[str]:
    """Return what is wrong with an answer's JSON: what hides in it, addresses that run, hints that quote."""
    found = []
    for path, text in _strings(value):
        found += [f"{path}: {fault}" for fault in _hiding(text)]
        key = path.rpartition(".")[2]
        if key == "hint" and WORD in text:
            found.append(f"{path}: quotes others")
        if key in {"web_url", "url"} and not text.startswith(("https://", "http://")):
            found.append(f"{path}: no address of a page")
    return found


def faults_on_terminal(shown: str, *, document: bool = False) -> list[str]:
    """Return what would move a cursor, set a title, or begin a row that is none of ours.

    Args:
        shown: All that was written to a terminal: colours are ours, and everything else is not.
        document: Whether somebody's document is shown, whose lines are their author's.
    """
    plain = _COLOUR.sub("", shown.replace("\r\n", "\n"))
    found = list(_hiding(plain))
    # Blinking, hiding and fonts are no colours of ours.
    codes = {code for run in _COLOUR.findall(shown) for code in run[2:-1].split(";")}
    found += [f"an effect that is none of ours: {code}" for code in sorted(codes & {"5", "6", "8", "28"})]
    rows = [] if document else [line.lstrip(" ─│├└") for line in plain.split("\n")]
    found += ["a row that is forged" for row in rows if row.startswith(FORGED)]
    return found


def _of_fence(token: Token, lines: list[str], *, document: bool) -> Iterator[str]:
    assert token.map is not None
    begin, end = token.map
    if lines[end - 1].strip() != token.markup or end - begin < 2:
        yield "a fence that does not close"
    if token.info not in _INFO:
        yield f"a fence that is none of ours: {token.info!r}"
    if token.level or set(token.markup) != {"`"}:
        yield f"a fence in another place or shape: {token.markup!r}"
    if token.info in _ROWS and not document:
        rows = token.content.split("\n")
        yield from ("a row that is forged" for row in rows if row.lstrip(" +-!").startswith(FORGED))


def _of_span(token: Token, *, words: bool) -> Iterator[str]:
    kind = token.type.removesuffix("_open").removesuffix("_close")
    if kind not in _INLINE | (_LOOKS if words else frozenset()):
        yield f"live: {token.type} {token.attrs or token.content!r}"
    if kind in {"text", "text_special"}:
        if not words and WORD in token.content:
            yield f"words outside of code: {token.content[:80]!r}"
        if _ADDRESS.search(token.content):
            yield f"an address outside of code: {token.content[:80]!r}"


def _hiding(text: str) -> Iterator[str]:
    try:
        text.encode()
    except UnicodeEncodeError:
        yield "it cannot be sent: there are halves of characters in it"
    if text.isascii() and text.isprintable():
        return
    for character in sorted(set(text) - {"\n", "\t"}):
        if unicodedata.category(character) in _HIDDEN or any(ord(character) in each for each in _IGNORABLE):
            yield f"U+{ord(character):04X} hides"


def _strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.(a key)", key
            yield from _strings(item, f"{path}.{key}" if json.dumps(key).isascii() else path)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, path)
