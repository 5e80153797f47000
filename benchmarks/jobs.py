"""The jobs: how portcall does each, how a person does it with another tool, and the answer that all must give."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from place import RefusedError
from session import Session
from stage import ASKED, MANY_TAGS, PLATFORM, Content, platform_image

#: Facts by name. An answer may tell fewer than are known; what it tells must be so.
Facts = dict[str, Any]

NEWEST = 25


@dataclass(frozen=True, slots=True)
class Way:
    """A way to do a job from the shell, as a person would.

    Attributes:
        line: The line of shell; ``{at}`` stands for the registry.
        read: Returns the facts in what it printed.
    """

    line: str
    read: Callable[[bytes], Facts]

    def facts(self, output: bytes) -> Facts:
        """Return the facts.

        Raises:
            RefusedError: there are none.
        """
        try:
            return self.read(output)
        except (ValueError, KeyError) as error:
            raise RefusedError(f"what it printed cannot be read: {error!r}") from None


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked, how, and what is true.

    Attributes:
        title: Heads its column.
        truth: The facts, from how the content was made.
        agent: Asks portcall in a session; the second argument is the registry.
        ways: From the shell, by the candidate's name.
        is_long: Whether it takes so long that fewer rounds have to do.
    """

    title: str
    truth: Facts
    agent: Callable[[Session, str], Awaitable[Facts]]
    ways: Mapping[str, Way]
    is_long: bool = False

    def accept(self, told: Facts) -> None:
        """Take an answer for good.

        Raises:
            RefusedError: something in it is not so, or it tells nothing.
        """
        wrong = [fact for fact, value in told.items() if self.truth[fact] != value]
        if wrong or not told:
            raise RefusedError(f"{', '.join(wrong) or 'nothing'} is not as it was pushed")


def all_jobs(held: Content) -> list[Job]:
    """Return the jobs, as the table's columns."""
    return [details(held), every_tag(held), newest_tags(held), fifty(held)]


def details(held: Content) -> Job:
    """Return the job to tell manifest and configuration of one platform."""
    built = held.images[ASKED]
    chosen = platform_image(built)
    truth = {
        "index digest": built.digest,
        "manifest digest": chosen.digest,
        "configuration digest": chosen.config_digest,
        "layers": [each["digest"] for each in chosen.document["layers"]],
        "entrypoint": list(chosen.config["config"]["Entrypoint"]),
    }

    async def agent(session: Session, at: str) -> Facts:
        return _of_portcall(await session.call("get_image_details", image_name=f"{at}/{ASKED}", platform=PLATFORM))

    system, architecture = PLATFORM.split("/")
    override = f"--override-os {system} --override-arch {architecture}"
    pick_one, raw = f"--platform {PLATFORM} {{at}}/{ASKED}", "--format raw-body"
    ways = {
        "portcall": Way(f"exec portcall inspect --json {pick_one}", _json(_of_portcall)),
        "skopeo": Way(f"exec skopeo {override} inspect --no-tags docker://{{at}}/{ASKED}", _json(_of_skopeo)),
        "crane": Way(f"crane manifest {pick_one} && crane config {pick_one}", _of_raw_pair),
        "regctl": Way(
            f"regctl manifest get {raw} {pick_one} && regctl image inspect {raw} {pick_one}", _of_raw_pair
        ),
    }
    return Job("details", truth, agent, ways)


def _of_portcall(told: dict[str, Any]) -> Facts:
    return {
        "index digest": told["digest"],
        "manifest digest": told["platform_digest"],
        "configuration digest": told["config_digest"],
        "layers": [each["digest"] for each in told["layers"]],
        "entrypoint": told["entrypoint"],
    }


def _of_skopeo(told: dict[str, Any]) -> Facts:
    return {"index digest": told["Digest"], "layers": told["Layers"]}


def _of_raw_pair(output: bytes) -> Facts:
    """Return the facts in a manifest and a configuration that were printed byte for byte."""
    manifest, config = documents(output)
    return {
        "manifest digest": _digest(manifest),
        "configuration digest": _digest(config),
        "layers": [each["digest"] for each in json.loads(manifest)["layers"]],
        "entrypoint": json.loads(config)["config"]["Entrypoint"],
    }


