"""What can be wrong with a layer."""

from __future__ import annotations

from portcall.errors import TooLargeError, UpstreamError


class HeaderFault(Exception):  # noqa: N818 - never leaves the reader, which knows what is read and where
    """A header that breaks its format; the text says how, in our own words."""


class ChecksumFault(HeaderFault):
    """A header whose bytes do not add up: most likely no header at all."""


def cut_off(what: str) -> UpstreamError:
    """Return the error for a layer that ends in the middle."""
    return UpstreamError(
        f"{what} is cut off: it ends before its archive does",
        hint="Ask again; if it stays so, it was pushed incomplete, and its publisher has to push it anew.",
    )


def damaged(what: str, compression: str) -> UpstreamError:
    """Return the error for compressed data that cannot be unpacked."""
    return UpstreamError(
        f"{what} is damaged: its {compression} data cannot be unpacked",
        hint="Ask again; if it stays so, its publisher has to push it anew.",
    )


def no_archive(what: str) -> UpstreamError:
    """Return the error for a layer that holds something else than files."""
    return UpstreamError(
        f"{what} is no archive: neither tar nor tar packed with gzip or zstd",
        hint="It may be encrypted, or belong to an artifact that is no image: see its media type in get_manifest.",
    )


def too_much(what: str, why: str) -> TooLargeError:
    """Return the error for a layer that would take more than it may."""
    return TooLargeError(
        f"{what} {why}",
        hint="It is made to exhaust whoever unpacks it, or simply too large; it was not read any further.",
    )
