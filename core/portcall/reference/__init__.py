"""Image references: what people write for an image, as a value. No I/O, no state.

>>> parse_reference("nginx:1.27")
Reference(registry='docker.io', repository='library/nginx', tag='1.27', digest=None)
>>> parse_reference("https://github.com/Acme/app/pkgs/container/app").familiar
'ghcr.io/acme/app'
>>> parse_prefix("ghcr.io/acme").covers("ghcr.io", "acmecorp/app")
False

`parse_reference` reads ``image_name``, `with_tag_argument` adds the tools' ``tag``, `parse_prefix` reads
the keys by which registries are routed.
"""

from __future__ import annotations

from portcall.reference.name import is_tag
from portcall.reference.parser import parse_reference
from portcall.reference.prefix import Prefix, parse_prefix
from portcall.reference.reference import Reference
from portcall.reference.tag_argument import with_tag_argument

__all__ = ["Prefix", "Reference", "is_tag", "parse_prefix", "parse_reference", "with_tag_argument"]
