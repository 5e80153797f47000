"""Which operation a path of api.github.com means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.doubles.ghcr import accounts, contents, packages, repositories, search, trees

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.catalogue import Catalogue

    from portcall.testing import Reply

Operation = Callable[["Call"], "Reply"]

_BY_ID = re.compile(r"/(?P<kind>organizations|user)/(?P<id>\d+)(?P<rest>/.+)\Z")
_OF_PACKAGES: dict[str, Operation] = {
    "/packages": packages.list_packages,
    "/packages/{package_type}/{package_name}": packages.get_package,
    "/packages/{package_type}/{package_name}/versions": packages.list_versions,
    "/packages/{package_type}/{package_name}/versions/{package_version_id}": packages.get_version,
}
_OPERATIONS: dict[str, Operation] = {
    "/user": accounts.get_myself,
    "/users/{username}": accounts.get_user,
    "/users/{username}/repos": repositories.list_repositories,
    "/orgs/{org}": accounts.get_organisation,
    **{
        owner + rest: operation
        for owner in ("/orgs/{org}", "/users/{username}", "/user")
        for rest, operation in _OF_PACKAGES.items()
    },
    "/search/repositories": search.search_repositories,
    "/search/code": search.search_code,
    "/search/users": search.search_users,
    "/repos/{owner}/{repo}": repositories.get_repository,
    "/repos/{owner}/{repo}/readme": contents.get_readme,
    "/repos/{owner}/{repo}/contents": contents.get_contents,
    "/repos/{owner}/{repo}/contents/{path}": contents.get_contents,
    "/repos/{owner}/{repo}/git/trees/{tree_sha}": trees.get_tree,
}


@dataclass(frozen=True, slots=True)
class Template:
    """A path with parameters in braces; ``{path}`` alone goes over slashes."""

    text: str

    def arguments(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path as sent, decoded; ``None`` where it is another path."""
        pattern = re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{_ONE[name[1] == 'path']})", self.text)
        found = re.fullmatch(pattern, path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


_ONE = {True: ".*", False: "[^/]+"}


def find(path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that a path means, and its parameters."""
    for text, operation in _OPERATIONS.items():
        arguments = Template(text).arguments(path)
        if arguments is not None:
            return operation, arguments
    return None


def by_name(path: str, catalogue: Catalogue) -> str:
    """Return a path of the form that ``Link`` headers have, ``/organizations/{id}/…``, with the login in it."""
    found = _BY_ID.match(path)
    if found is None:
        return path
    kind = "orgs" if found["kind"] == "organizations" else "users"
    logins = (one.login for one in catalogue.accounts.values() if str(one.id) == found["id"])
    login = next(logins, None)
    return path if login is None else f"/{kind}/{login}{found['rest']}"
