"""The Dockerfile that an image's labels or provenance point to.

Whoever pushed the image wrote them: they are asked for as anybody may ask, and lead to Dockerfiles alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, UnsupportedError
from portcall.models import DockerfileInfo
from portcall_ghcr.dockerfiles import file_page
from portcall_ghcr.files import File, find_dockerfiles, is_dockerfile, read_file
from portcall_ghcr.sources import Source, checked_path, checked_revision

if TYPE_CHECKING:
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.rows import Rows

_USUAL = "Dockerfile"


async def get_source_dockerfile(
    api: GitHubApi, rows: Rows, source: str, revision: str | None, path: str | None
) -> DockerfileInfo:
    """Return a Dockerfile of a source repository.

    Args:
        api: The API.
        rows: Knows GitHub's pages.
        source: Its address; what that says of revision and folder counts where nothing else is given, and leads
            to no file that is not called as Dockerfiles are.
        revision: Commit, tag or branch.
        path: Of the Dockerfile, below the folder in the address, if there is one.

    Raises:
        NotFoundError: No such repository, revision or file, or it is hidden.
        UnsupportedError: The source is elsewhere.
    """
    place, host = Source.parse(source), rows.host
    if place is None or place.host != host:
        raise UnsupportedError(
            f"{api.registry} reads sources at {host} alone",
            hint=f"Give the address of a repository there: https://{host}/owner/name.",
            registry=api.registry,
        )
    revision = checked_revision(revision or place.revision)
    folder, given = checked_path(place.path), checked_path(path or "")
    wanted = "/".join(filter(None, (folder, given)))
    file = await _read(api, place, wanted, revision, is_given=bool(given))
    return _told(rows, place, file, revision)


async def _read(api: GitHubApi, place: Source, wanted: str, revision: str | None, *, is_given: bool) -> File:
    """Return the file that is meant: the one of that path, or the likeliest below it.

    One that is called otherwise than Dockerfiles are is meant where the caller gave its path alone.
    """
    if is_dockerfile(wanted):
        file = await read_file(api, place.name, wanted, revision)
        if file is not None:
            return file
    usual = f"{wanted}/{_USUAL}".lstrip("/")
    try:
        file = await read_file(api, place.name, usual, revision)
    except NotFoundError:
        file = None
    if file is None and is_given and not is_dockerfile(wanted):
        file = await _of_other_name(api, place, wanted, revision)
    return file or await _likeliest(api, place, wanted, revision)


async def _likeliest(api: GitHubApi, place: Source, folder: str, revision: str | None) -> File:
    found = await find_dockerfiles(api, place.name, revision, anonymous=True)
    below = [path for path in found.sizes if path.startswith(f"{folder}/" if folder else "")]
    more = ("GitHub told some of the paths alone",) if found.is_cut else ()
    for path in below:
        file = await read_file(api, place.name, path, revision)
        if file is not None:
            others = (f"it is the likeliest of {len(below)} Dockerfiles there",) if len(below) > 1 else ()
            return File(path, file.content, (*file.warnings, *others, *more))
    where = f"{place.full}{f' below {folder}' if folder else ''}{f' at {revision}' if revision else ''}"
    raise NotFoundError(
        f"there is no Dockerfile in {where}",
        hint="It may be made while the image is built, or lie in another repository."
        + (" GitHub told some of the paths alone." if more else ""),
        registry=api.registry,
    )


async def _of_other_name(api: GitHubApi, place: Source, path: str, revision: str | None) -> File | None:
    """Return the file of that path, which is not called as Dockerfiles are."""
    try:
        return await read_file(api, place.name, path, revision)
    except NotFoundError:
        return None


def _told(rows: Rows, place: Source, file: File, revision: str | None) -> DockerfileInfo:
    warnings, exact = list(file.warnings), True
    try:
        content = file.content.decode()
    except UnicodeDecodeError:
        content, exact = file.content.decode("utf-8", "replace"), False
        warnings.append("it is not in UTF-8: what could not be read is replaced")
    if revision is None:
        warnings.append("it is that of the default branch: no revision was given")
    return DockerfileInfo(
        repo=place.full,
        path=file.path,
        content=content,
        size=len(file.content),
        origin="source",
        exact=exact,
        claimed=True,
        web_url=file_page(rows, place.name, file.path, revision),
        warnings=tuple(warnings),
    )
