"""A stretch of the text as it was given, which knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from portcall.errors import InvalidReferenceError

#: More than any reference or pasted address needs; what is longer is refused before anything else.
MAX_TEXT = 4096

#: The next step where the text has nothing in it that could be a reference.
EXAMPLE = "Give an image such as nginx:1.27 or ghcr.io/owner/name."

_HINTS = {
    **dict.fromkeys(" \t\r\n", "Give one reference, without a command or blanks."),
    **dict.fromkeys("$<>{}", "Put a value in the place of the placeholder."),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a text under reading, so that a fault found deep inside still has its place in the whole.

    Args:
        text: What the stretch says.
        start: Index of its first character in the text as given, from 0.
    """

    text: str
    start: int = 0

    @classmethod
    def given(cls, text: str) -> Span:
        """Return the whole of ``text`` without surrounding white space.

        Raises:
            InvalidReferenceError: more than ``MAX_TEXT`` characters; nothing else is looked at then.
        """
        if len(text) > MAX_TEXT:
            raise cls(text).fault(MAX_TEXT, f"the text is longer than {MAX_TEXT} characters", EXAMPLE)
        return cls(text.strip(), len(text) - len(text.lstrip()))

    def cut(self, begin: int, end: int | None = None) -> Span:
        """Return the stretch from ``begin`` to ``end``, counted from this one's own first character."""
        return Span(self.text[begin:end], self.start + begin)

    def partition(self, separator: str) -> tuple[Span, Span | None]:
        """Return what stands before the first ``separator``, and after it: ``None`` if there is none."""
        index = self.text.find(separator)
        if index < 0:
            return self, None
        return self.cut(0, index), self.cut(index + len(separator))

    def split(self, separator: str) -> tuple[Span, ...]:
        """Return the stretches between the separators; always at least one."""
        parts = []
        start = self.start
        for part in self.text.split(separator):
            parts.append(Span(part, start))
            start += len(part) + len(separator)
        return tuple(parts)

    def fault(self, index: int, message: str, hint: str) -> InvalidReferenceError:
        """Return the error, ready to raise, for the character at ``index`` of this stretch."""
        return InvalidReferenceError(message, position=self.start + index, hint=hint)

    def unexpected(self, index: int, where: str, hint: str) -> InvalidReferenceError:
        """Return the error for a character that does not belong ``where`` it stands, and name it.

        Only this one character is ever named, and only as itself where it is printable ASCII: the rest
        of the text may hold a secret or an escape sequence.
        """
        character = self.text[index]
        name = repr(character) if "!" <= character <= "~" else f"U+{ord(character):04X}"
        if character == "`":
            name = "backtick"  # within quotes, it would end what Markdown shows as code
        return self.fault(index, f"unexpected {name} in {where}", _HINTS.get(character, hint))
