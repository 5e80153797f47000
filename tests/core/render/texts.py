"""Texts of all kinds, for property tests: also those that UTF-8 cannot hold."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_AWKWARD = (
    "\ud800",
    "\udfff",
    "\x00",
    "\x1b",
    "\u202e",
    "\u200b",
    "\U000e0041",
    "\ufe0f",
    "`",
    "\n",
    "\r",
    "…",
    "\\",
)

ANYTHING = st.text(st.characters() | st.sampled_from(_AWKWARD), max_size=200)

#: Machines are slow at times; what is tested is what comes out.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
