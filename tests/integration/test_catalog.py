"""Docker's own registry tells what it holds: 250 repositories, listed and searched by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.testbed import content as c
from tests.testbed import registry as real
from tests.testbed.push import PushClient

from portcall.errors import NotFoundError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.testbed.registry import RealRegistry
    from tests.testbed.token_server import TokenServer

    from portcall import Portcall

pytestmark = pytest.mark.anyio

#: In the registry's own order, for which a slash comes before all else: ``team-1/…`` is behind ``team/…``.
NAMES = (
    *(f"team/app-{number:03}" for number in range(120)),
    *(f"team/tools/lint-{number:03}" for number in range(80)),
    *(f"team-1/app-{number:03}" for number in range(49)),
    "zebra",
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    """A registry with 250 repositories: a few are pushed, the others are folders beside theirs."""
    folder = tmp_path_factory.mktemp("registry-catalog")
    with real.plain(folder) as running, PushClient(running) as client:
        client.blob("zebra", b"{}")
        client.manifest("zebra", "1", c.artifact("application/vnd.example.catalog"))
        repositories = real.storage(folder) / "docker/registry/v2/repositories"
        for name in NAMES[:-1]:
            (repositories / name).parent.mkdir(parents=True, exist_ok=True)
            (repositories / name).mkdir()
            for part in (repositories / "zebra").iterdir():
                (repositories / name / part.name).symlink_to(part)
        yield running


@pytest.fixture
def portcall(full: RealRegistry, gateway: Callable[..., Portcall]) -> Portcall:
    return gateway(full)


async def listed(portcall: Portcall, registry: RealRegistry, namespace: str, limit: int) -> list[str]:
    found, cursor = [], ""
    while True:
        page = await portcall.list_repositories(namespace, registry.netloc, limit, cursor)
        assert page.warnings == ()
        found += [image.name.removeprefix(f"{registry.netloc}/") for image in page.repositories]
        cursor = page.next_cursor or ""
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [7, 100, 1000])
async def test_every_repository_is_listed_once(portcall: Portcall, full: RealRegistry, limit: int) -> None:
    assert await listed(portcall, full, "", limit) == list(NAMES)


@pytest.mark.parametrize("namespace", ["team", "team/tools", "team-1"])
async def test_a_namespace_is_what_is_below_it(portcall: Portcall, full: RealRegistry, namespace: str) -> None:
    below = [name for name in NAMES if name.startswith(f"{namespace}/")]
    assert await listed(portcall, full, namespace, 50) == below


async def test_a_namespace_that_is_not_there_is_not_found(portcall: Portcall, full: RealRegistry) -> None:
    with pytest.raises(NotFoundError, match="lists no repository below tea/"):
        await portcall.list_repositories("tea", full.netloc)


async def test_images_are_found_by_name_and_can_be_asked_about(portcall: Portcall, full: RealRegistry) -> None:
    page = await portcall.search_images("zebra", full.netloc)
    (image,) = page.images
    assert "descriptions are not searched" in page.warnings[0]
    tags = await portcall.search_tags(image.name)
    assert [tag.name for tag in tags.tags] == ["1"]


async def test_the_registrys_own_pages_are_followed(full: RealRegistry, gateway: Callable[..., Portcall]) -> None:
    """A hundred at a time is its own choice; its Links lead on."""
    from portcall.reference import parse_reference

    distribution = gateway(full)._router.backend_for(parse_reference(full.reference("zebra"))).distribution
    found, sizes, cursor = [], [], None
    while not sizes or cursor is not None:
        page = await distribution.catalog(cursor=cursor)
        found += page.names
        sizes.append(len(page.names))
        cursor = page.next
    assert (tuple(found), sizes) == (NAMES, [100, 100, 50])


async def test_a_registry_with_a_password_lists_to_whoever_has_it(
    basic_registry: RealRegistry, gateway: Callable[..., Portcall], gateway_of: Callable[..., Portcall]
) -> None:
    page = await gateway(basic_registry).list_repositories("demo", basic_registry.netloc)
    assert page.repositories
    stranger = gateway_of({basic_registry.netloc: {"endpoint": basic_registry.url}})
    with pytest.raises(UnauthorizedError):
        await stranger.search_images("app", basic_registry.netloc)


async def test_a_token_for_the_whole_list_is_not_for_everybody(
    token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
) -> None:
    page = await gateway(token_registry).search_images("app", token_registry.netloc)
    assert page.images
    reader = gateway(token_registry.as_user("reader"))
    with pytest.raises(UnauthorizedError, match="does not show its list of repositories"):
        await reader.list_repositories("demo", token_registry.netloc)
