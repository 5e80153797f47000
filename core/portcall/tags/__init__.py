"""Tags: which one is really the newest, which ones are wanted, which one was meant."""

from portcall.tags.moving import moving_tags
from portcall.tags.nearest import nearest
from portcall.tags.newer import Newer, newer_releases, newer_than
from portcall.tags.order import VersionKey, newest_stable, version_key
from portcall.tags.pattern import TagPattern
from portcall.tags.version import TagVersion, is_referrer_tag, parse_version

__all__ = [
    "Newer",
    "TagPattern",
    "TagVersion",
    "VersionKey",
    "is_referrer_tag",
    "moving_tags",
    "nearest",
    "newer_releases",
    "newer_than",
    "newest_stable",
    "parse_version",
    "version_key",
]
