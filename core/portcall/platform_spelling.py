"""What was probably meant by a platform that is written in another way."""

from __future__ import annotations

import re

_SYSTEMS = {
    **{name: name for name in ("linux", "windows", "darwin", "freebsd", "wasip1", "js")},
    "macos": "darwin",
    "win": "windows",
}
_ARCHITECTURES = {
    **{
        name: name
        for name in ("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x", "wasm")
    },
    **dict.fromkeys(("x86_64", "x64", "x86-64"), "amd64"),
    **dict.fromkeys(("aarch64", "arm64v8", "armv8"), "arm64"),
    **dict.fromkeys(("x86", "i386", "i686"), "386"),
    **dict.fromkeys(("armv7", "arm32v7", "armhf", "armv7l"), "arm/v7"),
    **dict.fromkeys(("armv6", "arm32v6", "armel", "armv6l"), "arm/v6"),
}
_VARIANT = re.compile(r"v[0-9]{1,2}\Z")
#: Names with a separator of their own go first.
_WORDS = re.compile(r"x86[_-]64|[a-z0-9]+")


def is_architecture(text: str) -> bool:
    """Tell whether ``text`` is a processor's name, and so no operating system's."""
    return text.lower() in _ARCHITECTURES


def spelled(text: str) -> str | None:
    """Return ``os/arch[/variant]`` for what names one system and one processor in any order, else ``None``.

    >>> spelled("amd64/linux"), spelled("linux-arm64v8"), spelled("arm64/v8"), spelled("solaris")
    ('linux/amd64', 'linux/arm64', 'linux/arm64/v8', None)
    """
    words = _WORDS.findall(text.lower())
    systems = [_SYSTEMS[word] for word in words if word in _SYSTEMS]
    architectures = [_ARCHITECTURES[word] for word in words if word in _ARCHITECTURES]
    variants = [word for word in words if _VARIANT.match(word)]
    known = len(systems) + len(architectures) + len(variants) == len(words)
    if not known or len(architectures) != 1 or len(systems) > 1 or len(variants) > 1:
        return None
    return "/".join([*(systems or ["linux"]), *architectures, *variants])
