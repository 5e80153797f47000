"""What the tests of images build, and how they look into it."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import Any

import zstandard
from hypothesis import strategies as st

from portcall.testing import (
    BuiltImage,
    Compression,
    Step,
    executable,
    image,
    layer,
)

PACKINGS: tuple[Compression, ...] = ("gzip", "gzip-stored", "gzip-members", "zstd", "zstd-frames", "none")
NAMES = st.lists(st.text("abcxyz.é-", min_size=1, max_size=12).filter(lambda n: n not in {".", ".."}), max_size=4)


def members(archive: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getmembers()


def unpack(blob: bytes, how: Compression) -> bytes:
    if how in {"zstd", "zstd-frames"}:
        return zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read()
    return blob if how == "none" else gzip.decompress(blob)


def service(**options: Any) -> BuiltImage:
    return image(
        [
            layer({"etc/os-release": "ID=debian\n"}, command="ADD rootfs /"),
            Step('CMD ["bash"]'),
            layer({"srv/app": executable("#!/bin/sh\n")}, command="COPY app /srv/"),
        ],
        steps=["USER app", 'ENTRYPOINT ["/srv/app"]'],
        **options,
    )
