"""Lines of a Dockerfile, laid out so that each text stays the one instruction, or the comment, that it is.

The texts are other people's: nothing in them may end a line, continue it, or open a heredoc that would swallow,
or let in, what follows.
"""

from __future__ import annotations

import re

from portcall.documents.words import iter_words, unquote

#: What somebody, if not a Dockerfile's reader, takes for the end of a line.
_LINE_ENDS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_OTHER_LINE_ENDS = re.compile(r"[\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_HEREDOC = re.compile(r"[0-9]*<<-?(?P<name>[^<]+)\Z")
_WITH_HEREDOCS = re.compile(r"(?:ONBUILD\s+)?(?:ADD|COPY|RUN)\s", re.IGNORECASE)
_MAY_OPEN_HEREDOC = re.compile(r"(?:^|\s)[0-9]*<<(?!<)")
#: Where a line was continued, as the blanks tell that the next one was indented with.
_INDENTED = re.compile(r" *\t[ \t]*| {3,}|  (?=&&|\|\|)")
_CHAINED = re.compile(r"""(?P<quoted>"(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|\\.)|(?P<gap> )&& """, re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~?&*-]+\Z")
_LONG_LINE = 100
_LONGEST_COMMENT = 600
_INDENT = "    "


def one_line(text: str) -> str:
    """Return a text without its line ends."""
    return _LINE_ENDS.sub(" ", text).strip()


def comment(text: str) -> str:
    """Return a text as one line of comment, cut where it goes on and on."""
    words = one_line(text)
    return f"# {words if len(words) <= _LONGEST_COMMENT else words[:_LONGEST_COMMENT] + ' …'}".rstrip()


def instruction(keyword: str, arguments: str, escape: str) -> str:
    """Return an instruction on one line; heredocs that it opens are closed at once.

    What they held is in no history.
    """
    line = _sealed(f"{keyword} {one_line(arguments)}".rstrip(), escape)
    if "<<" not in line or _WITH_HEREDOCS.match(line) is None:
        return line
    names = (_HEREDOC.match(word[0]) for word in iter_words(line, escape))
    return "\n".join((line, *(unquote(match["name"], escape) for match in names if match)))


def run(command: str, escape: str) -> str:
    """Return ``RUN`` with a shell's command, broken into lines where it seems that it was."""
    text = _OTHER_LINE_ENDS.sub(" ", command.replace("\r\n", "\n")).strip()
    if "\n" in text or _MAY_OPEN_HEREDOC.search(text):
        return _as_heredoc(text)
    return "RUN " + _sealed(_folded(text, escape), escape)


def quoted(value: str, escape: str, *, is_literal: bool) -> str:
    """Return a value of ``ENV``, ``LABEL`` or ``ARG`` as it has to be written.

    Args:
        value: What it means.
        escape: The Dockerfile's escape character.
        is_literal: Whether ``$`` in it is one, and not a variable's.
    """
    if _PLAIN.match(value):
        return value
    special = f'["{re.escape(escape)}{"$" if is_literal else ""}]'
    return f'"{re.sub(special, lambda match: escape + match[0], value)}"'


def _sealed(line: str, escape: str) -> str:
    """Return a line that the next one does not continue: a final escape character is doubled."""
    line = line.rstrip(" \t")
    return line + escape if line.endswith(escape) and not line.endswith(escape * 2) else line


def _as_heredoc(text: str) -> str:
    lines = set(text.split("\n"))
    name, number = "EOF", 1
    while name in lines:
        number += 1
        name = f"EOF{number}"
    return f"RUN <<{name}\n{text}\n{name}"


def _folded(text: str, escape: str) -> str:
    gaps = [match.span() for match in _INDENTED.finditer(text)]
    indent = ""
    if not gaps and len(text) > _LONG_LINE:
        gaps = [match.span("gap") for match in _CHAINED.finditer(text) if match["gap"]]
        indent = _INDENT
    pieces, at = [], 0
    for start, end in gaps:
        # A line may end here unless the next would be empty, or a comment, or this one would not go on.
        if text[start - 1] != escape and text[end : end + 1] not in {"", "#"}:
            # Nothing is lost: a continued line keeps the blanks that it begins with.
            stop = start + (text[start] == " ")
            pieces.append(f"{text[at:stop]}{escape}\n{indent}")
            at = stop
    return "".join((*pieces, text[at:]))
