"""What is inside an image: portcall beside what people type, which copies it first.

``--quick`` for fewer rounds, ``--mib`` for the size of the image whose layers are all read. Takes docker-registry
and skopeo; mmdebstrap, as root, where the image is to be a real Debian.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import platform
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from filesystem import MIB, filesystem
from large_image import read_all_layers
from measuring import in_turns_awaited, print_grid
from place import Place, RefusedError
from session import Session, session
from tests.testbed import registry
from tests.testbed.push import PushClient
from tests.testbed.registry import RealRegistry
from trust import Trust

from portcall.testing import image, layer
from portcall.testing.images import BuiltImage, Layer, estargz, zstd_chunked

ASKED = "/etc/os-release"
#: Of the same image, which is asked about afterwards.
ANOTHER = "/etc/passwd"
BASELINE = "skopeo copy, tar xO *"
#: How a layer is packed, and what packs it.
FORMS: dict[str, Callable[[bytes], Layer]] = {
    "gzip": lambda archive: layer(tar=archive),
    "zstd": lambda archive: layer(tar=archive, compression="zstd"),
    "eStargz": lambda archive: estargz(tar=archive),
    "zstd:chunked": lambda archive: zstd_chunked(tar=archive),
}
#: ``etc/os-release`` is a link in most systems; ``tar`` is asked for both, and tells the one that is a file.
_BY_HAND = """\
skopeo --insecure-policy copy --quiet --dest-decompress docker://{at} dir:{folder} || exit
for layer in {layers}; do tar xOf {folder}/$layer ./etc/os-release ./usr/lib/os-release 2>/dev/null; done; true
"""

#: Returns the milliseconds that one reading takes, and the bytes of layers that were fetched for it.
Reading = Callable[[], Awaitable[tuple[float, int]]]


class Stored:
    """An image in the registry.

    Attributes:
        form: How its largest layer is packed.
        name: Repository and tag.
        built: The image.
        text: What ``/etc/os-release`` holds.
    """

    def __init__(self, form: str, archive: bytes, text: str) -> None:
        self.form = form
        self.name = f"systems/{form.lower().replace(':', '-')}:1"
        application = layer({"srv/app": "the application\n"}, command="COPY app /srv/")
        self.built: BuiltImage = image([FORMS[form](archive), application])
        self.text = text

    @property
    def size(self) -> int:
        """Bytes of all layers, as stored."""
        return sum(each["size"] for each in self.built.document["layers"])


def readings(stored: Stored, place: Place, folder: Path) -> dict[str, Reading]:
    """Return who reads the file; a star says that processes are started, and that their start counts."""
    return {
        "portcall, session: first look inside": partial(_first, stored, place, folder),
        "portcall, session: another file of it": partial(_then, stored, place, folder, ANOTHER),
        "portcall, session: asked again": partial(_then, stored, place, folder, ASKED),
        "portcall read *": partial(_typed, stored, place, folder),
        BASELINE: partial(_copied, stored, place, folder),
    }


async def _first(stored: Stored, place: Place, folder: Path) -> tuple[float, int]:
    async with _new_session(place, folder) as agent:
        return await _read(agent, stored, place, ASKED)


async def _then(stored: Stored, place: Place, folder: Path, path: str) -> tuple[float, int]:
    async with _new_session(place, folder) as agent:
        await _read(agent, stored, place, ASKED)
        return await _read(agent, stored, place, path)


def _new_session(place: Place, folder: Path) -> Any:
    """Return a session that knows nothing, from disk either."""
    return session(_nowhere(place, folder).environment())


def _nowhere(place: Place, folder: Path) -> Place:
    return Place(place.netloc, Path(tempfile.mkdtemp(dir=folder)), place.authorities)


async def _read(agent: Session, stored: Stored, place: Place, path: str) -> tuple[float, int]:
    before = agent.spent
    told = await agent.call("read_file", image_name=f"{place.netloc}/{stored.name}", path=path)
    if path == ASKED:
        _accept(stored, told)
    return agent.spent - before, told["bytes_fetched"]


async def _typed(stored: Stored, place: Place, folder: Path) -> tuple[float, int]:
    line = f"portcall call read_file image_name={place.netloc}/{stored.name} path={ASKED}"
    output, spent = _nowhere(place, folder).run(line)
    told = json.loads(output)
    _accept(stored, told)
    return spent, told["bytes_fetched"]


def _accept(stored: Stored, told: dict[str, Any]) -> None:
    text = told["content"] if told["encoding"] == "text" else base64.b64decode(told["content"]).decode()
    if text != stored.text:
        raise RefusedError("that is not what the file holds")


async def _copied(stored: Stored, place: Place, folder: Path) -> tuple[float, int]:
    layers = " ".join(each.partition(":")[2] for each in stored.built.config["rootfs"]["diff_ids"])
    with tempfile.TemporaryDirectory(dir=folder) as copied:
        line = _BY_HAND.format(at=f"{place.netloc}/{stored.name}", folder=f"{copied}/image", layers=layers)
        output, spent = place.run(line)
    if output.decode() != stored.text:
        raise RefusedError("that is not what the file holds")
    return spent, stored.size


async def read_one_file(images: Iterator[Stored], place: Place, rounds: int, folder: Path) -> None:
    """Print what it takes to read one small file of a system's image, however it is packed."""
    times: dict[str, dict[str, str]] = {}
    fetched: dict[str, dict[str, str]] = {}
    for stored in images:
        head = f"{stored.form}, {stored.size / MIB:.1f} MiB"
        times[head], fetched[head] = await _compared(stored, readings(stored, place, folder), rounds)
    print_grid(f"{ASKED}: median ms (of {rounds} runs), × of skopeo's; less is better", times)
    print_grid(f"{ASKED}: bytes of layers fetched, % of the image", fetched)


