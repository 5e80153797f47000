"""``/search/repositories``, ``/search/code``, ``/search/users``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.doubles.ghcr.accounts import simple_user
from tests.doubles.ghcr.git import blob_sha
from tests.doubles.ghcr.pages import page_of, per_page
from tests.doubles.ghcr.refusals import RefusedError, api_refusal, invalid
from tests.doubles.ghcr.repositories import full_repository, minimal_repository

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.catalogue import Account
    from tests.doubles.ghcr.repository import Repository

    from portcall.testing import Reply

_LONGEST_QUERY = 256  # docs.github.com, "Search": "longer than 256 characters".
_FURTHEST = 1000  # The same: "up to 1,000 results for each search".
_LARGEST_FILE = 384 * 1024  # gh-spec, search/code.
_TEXT_MATCHES = "application/vnd.github.text-match+json"


@dataclass(frozen=True, slots=True)
class Query:
    """``q``, taken apart: words, and qualifiers by name."""

    words: tuple[str, ...]
    qualifiers: dict[str, list[str]]

    @classmethod
    def of(cls, call: Call) -> Query:
        """Return what was asked.

        Raises:
            RefusedError: 422, ``q`` is missing, empty or too long.
        """
        text = call.request.parameter("q") or ""
        if not text.strip():
            raise invalid("Search", "q", "missing")
        if len(text) > _LONGEST_QUERY:
            raise invalid("Search", "q", "invalid", "The search is longer than 256 characters.")
        if per_page(call) * call.number("page", 1) > _FURTHEST:
            raise RefusedError(api_refusal(422, "Only the first 1000 search results are available"))
        words: list[str] = []
        qualifiers: dict[str, list[str]] = {}
        for part in text.lower().split():
            name, colon, value = part.partition(":")
            if colon and name.isalpha():
                qualifiers.setdefault(name, []).append(value.strip('"'))
            else:
                words.append(part.strip('"'))
        return cls(tuple(words), qualifiers)

    def admits(self, repository: Repository) -> bool:
        """Tell whether the qualifiers of place let a repository be found."""
        owners = [*self.qualifiers.get("user", []), *self.qualifiers.get("org", [])]
        places = [repository.full_name.lower(), repository.owner.lower()]
        named = [*owners, *self.qualifiers.get("repo", [])]
        wanted = self.qualifiers.get("is", [])  # docs.github.com, "Searching for repositories".
        if ("private" if repository.private else "public") not in (wanted or ["private", "public"]):
            return False
        return not named or any(place in named for place in places)

    def check_places(self, call: Call) -> None:
        """Refuse a search of accounts or repositories that are not there, or not to be seen."""
        known = {*call.catalogue.accounts, *(one.full_name.lower() for one in _seen(call))}
        for name in ("user", "org", "repo"):
            if not set(self.qualifiers.get(name, [])) <= known:
                message = (
                    "The listed users and repositories cannot be searched either because the resources do not "
                    "exist or you do not have permission to view them."
                )
                raise invalid("Search", "q", "invalid", message)


def search_repositories(call: Call) -> Reply:
    """Return repositories by name and description; anonymous callers, too. ``sort=stars`` is played, no other."""
    query = Query.of(call)
    query.check_places(call)
    found = [one for one in _seen(call) if query.admits(one) and _speaks_of(one, query)]
    if call.request.parameter("sort") == "stars":
        found.sort(key=lambda one: one.stars, reverse=call.request.parameter("order") != "asc")
    return _results(call, [{**full_repository(call, one), "score": 1.0} for one in found])


def search_code(call: Call) -> Reply:
    """Return files by their words: on the default branch, below 384 KB, with a token, and never without a word."""
    if call.credential is None:
        error = {"resource": "Search", "field": "q", "code": "invalid"}
        message = "Must be authenticated to access the code search API"  # #fs-51847882944
        errors = [{"message": message, **error}]
        raise RefusedError(api_refusal(401, "Requires authentication", errors=errors))
    query = Query.of(call)
    if not query.words:
        # Seen for every query that it cannot read (#fs-61524977502); that this is one of them, gh-spec.
        raise RefusedError(api_refusal(422, "ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!", errors=[]))
    query.check_places(call)
    rows = [
        {**_code_row(call, one, path, content), **_matches(call, query, content)}
        for one in _seen(call)
        if query.admits(one)
        for path, content in one.files.items()
        if _holds(query, path, content)
    ]
    return _results(call, rows)


def search_users(call: Call) -> Reply:
    """Return users and organisations by name; a token adds nothing (gh-spec: "does not accept authentication")."""
    query = Query.of(call)
    kinds = {"org": "Organization", "user": "User"}
    wanted = [kinds.get(value, value) for value in query.qualifiers.get("type", [])]
    rows = [
        {**simple_user(call, account), "score": 1.0}
        for account in call.catalogue.accounts.values()
        if all(word in _said_of(account) for word in query.words) and (not wanted or account.kind in wanted)
    ]
    return _results(call, rows)


def _seen(call: Call) -> list[Repository]:
    return [one for one in call.catalogue.repositories.values() if call.catalogue.may_see(one, call.credential)]


def _speaks_of(repository: Repository, query: Query) -> bool:
    text = f"{repository.full_name} {repository.description or ''}".lower()
    languages = query.qualifiers.get("language", [])
    topics = query.qualifiers.get("topic", [])
    return (
        all(word in text for word in query.words)
        and (not languages or (repository.language or "").lower() in languages)
        and set(topics) <= set(repository.topics)
    )


def _said_of(account: Account) -> str:
    return f"{account.login} {account.name or ''}".lower()


def _holds(query: Query, path: str, content: bytes) -> bool:
    text = content.decode("utf-8", "replace").lower()
    names, places = query.qualifiers.get("filename", []), query.qualifiers.get("path", [])
    last = path.rpartition("/")[2].lower()
    return (
        len(content) < _LARGEST_FILE
        and all(word in text for word in query.words)
        and all(name in last for name in names)
        and all(path.lower().startswith(place.strip("/")) for place in places)
    )


def _code_row(call: Call, repository: Repository, path: str, content: bytes) -> dict[str, Any]:
    home, sha = f"{call.base}/repos/{repository.full_name}", blob_sha(content)
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": f"{home}/contents/{path}?ref={repository.head}",
        "git_url": f"{home}/git/blobs/{sha}",
        "html_url": f"https://github.com/{repository.full_name}/blob/{repository.head}/{path}",
        "repository": minimal_repository(call, repository),
        "score": 1.0,
    }


def _matches(call: Call, query: Query, content: bytes) -> dict[str, Any]:
    """Return the lines that hold a word, where the media type asks for them (docs.github.com, "Search")."""
    if _TEXT_MATCHES not in call.request.accepts:
        return {}
    lines = content.decode("utf-8", "replace").splitlines()
    found = [line for line in lines if any(word in line.lower() for word in query.words)]
    return {
        "text_matches": [
            {
                "object_url": None,
                "object_type": "FileContent",
                "property": "content",
                "fragment": line,
                "matches": [],
            }
            for line in found
        ]
    }


def _results(call: Call, rows: list[dict[str, Any]]) -> Reply:
    cut = call.settings.incomplete_search
    found = rows[: len(rows) // 2] if cut else rows
    page, headers = page_of(call, found[:_FURTHEST])
    return json_reply({"total_count": len(found), "incomplete_results": cut, "items": page}, headers=headers)
