"""A repository with thousands of tags, quickly.

distribution needs 4 ms of CPU for each tag that is pushed: 3000 take 11 to 18 s on two cores, however
many connections push them. So a few are pushed, and the folders that the registry made for these get
more names, as symbolic links: a tag is a folder's name to its filesystem driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed import content as c

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.push import PushClient

REPOSITORY = "demo/tags"
MANY_TAGS = tuple(f"v{number // 100}.{number // 10 % 10}.{number % 10}" for number in range(3000))
_PUSHED = 30


def push_many_tags(client: PushClient, storage: Path) -> None:
    """Give ``demo/tags`` all of MANY_TAGS, over 30 manifests: tag number N has manifest N modulo 30."""
    client.blob(REPOSITORY, b"{}")
    for number, tag in enumerate(MANY_TAGS[:_PUSHED]):
        about = {"com.example.number": str(number)}
        client.manifest(REPOSITORY, tag, c.artifact("application/vnd.example.tag.v1", annotations=about))
    folder = storage / "docker/registry/v2/repositories" / REPOSITORY / "_manifests/tags"
    for number, tag in enumerate(MANY_TAGS[_PUSHED:], _PUSHED):
        (folder / tag).symlink_to(MANY_TAGS[number % _PUSHED])
