"""``WWW-Authenticate``: what a registry wants before it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Characters of one header that are read; real ones are under a thousand.
MAX_HEADER = 8192

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: One comma-separated element: ``[scheme ]name=value``, where the value is a token or a quoted string.
_PARAMETER = re.compile(rf'(?:({_WORD})[ \t]+)?({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_SCHEME = re.compile(rf"({_WORD})(?:[ \t]+[A-Za-z0-9._~+/-]+=*)?(?=[ \t]*(?:,|$))")
_GAP = re.compile(r"[\s,]*")
_JUNK = re.compile(r"[^,]*")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate that a registry offers.

    Args:
        scheme: Lower-case: ``"bearer"``, ``"basic"``.
        parameters: By lower-case name: ``realm``, ``service``, ``scope``, ``error``.
    """

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.parameters.get(name, "")

    def without_scope(self) -> Challenge:
        """Return what of it holds for the next repository too."""
        kept = {name: value for name, value in self.parameters.items() if name in {"realm", "service"}}
        return Challenge(self.scheme, kept)


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Read every challenge of every ``WWW-Authenticate`` header, in order.

    Several may stand in one header, parameters may be quoted or not; what makes no sense is passed over.
    Never raises.

    Source: RFC 9110, "WWW-Authenticate".
    """
    return tuple(challenge for header in headers for challenge in _parse(header[:MAX_HEADER]))


def preferred_challenge(header: str) -> Challenge | None:
    """Return the best challenge of a header that can be answered: Bearer with a realm, else Basic."""
    challenges = parse_challenges([header])
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme and (scheme == "basic" or challenge["realm"]):
                return challenge
    return None


def _parse(header: str) -> list[Challenge]:
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while True:
        gap = _GAP.match(header, position)
        position = gap.end() if gap else position
        if position >= len(header):
            return [Challenge(scheme, parameters) for scheme, parameters in found]
        if match := _PARAMETER.match(header, position):
            scheme, name, quoted, plain = match.groups()
            if scheme:
                found.append((scheme.lower(), {}))
            if found:
                value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                found[-1][1].setdefault(name.lower(), value)
        elif match := _SCHEME.match(header, position):
            found.append((match[1].lower(), {}))
        else:
            match = _JUNK.match(header, position)
        position = max(match.end() if match else 0, position + 1)
