"""An image whose publisher means no good to whoever reads about it on a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from tests.testbed import content as c
from tests.testbed.push import encode

if TYPE_CHECKING:
    from tests.testbed.push import PushClient

#: Sets the window's title, clears the screen, blinks, turns the line round, hides, and forges a row.
HOSTILE = (
    "good\x1b]0;pwned\x07\x1b[2J\x1b[5mblink\x9b5m\u202edehsup\u202c\u2066x\u2069\u200bzero\u00adsoft\ufeff"
    "\rforged\x08\x00\x7f\n| row | forged |\n```\n# Heading [bold]markup[/bold] ![i](http://evil.example/i.png)"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PROGRESS = re.compile(r"\x1b\[(?:\?25[lh]|1A|2K)|\r")


def push_hostile_image(client: PushClient, repository: str, tag: str = "1") -> str:
    """Push an image with HOSTILE in every text that its configuration has; return its digest."""
    (base, *_) = c.root_filesystem("amd64", 100)
    config = c.image_config("amd64", (base,))
    config["author"] = HOSTILE
    config["config"] |= {
        "User": HOSTILE,
        "WorkingDir": HOSTILE,
        "StopSignal": HOSTILE,
        "Cmd": ["sh", "-c", HOSTILE],
        "Entrypoint": [HOSTILE],
        "Env": [f"EVIL={HOSTILE}"],
        "ExposedPorts": {HOSTILE: {}},
        "Volumes": {HOSTILE: {}},
        "Labels": {"hostile": HOSTILE, HOSTILE: "key"},
    }
    config["history"] = [{"created": c.CREATED, "created_by": HOSTILE, "comment": HOSTILE}]
    layer = c.gzipped(base)
    for data in (layer, encode(config)):
        client.blob(repository, data)
    manifest = {
        "schemaVersion": 2,
        "mediaType": c.OCI_MANIFEST,
        "config": c.descriptor(c.OCI_CONFIG, encode(config)),
        "layers": [c.descriptor(f"{c.OCI_LAYER}+gzip", layer)],
        "annotations": {"com.example.hostile": HOSTILE},
    }
    return client.manifest(repository, tag, manifest)


def control_characters(text: str) -> set[str]:
    """Return what of a text a terminal, or an eye, would be misled by; line ends are not."""
    return {
        character
        for character in text
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    }


def undrawn(shown: str) -> str:
    """Return what a terminal showed without the colours and the moving progress bar."""
    return _PROGRESS.sub("", _COLOURS.sub("", shown.replace("\r\n", "\n")))