def every_tag(held: Content) -> Job:
    """Return the job to list 3,000 tags to the last; portcall gives an agent a page at a time."""

    async def agent(session: Session, at: str) -> Facts:
        names: list[str] = []
        cursor = ""
        while True:
            page = await session.call("search_tags", image_name=f"{at}/{MANY_TAGS}", limit=1000, cursor=cursor)
            names += [tag["name"] for tag in page["tags"]]
            if not (cursor := page.get("next_cursor") or ""):
                return {"tags": sorted(names)}

    page = f'portcall tags {{at}}/{MANY_TAGS} --limit 1000 --json --cursor "$c"'
    next_cursor = r"""sed -n 's/^  "next_cursor": "\(.*\)".*/\1/p'"""
    pages = f'while p=$({page}) && echo "$p" && c=$(echo "$p" | {next_cursor}) && [ "$c" ]; do :; done'
    read = {"skopeo": _json(_of_list), "crane": _of_lines, "regctl": _of_lines}
    ways = {tool: Way(f"exec {line}", read[tool]) for tool, line in _LISTINGS.items()}
    ways = {"portcall": Way(pages, _of_pages), **ways}
    return Job(f"{len(held.tags):,} tags", {"tags": sorted(held.tags)}, agent, ways)


_LISTINGS = {
    "skopeo": f"skopeo list-tags docker://{{at}}/{MANY_TAGS}",
    "crane": f"crane ls {{at}}/{MANY_TAGS}",
    "regctl": f"regctl tag ls {{at}}/{MANY_TAGS}",
}


def _of_pages(output: bytes) -> Facts:
    return {"tags": sorted(tag["name"] for page in documents(output) for tag in json.loads(page)["tags"])}


def _of_list(told: dict[str, Any]) -> Facts:
    return {"tags": sorted(told["Tags"])}


def _of_lines(output: bytes) -> Facts:
    return {"tags": sorted(output.decode().split())}


def newest_tags(held: Content) -> Job:
    """Return the job to tell the newest versions among 3,000 tags: the question that an agent has."""

    async def agent(session: Session, at: str) -> Facts:
        return _of_page(await session.call("search_tags", image_name=f"{at}/{MANY_TAGS}", limit=NEWEST))

    plain = r"""sed -n 's/^ *"\([0-9.]*\)",*$/\1/p' | """
    ways = {"portcall": Way(f"exec portcall tags {{at}}/{MANY_TAGS} --limit {NEWEST} --json", _json(_of_page))} | {
        tool: Way(
            f"{line} | {plain if tool == 'skopeo' else ''}sort -rV | head -n {NEWEST}",
            lambda output: {"newest": output.decode().split()},
        )
        for tool, line in _LISTINGS.items()
    }
    return Job(f"newest {NEWEST} of them", {"newest": list(held.tags[: -NEWEST - 1 : -1])}, agent, ways)


def _of_page(page: dict[str, Any]) -> Facts:
    return {"newest": [tag["name"] for tag in page["tags"]]}


def fifty(held: Content) -> Job:
    """Return the job to tell whether fifty references exist, and their digests."""
    truth = {"digests": sorted(held.images[name].digest for name in held.checked)}

    async def agent(session: Session, at: str) -> Facts:
        return _of_checks(await session.call("check_images", images=[f"{at}/{name}" for name in held.checked]))

    ways = {"portcall": Way(f"{_references(held)} | xargs portcall check --json", _json(_of_checks))}
    for tool, line, read in (
        ("skopeo", "skopeo inspect --raw docker://", _of_manifests),
        ("crane", "crane digest ", _of_digests),
        ("regctl", "regctl image digest ", _of_digests),
    ):
        for name, at_once in ((tool, 1), (f"{tool}, 8 at a time", 8)):
            ways[name] = Way(f"{_references(held)} | xargs -P{at_once} -I@ {line}@", read)
    return Job(f"{len(held.checked)} references", truth, agent, ways, is_long=True)


def _references(held: Content) -> str:
    return f"printf '%s\\n' {' '.join(f'{{at}}/{name}' for name in held.checked)}"


def _of_checks(told: dict[str, Any]) -> Facts:
    return {"digests": sorted(check["digest"] for check in told["checks"] if check["exists"])}


def _of_manifests(output: bytes) -> Facts:
    return {"digests": sorted(map(_digest, documents(output)))}


def _of_digests(output: bytes) -> Facts:
    return {"digests": sorted(output.decode().split())}


def documents(output: bytes) -> list[bytes]:
    """Return the JSON documents that were printed one after the other, byte for byte."""
    text = output.decode()
    decoder = json.JSONDecoder()
    found: list[bytes] = []
    while text := text.lstrip():
        _, end = decoder.raw_decode(text)
        found.append(text[:end].encode())
        text = text[end:]
    return found


def _digest(document: bytes) -> str:
    return f"sha256:{sha256(document).hexdigest()}"


def _json(read: Callable[[dict[str, Any]], Facts]) -> Callable[[bytes], Facts]:
    return lambda output: read(json.loads(output))
