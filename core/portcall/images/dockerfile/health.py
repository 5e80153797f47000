r"""``HEALTHCHECK``, which builders print as a Go structure.

``&{["CMD-SHELL" "curl -f localhost"] "30s" "10s" "0s" '\x03'}`` is the classic builder's
and older BuildKit's, ``{Test:[CMD-SHELL curl -f localhost] Interval:30s … Retries:3}`` what
BuildKit prints since.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.images.dockerfile.go_values import as_json, read_strings, unquoted

if TYPE_CHECKING:
    from portcall.oci.config import Health

_QUOTED = re.compile(
    r"""&?\{(?P<test>\[.*\])\s+"(?P<interval>[^"]*)"\s+"(?P<timeout>[^"]*)"\s+"(?P<start>[^"]*)"\s+"""
    r"""(?:"(?P<often>[^"]*)"\s+)?'(?P<retries>.+)'\}\Z""",
    re.DOTALL,
)
_NAMED = re.compile(
    r"&?\{Test:\[(?P<test>.*)\] Interval:(?P<interval>\S+) Timeout:(?P<timeout>\S+) StartPeriod:(?P<start>\S+)"
    r"(?: StartInterval:(?P<often>\S+))? Retries:(?P<retries>[0-9]{1,6})\}\Z",
    re.DOTALL,
)
_DURATION = re.compile(r"(?!0s\Z)(?:[0-9]{1,12}(?:\.[0-9]{1,12})?(?:h|m|s|ms|us|µs|ns))+\Z")
_FLAGS = {"interval": "interval", "timeout": "timeout", "start": "start-period", "often": "start-interval"}
#: Longer is no check that anybody would write, and would be searched for its end in vain.
_LONGEST = 1 << 15


def write_health(text: str, health: Health | None) -> str:
    """Return flags and command of a health check; the text itself where it is in no form that is known.

    Args:
        text: What follows ``HEALTHCHECK`` in the history.
        health: The one in force in the end, which tells its words apart.
    """
    if len(text) > _LONGEST:
        return text
    quoted, named = _QUOTED.match(text), _NAMED.match(text)
    match = quoted or named
    if match is None:
        return text
    test = read_strings(match["test"]) or _test(match["test"], health)
    if not test or test == ["NONE"]:
        return "NONE"
    flags = [f"--{flag}={match[name]}" for name, flag in _FLAGS.items() if _DURATION.match(match[name] or "")]
    retries = _as_number(match["retries"]) if quoted else int(match["retries"])
    flags += [f"--retries={retries}"] if retries else []
    kind, *words = test
    command = " ".join(words) if kind == "CMD-SHELL" else as_json(words if kind == "CMD" else test)
    return " ".join((*flags, "CMD", command))


def _test(text: str, health: Health | None) -> list[str]:
    """Return a test whose words are told without quotes."""
    if health is not None and " ".join(health.test) == text:
        return list(health.test)
    kind, _, command = text.partition(" ")
    return [kind, command] if kind == "CMD-SHELL" else text.split()


def _as_number(text: str) -> int:
    r"""Return a number that was printed as the character of that code: ``\x03``."""
    character = unquoted(text)
    return ord(character) if len(character) == 1 else 0
