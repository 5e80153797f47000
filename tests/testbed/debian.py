"""A real Debian, made here: mmdebstrap installs it, buildah builds an image upon it. Needs root, and a mirror."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.layout import TAG, run
from tests.testbed.sharing import locked

SUITE = "bookworm"
CACHE = Path.home() / ".cache" / "portcall-testbed"
_NEEDED = ("mmdebstrap", "buildah", "umoci", "skopeo", "tar")
_UNWANTED = ("doc", "man", "locale", "info")
_MIRROR = re.compile(r"https?://\S+/debian/?(?=\s|$)")
#: Real whiteouts, an emptied folder, and what a build leaves behind.
_CONTAINERFILE = """\
FROM scratch
ADD rootfs.tar /
ENV LANG=C.UTF-8
RUN groupadd -g 1000 app && useradd -u 1000 -g app app && echo gone > /tmp/x && echo kept > /etc/app.conf
RUN rm -rf /tmp/x /usr/share/bash-completion /etc/motd && ln /etc/app.conf /etc/app.again
RUN rm -rf /etc/apt && mkdir /etc/apt && echo new > /etc/apt/only && chmod 4755 /usr/bin/env
COPY app.sh /usr/local/bin/app
USER 1000:1000
ENTRYPOINT ["/usr/local/bin/app"]
"""


@dataclass(frozen=True, slots=True)
class DebianImage:
    """An image in buildah's own store, which copies of it are taken from.

    Attributes:
        name: Its name in the store.
        folder: Where the store is.
    """

    name: str
    folder: Path

    def copy_to(self, destination: str, form: str = "oci") -> None:
        """Write the image to ``docker://…`` or ``oci:…``; ``form`` is buildah's ``--format``."""
        logins = self.folder / "auth.json"  # nobody's, but it has to be there
        logins.write_text("{}")
        options = ["--quiet", "--tls-verify=false", f"--authfile={logins}", "--format", form]
        run(*_buildah(self.folder), "push", *options, self.name, destination)

    def layout(self, folder: Path, form: str = "oci") -> Path:
        """Write the image as an OCI layout, tagged ``TAG``; returns ``folder``."""
        self.copy_to(f"oci:{folder}:{TAG}", form)
        return folder


def why_not() -> str | None:
    """Return what is missing to make an image; ``None`` for nothing."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        return f"apt-get install {' '.join(missing)}: a real Debian image takes them"
    return None if os.geteuid() == 0 else "a real Debian image is made by root alone"


def debian_tar(cache: Path = CACHE) -> Path:
    """Return the archive of a minimal Debian, 125 MB; made once for all runs, in some 45 s.

    Raises:
        RuntimeError: It cannot be made here; with the reason.
    """
    if reason := why_not():
        raise RuntimeError(reason)
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"debian-{SUITE}.tar"
    with locked(archive.with_suffix(".lock")):
        if not archive.exists():
            _install(archive)
    return archive


def debian_image(folder: Path) -> DebianImage:
    """Return a Debian upon which buildah has run commands, each a layer of its own.

    Raises:
        RuntimeError: It cannot be made here; with the reason.
    """
    context = folder / "context"
    context.mkdir(parents=True)
    shutil.copyfile(debian_tar(), context / "rootfs.tar")
    (context / "app.sh").write_text("#!/bin/sh\nexec sleep 1000\n")
    (context / "Containerfile").write_text(_CONTAINERFILE)
    made = DebianImage("portcall-debian", folder)
    build = ["bud", "--quiet", "--isolation", "chroot", "--layers", "--tag", made.name]
    run(*_buildah(folder), *build, str(context))
    return made


def _install(archive: Path) -> None:
    lean = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in _UNWANTED]
    made = archive.with_suffix(".new.tar")
    run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", *lean, SUITE, str(made), *_mirror())
    made.rename(archive)


def _mirror() -> list[str]:
    """Return the mirror that this machine uses, which may be the only one within reach."""
    places = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    texts = [place.read_text(errors="replace") for place in places if place.is_file()]
    return [found[0] for text in texts if (found := _MIRROR.search(text))][:1]


def _buildah(folder: Path) -> list[str]:
    """Return the beginning of a command that leaves the machine's own store alone."""
    return ["buildah", "--root", str(folder / "storage"), "--runroot", str(folder / "run")]
