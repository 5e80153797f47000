"""Tags: which one is really the newest, which ones are wanted, which one was meant."""

from portcall.tags.nearest import nearest
from portcall.tags.order import VersionKey, newer_than, newest_stable, version_key
from portcall.tags.pattern import TagPattern
from portcall.tags.version import TagVersion, is_referrer_tag, parse_version

__all__ = [
    "TagPattern",
    "TagVersion",
    "VersionKey",
    "is_referrer_tag",
    "nearest",
    "newer_than",
    "newest_stable",
    "parse_version",
    "version_key",
]
