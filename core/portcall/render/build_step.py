"""One build step of an image's history, for reading."""

from __future__ import annotations

from portcall.render.untrusted import shortened, visible


def build_step(command: str | None) -> str:
    """Return a build step on one line, without the shell's and the builder's own noise."""
    if not command:
        return ""
    text = " ".join(visible(command, 2000).removesuffix("# buildkit").split())
    if text.startswith("/bin/sh -c #(nop)"):
        text = text.removeprefix("/bin/sh -c #(nop)").lstrip()
    elif text.startswith(("/bin/sh -c ", "RUN /bin/sh -c ")):
        text = "RUN " + text.partition("/bin/sh -c ")[2]
    return shortened(text, 240)
