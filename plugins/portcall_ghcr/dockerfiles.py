"""Searching Dockerfiles: in all code with a token, else among the paths of the repositories that match.

Source: gh-spec, ``GET /search/code``: a token, ten a minute, the default branch, files below 384 KB, never
without a word.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from portcall.errors import ForbiddenError, InvalidArgumentError, NotFoundError, PortcallError, UnauthorizedError
from portcall.models import DockerfileInfo
from portcall.plugin import DockerfilePage, count, listing, mapping, read_rows, text
from portcall_ghcr.api import MOST_ROWS, TEXT_MATCHES
from portcall_ghcr.files import Found, find_dockerfiles, is_dockerfile
from portcall_ghcr.problems import where_a_token_goes
from portcall_ghcr.rows import SourceRepository
from portcall_ghcr.search import find_sources
from portcall_ghcr.words import Words, named_source

if TYPE_CHECKING:
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.names import SourceName
    from portcall_ghcr.rows import Rows

#: Repositories whose paths are looked through for words: each costs one of sixty requests an hour.
_MOST_TREES = 3
#: What every query for Dockerfiles means anyway.
_UNSAID = frozenset({"dockerfile", "dockerfiles", "containerfile"})
_BY_CODE = (
    "found by GitHub's code search, in all public code there, and in private code only where the query names its "
    "repository: that an image is made of it is not checked; default branches alone, and no large files"
)


async def search_dockerfiles(api: GitHubApi, rows: Rows, query: str, limit: int) -> DockerfilePage:
    """Return Dockerfiles that match; in one repository alone, where the query names it.

    Raises:
        InvalidArgumentError: The query has no word in it.
        NotFoundError: The repository whose address it holds is missing, or hidden.
    """
    named = named_source(query)
    if named is None:
        return await _search(api, rows, None, query, limit)
    try:
        return await _search(api, rows, named.name, named.rest, limit)
    except (ForbiddenError, NotFoundError, UnauthorizedError) as error:
        if named.is_certain:
            raise
        page = await _search(api, rows, None, query, limit)
        told = f"the query was taken for words, and for no repository's name: {error.message}"
        return DockerfilePage(page.dockerfiles, (told, *page.warnings))


async def _search(api: GitHubApi, rows: Rows, name: SourceName | None, query: str, limit: int) -> DockerfilePage:
    if name is None:
        Words.of(query).required()
    words = Words.of(" ".join(word for word in query.split() if word.lower() not in _UNSAID))
    refusal: PortcallError | None = None
    if await api.has_token():
        try:
            return await _by_code(api, rows, name, words, limit)
        except (ForbiddenError, UnauthorizedError) as error:
            refusal = error
    page = await (_in(api, rows, name, words) if name else _in_best(api, rows, words))
    told = () if refusal is None else (f"GitHub searched no code: {refusal.message}",)
    return DockerfilePage(page.dockerfiles[:limit], (_by_path(api), *told, *words.warnings, *page.warnings))


def _by_path(api: GitHubApi) -> str:
    return (
        "found by their paths in repositories at GitHub: that an image is made of them is not checked, and "
        f"nothing in them is searched without a token ({where_a_token_goes(api.registry)})"
    )


async def _by_code(
    api: GitHubApi, rows: Rows, name: SourceName | None, words: Words, limit: int
) -> DockerfilePage:
    what = "search for code"
    place = f" repo:{name.full}" if name else ""
    query: dict[str, str | int] = {
        # Every Dockerfile has FROM in it, should there be no other word.
        "q": f"{words.text or 'FROM'} filename:Dockerfile{place}",
        "per_page": min(limit, MOST_ROWS),
    }
    try:
        told = await api.ask(("search", "code"), query, what=what, public=False, accept=TEXT_MATCHES)
    except InvalidArgumentError as error:
        if name is None:
            raise
        # 422 is what a search is answered in a place that is not there, or not to be seen (gh-spec).
        raise NotFoundError(
            f"GitHub has no code of {name.full} to search, or does not show it to this caller",
            hint="Check the name.",
            registry=api.registry,
        ) from error
    # A private one is told where its repository was named, and not by the words in it.
    open_ones = [row for row in api.rows(told, what, "items") if name is not None or not _is_private(row)]
    found, warnings = read_rows(open_ones, lambda row: _code(rows, row))
    shown = tuple(info for info in found if is_dockerfile(info.path or ""))
    if mapping(told.document).get("incomplete_results") is True:
        warnings += ("GitHub ran out of time, and found some of them alone",)
    elif told.goes_on and len(shown) < limit:
        warnings += (f"only the first {query['per_page']} that GitHub found were looked at; narrow the query",)
    return DockerfilePage(shown, (_BY_CODE, *words.warnings, *warnings))


def _is_private(row: object) -> bool:
    """Tell whether a row is a file of a private repository; one that makes no sense is none."""
    source = SourceRepository.read(mapping(row).get("repository"))
    return source is not None and source.is_private


def _code(rows: Rows, row: object) -> DockerfileInfo | None:
    told = mapping(row)
    source, path = SourceRepository.read(told.get("repository")), text(told.get("path"))
    if source is None or path is None:
        return None
    fragments = (text(mapping(match).get("fragment")) for match in listing(told.get("text_matches")))
    return _info(
        rows,
        source.name,
        path,
        size=count(told.get("file_size")),
        excerpt="\n…\n".join(fragment.strip("\n") for fragment in fragments if fragment) or None,
        web_url=rows.address(told.get("html_url")),
    )


async def _in(api: GitHubApi, rows: Rows, name: SourceName, words: Words) -> DockerfilePage:
    return _page(rows, name, await find_dockerfiles(api, name), words)


async def _in_best(api: GitHubApi, rows: Rows, words: Words) -> DockerfilePage:
    """Return what is in the repositories that match best; the words are the repository's then, not the path's."""
    part = await find_sources(api, words.required(), size=_MOST_TREES)
    sources, warnings = read_rows(part.rows, SourceRepository.read)
    trees = await asyncio.gather(*(_tree(api, rows, source.name) for source in sources))
    problems = [tree for tree in trees if isinstance(tree, PortcallError)]
    if problems and len(problems) == len(trees):
        raise problems[0]
    pages = [tree for tree in trees if isinstance(tree, DockerfilePage)]
    told = (
        _looked_through(len(sources)),
        *(f"one was not: {problem.message}" for problem in problems),
        *part.warnings,
        *warnings,
        *(warning for page in pages for warning in page.warnings),
    )
    # One of each in turn would tear apart what belongs together.
    found = tuple(info for page in pages for info in page.dockerfiles)
    return DockerfilePage(found, tuple(dict.fromkeys(filter(None, told))))


def _looked_through(repositories: int) -> str:
    if repositories == 1:
        return "only the repository that matches best was looked through"
    return f"only the {repositories} repositories that match best were looked through" if repositories else ""


async def _tree(api: GitHubApi, rows: Rows, name: SourceName) -> DockerfilePage | PortcallError:
    try:
        return _page(rows, name, await find_dockerfiles(api, name), Words(""))
    except NotFoundError:
        return DockerfilePage(())  # nothing was committed yet
    except PortcallError as error:
        return error


def _page(rows: Rows, name: SourceName, found: Found, words: Words) -> DockerfilePage:
    wanted = words.text.lower().split()
    sizes = {path: size for path, size in found.sizes.items() if all(word in path.lower() for word in wanted)}
    warnings = found.warnings
    if found.is_cut:
        warnings += (f"{name.full} has more paths than GitHub tells; there may be others",)
    return DockerfilePage(tuple(_info(rows, name, path, size=size) for path, size in sizes.items()), warnings)


def _info(
    rows: Rows,
    name: SourceName,
    path: str,
    *,
    size: int | None,
    excerpt: str | None = None,
    web_url: str | None = None,
) -> DockerfileInfo:
    return DockerfileInfo(
        repo=f"{rows.host}/{name.full}",
        path=path,
        size=size,
        excerpt=excerpt,
        origin="source",
        exact=True,
        web_url=web_url or file_page(rows, name, path, None),
    )


def file_page(rows: Rows, name: SourceName, path: str, revision: str | None) -> str:
    """Return the page of a file at a revision; that of the default branch without one."""
    return f"{rows.site}/{name.full}/blob/{quote(revision or 'HEAD')}/{quote(path)}"
