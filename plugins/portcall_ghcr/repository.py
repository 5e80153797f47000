"""One image in full: what its package tells a token, and what its source repository tells anybody."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, PortcallError
from portcall.plugin import mapping, text
from portcall_ghcr.names import SourceName
from portcall_ghcr.packages import get_package
from portcall_ghcr.rows import SourceRepository

if TYPE_CHECKING:
    from portcall.models import DockerImage
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.rows import Rows

Existing = Callable[[], Awaitable["DockerImage"]]


async def get_repository(
    api: GitHubApi, rows: Rows, repository: str, existing: Existing, *, readme: bool
) -> DockerImage:
    """Return what there is to tell of one image.

    Args:
        api: The API.
        rows: Reads its rows.
        repository: Path without host.
        existing: Asks the registry itself, which knows what there is.
        readme: Whether the README is wanted, too: the source repository's, for packages have none.

    Raises:
        NotFoundError: There is no such image, or it is hidden.
    """
    warnings: tuple[str, ...] = ()
    if await api.has_token():
        try:
            told = await get_package(api, repository)
            image, source = _of_package(api, rows, told.document, repository)
            return await _complete(api, rows, image, source, readme=readme, is_linked=True)
        except NotFoundError:
            pass
        except PortcallError as error:
            warnings = (f"the package is told without its dates: {error.message}. {error.hint}",)
    image = (await existing()).with_warnings(*warnings)
    name = SourceName.parse(repository)
    if name is None:
        return image
    try:
        source = await _source(api, name)
    except NotFoundError:
        return image
    except PortcallError as error:
        return image.with_warnings(f"GitHub does not tell of its source repository: {error.message}")
    return await _complete(api, rows, image, source, readme=readme, is_linked=False)


def _of_package(
    api: GitHubApi, rows: Rows, document: object, repository: str
) -> tuple[DockerImage, SourceRepository | None]:
    image = rows.package(document)
    if image is None or image.reference.partition("/")[2] != repository:
        raise api.nonsense(f"package {repository}")
    return image, SourceRepository.read(mapping(document).get("repository"))


async def _source(api: GitHubApi, name: SourceName) -> SourceRepository:
    what = f"source repository {name.full}"
    source = SourceRepository.read(api.object(await api.ask(name.api_path, what=what), what))
    if source is None:
        raise api.nonsense(what)
    return source


async def _complete(
    api: GitHubApi,
    rows: Rows,
    image: DockerImage,
    source: SourceRepository | None,
    *,
    readme: bool,
    is_linked: bool,
) -> DockerImage:
    """Return the image with what its source repository tells, and a word on where that is from."""
    if source is None:
        return image.with_warnings(
            *(("it is linked to no source repository: there is no README",) if readme else ())
        )
    address = f"{rows.host}/{source.name.full}"
    warnings = [f"its source repository {address} is archived"] if source.is_archived else []
    if not is_linked:
        warnings.append(f"description and stars are those of the repository of the same name, {address}")
    image = image.model_copy(update={"description": source.description, "stars": source.stars})
    if readme:
        content, told = await _readme(api, source.name)
        image = image.model_copy(update={"readme": content})
        warnings.append(told or f"the README is that of the source repository {address}")
    return image.with_warnings(*warnings)


async def _readme(api: GitHubApi, name: SourceName) -> tuple[str | None, str]:
    """Return the README; else why there is none."""
    what = f"README of {name.full}"
    try:
        told = api.object(await api.ask((*name.api_path, "readme"), what=what), what)
    except NotFoundError:
        return None, f"the source repository {name.full} has no README"
    except PortcallError as error:
        return None, f"there is no README: {error.message}"
    content = text(told.get("content"))
    try:
        decoded = base64.b64decode(content or "").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        decoded = ""
    if told.get("encoding") != "base64" or not decoded:
        return None, f"the README of {name.full} is empty, or too large to be told"
    return decoded, ""
