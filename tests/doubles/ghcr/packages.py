"""Packages and their versions, of organisations, of users, and of oneself.

Sources: gh-spec for paths, fields and statuses; the words of refusals are quoted where they were seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.doubles.ghcr.accounts import account_named, simple_user
from tests.doubles.ghcr.pages import page_of, per_page
from tests.doubles.ghcr.refusals import RefusedError, api_refusal, not_found
from tests.doubles.ghcr.repositories import minimal_repository

from portcall.testing import Reply
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.catalogue import Account, Package, Version

_TYPES = frozenset({"npm", "maven", "rubygems", "docker", "nuget", "container"})
_FURTHEST = 10_000


def list_packages(call: Call) -> Reply:
    """``GET …/packages?package_type=container``: what the token may read."""
    credential = _reading(call, "list packages")
    if credential.kind == "actions" or call.request.parameter("package_type") not in _TYPES:
        # A workflow's token: cli/cli#9606. An unknown type: 400 by gh-spec's enum, its words [U].
        raise RefusedError(api_refusal(400, "Invalid argument."))
    if per_page(call) * call.number("page", 1) > _FURTHEST:
        message = "The value of `per_page` multiplied by `page` cannot be greater than 10000."
        raise RefusedError(api_refusal(400, message))
    owner = _owner(call)
    rows = [package_document(call, package) for package in _readable(call, owner)]
    page, headers = page_of(call, rows, path=_linked(call, owner, "/packages"))
    return json_reply(page, headers=headers)


def get_package(call: Call) -> Reply:
    """``GET …/packages/container/{name}``."""
    _reading(call, "get a package")
    return json_reply(package_document(call, _package(call)))


def list_versions(call: Call) -> Reply:
    """``GET …/versions``: newest first, the untagged ones with ``tags: []``; deleted ones for the owners alone."""
    credential = _reading(call, "get a package's versions")
    package = _package(call)
    versions = package.active
    if call.request.parameter("state") == "deleted":
        if not call.catalogue.belongs(package.owner, credential.user):
            raise not_found()
        versions = package.deleted
    rows = [version_document(call, package, version) for version in versions]
    rest = f"/packages/container/{quote(package.name, safe='')}/versions"
    page, headers = page_of(call, rows, path=_linked(call, _owner(call), rest))
    return json_reply(page, headers=headers)


def get_version(call: Call) -> Reply:
    """``GET …/versions/{id}``."""
    _reading(call, "get a package version")
    package = _package(call)
    wanted = call.arguments["package_version_id"]
    for version in package.active:
        if str(version.id) == wanted:
            return json_reply(version_document(call, package, version))
    raise not_found("Package version not found.")


# What they look like


def package_document(call: Call, package: Package) -> dict[str, Any]:
    """Return gh-spec's ``package``; no pulls and no stars in it."""
    owner = call.catalogue.accounts[package.owner.lower()]
    linked = call.catalogue.repositories.get((package.repository or "").lower())
    seen = linked is not None and call.catalogue.may_see(linked, call.credential)
    return {
        "id": package.id,
        "name": package.name,
        "package_type": "container",
        "owner": simple_user(call, owner),
        "version_count": len(package.active),
        "visibility": package.visibility,
        "url": _url(call, owner, package),
        "created_at": package.created_at,
        "updated_at": package.updated_at,
        "repository": minimal_repository(call, linked) if linked is not None and seen else None,
        "html_url": f"{_web(owner, package, '/container/package')}",
    }


def version_document(call: Call, package: Package, version: Version) -> dict[str, Any]:
    """Return gh-spec's ``package-version``: a container's name is the digest (so in the examples there)."""
    owner = call.catalogue.accounts[package.owner.lower()]
    document = {
        "id": version.id,
        "name": version.digest,
        "url": f"{_url(call, owner, package)}/versions/{version.id}",
        "package_html_url": _web(owner, package, "/container/package"),
        "created_at": version.created_at,
        "updated_at": version.updated_at,
        "html_url": f"{_web(owner, package, '/container')}/{version.id}",
        "metadata": {"package_type": "container", "container": {"tags": list(version.tags)}},
    }
    return document if version.deleted_at is None else {**document, "deleted_at": version.deleted_at}


def _url(call: Call, owner: Account, package: Package) -> str:
    return f"{call.base}/{_branch(owner)}/{owner.login}/packages/container/{quote(package.name, safe='')}"


def _web(owner: Account, package: Package, middle: str) -> str:
    name = quote(package.name, safe="")
    return f"https://github.com/{_branch(owner)}/{owner.login}/packages{middle}/{name}"


def _branch(owner: Account) -> str:
    return "orgs" if owner.kind == "Organization" else "users"


# Who may


def _reading(call: Call, deed: str) -> Any:
    """Return whose token it is, if it is one that reads packages."""
    credential = call.signed_in()
    if credential.kind == "fine-grained":
        # docs.github.com: "only supports … personal access token (classic)"; its words for packages [U].
        raise RefusedError(api_refusal(403, "Resource not accessible by personal access token"))
    if not credential.reads_packages:
        # Seen for lists (#fs-61132840541) and for versions (#fs-60798666090; the former saw 404 for those).
        raise RefusedError(api_refusal(403, f"You need at least read:packages scope to {deed}."))
    return credential


def _owner(call: Call) -> Account:
    """Return whose packages; 404 for an organisation on the users' route [U], and the reverse."""
    arguments = call.arguments
    if "org" in arguments:
        return account_named(call, arguments["org"], "Organization")
    return account_named(call, arguments.get("username") or call.signed_in().user, "User")


def _readable(call: Call, owner: Account) -> list[Package]:
    wanted = call.request.parameter("visibility")
    if call.request.parameter("package_type") != "container":
        return []
    return [
        package
        for package in call.catalogue.packages.values()
        if package.owner == owner.login
        and wanted in {None, package.visibility}
        and call.catalogue.may_read(package, call.credential)
    ]


def _package(call: Call) -> Package:
    owner = _owner(call)
    package = call.catalogue.package(f"{owner.login.lower()}/{call.arguments['package_name']}")
    hidden = package is not None and not call.catalogue.may_read(package, call.credential)
    if package is None or hidden or call.arguments["package_type"] != "container":
        raise not_found("Package not found.")  # #fs-61132840541
    return package


def _linked(call: Call, owner: Account, rest: str) -> str | None:
    if not call.settings.links_by_id:
        return None
    return f"/{'organizations' if owner.kind == 'Organization' else 'user'}/{owner.id}{rest}"
