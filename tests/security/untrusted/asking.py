"""Questions to strangers: every tool, and what each is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.security.untrusted.payloads import WORD
from tests.security.untrusted.strangers import HOST, IMAGES, MIXTURES, TAG, file_name, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Question = tuple[str, dict[str, Any]]

_OF_AN_IMAGE = (
    *("get_image_details", "get_manifest", "search_tags", "get_repository", "get_dockerfile"),
    *("analyze_dockerfile", "check_base_image"),
)
_LINES = [" ".join(word.split()) for word in MIXTURES]
#: What is read as a Dockerfile, and what is not.
_FROM = "".join(f"FROM {line}\n" for line in MIXTURES)
_NAME = f"{WORD}`[x](y)"
_COMPOSE = f"services:\n  '{_NAME}':\n    image: ${{ZQXJ}}\n  b:\n    image: 'zqxj ` [x](y)'\n"
_DOCKERFILE = "FROM alpine\n" + "".join(
    f"FROM --platform={_NAME} ${{{WORD}:-{_NAME}}} AS {_NAME}{at}\nRUN {line}\nUSER {line}\nEXPOSE {line}\n"
    f"HEALTHCHECK CMD {line}\nCOPY --from={_NAME} {line} /\nLABEL a={line}\n# {line}\n"
    for at, line in enumerate(_LINES)
)


def questions() -> Iterator[Question]:
    """Yield whatever there is to ask: of images, of vendors, and about files that somebody pasted."""
    for number in IMAGES:
        yield from _of_image(number)
    for registry in ("docker.io", "quay.io", "ghcr.io"):
        yield from _of_vendor(registry, f"{registry}/evil/stranger{'' if registry == 'ghcr.io' else 0}")
    yield "search_images", {"query": "stranger", "registry": "all", "limit": 30}
    yield "search_dockerfiles", {"query": WORD}
    yield "list_registries", {"probe": True}
    yield "check_images", {"content": _FROM, "suggest_newer": True}
    yield "check_images", {"content": _COMPOSE}
    yield "check_images", {"images": list(MIXTURES)}
    yield "analyze_dockerfile", {"content": _FROM}
    yield "analyze_dockerfile", {"content": _DOCKERFILE}
    yield "check_images", {"content": _DOCKERFILE}
    yield "analyze_dockerfile", {"content": "\n".join(MIXTURES)}
    for tool in (*_OF_AN_IMAGE, "get_vulnerabilities"):
        # A caller may well repeat what a stranger told it to ask.
        yield tool, {"image_name": f"{HOST}/{MIXTURES[0]}:1"}


def _of_image(number: int) -> Iterator[Question]:
    name = f"{HOST}/evil/{number}"
    first, other = f"{name}:1.0", f"{HOST}/evil/{(number + 1) % len(IMAGES)}"
    for tool in _OF_AN_IMAGE:
        yield tool, {"image_name": first}
    for tag in ("platforms", "artifact", TAG):
        for tool in ("get_image_details", "get_manifest", "analyze_layers"):
            yield tool, {"image_name": f"{name}:{tag}"}
    yield "get_image_details", {"image_name": f"{name}:platforms", "platform": "linux/s390x"}
    yield "analyze_layers", {"image_name": first, "deep": True}
    listed = [first, f"{name}:{TAG}x", f"{name}:platforms", f"{name}:artifact", other]
    yield "check_images", {"images": listed, "suggest_newer": True}
    yield "check_images", {"images": [f"{name}:platforms"], "platform": "linux/amd64"}
    yield "compare_images", {"image_a": first, "image_b": f"{other}:1.0", "files": True}
    yield "compare_images", {"image_a": first, "image_b": f"{name}:platforms"}
    yield "compare_images", {"image_a": f"{name}:platforms", "image_b": f"{other}:platforms"}
    yield from _of_files(first, words_of(number))


def _of_files(image: str, words: tuple[str, ...]) -> Iterator[Question]:
    yield "list_files", {"image_name": image, "path": "/etc"}
    yield "list_files", {"image_name": image, "pattern": "**", "limit": 9}
    yield "list_files", {"image_name": image, "pattern": f"*{words[0][:40]}*"}
    name = file_name(f"0 {words[0]}")
    for path in ("/etc/0.link", "/srv/0.link", f"/home/{name}", f"/home/{name}/.cache"):
        yield "list_files", {"image_name": image, "path": path}
    for path in ("/etc/all", "/etc/os-release", "/etc/0.link", "/srv/0.link", "/etc/0.hard", f"/etc/{name}"):
        yield "read_file", {"image_name": image, "path": path, "max_bytes": 9000}


def _of_vendor(registry: str, image: str) -> Iterator[Question]:
    yield "search_images", {"query": "stranger", "registry": registry, "limit": 30}
    yield "search_users", {"query": "evil", "registry": registry}
    yield "list_repositories", {"namespace": "evil", "registry": registry}
    yield "get_repository", {"image_name": image, "readme": True}
    yield "search_tags", {"image_name": image}
    yield "search_tags", {"image_name": f"{image}:1.0"}
    yield "get_vulnerabilities", {"image_name": f"{image}:1.0"}
    yield "get_dockerfile", {"image_name": f"{image}:1.0"}
    yield "get_image_details", {"image_name": f"{image}:{TAG}x"}