async def _compared(stored: Stored, who: dict[str, Reading], rounds: int) -> tuple[dict[str, str], dict[str, str]]:
    took: dict[str, int] = {}

    async def once(name: str) -> float:
        spent, took[name] = await who[name]()
        return spent

    results = await in_turns_awaited({name: partial(once, name) for name in who}, rounds)
    base = median(results[BASELINE])
    return (
        {name: f"{median(each):,.1f} {median(each) / base:6.3f}×" for name, each in results.items()},
        {name: f"{count:,} {count / stored.size:7.2%}" for name, count in took.items()},
    )


def _os_release(archive: Path) -> str:
    names = ["./etc/os-release", "./usr/lib/os-release"]
    done = subprocess.run(["tar", "xOf", archive, *names], capture_output=True, text=True, check=False)
    return done.stdout


def pushed(archive: Path, real: RealRegistry) -> Iterator[Stored]:
    """Yield the system's image in every form, each pushed."""
    content, text = archive.read_bytes(), _os_release(archive)
    for form in FORMS:
        stored = Stored(form, content, text)
        repository, _, tag = stored.name.partition(":")
        with PushClient(real) as client:
            for blob in stored.built.blobs.values():
                client.blob(repository, blob)
            client.manifest(repository, tag, stored.built.manifest, stored.built.media_type)
        yield stored


@contextmanager
def serving(folder: Path) -> Iterator[tuple[RealRegistry, Place]]:
    """Run docker-registry over TLS."""
    trust, home = Trust.made_in(folder), folder / "home"
    home.mkdir()
    with registry.tls(folder / "registry") as real:
        assert real.ca_file is not None
        trust.add(real.ca_file)
        yield real, Place(real.netloc, home, trust.authorities)


def main() -> None:
    parser = argparse.ArgumentParser(description="portcall beside skopeo, gzip and tar.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--mib", type=int, default=1024, help="unpacked size of the image that is read whole")
    asked = parser.parse_args()
    rounds = 2 if asked.quick else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = filesystem(folder)
        with serving(folder) as (real, place):
            print(f"\ndocker-registry over TLS, Python {platform.python_version()}")
            print("* the start of each process counts; a session's server has started, and said hello, before")
            asyncio.run(read_one_file(pushed(archive, real), place, rounds, folder))
            read_all_layers(archive, place, real, asked.mib, max(rounds - 2, 1), folder)


if __name__ == "__main__":
    main()
