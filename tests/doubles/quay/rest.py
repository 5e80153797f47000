"""``/api/v1/``: from a path to an answer.

Source: q: endpoints/api/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doubles.quay import builds, manifests, people, repositories, search, tags
from tests.doubles.quay.accounts import ANYBODY, CredentialsError
from tests.doubles.quay.browsers import browser_refusal
from tests.doubles.quay.call import Call
from tests.doubles.quay.operations import Operation
from tests.doubles.quay.refusals import RefusedError, aborted, page, unauthorized

from portcall.testing.auth import basic_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.quay.accounts import Caller
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply, Request

V1_SEARCH = Operation(name="v1Search")

_ANSWERS: dict[str, Callable[[Site, Call], Reply]] = {
    "conductRepoSearch": search.find_repositories,
    "conductSearch": search.find_all,
    "getMatchingEntities": people.list_entities,
    "getOrganization": people.get_organization,
    "getRepo": repositories.get_repository,
    "getRepoBuilds": builds.list_builds,
    "getRepoManifest": manifests.get_manifest,
    "getRepoManifestSecurity": manifests.get_security,
    "getUserInformation": people.get_user,
    "listManifestLabels": manifests.list_labels,
    "listRepoTags": tags.list_tags,
    "listRepos": repositories.list_repositories,
    V1_SEARCH.name: search.find_in_docker_form,
}


def answer(site: Site, request: Request, operation: Operation | None) -> Reply:
    """Return the answer to a request whose operation is known; 404 where there is none.

    Permission comes before everything else: what is missing and what is private look alike.
    """
    if operation is None:
        return page(404)
    if request.method not in {"GET", "HEAD"}:
        return page(405)
    refusal = browser_refusal(request) if site.options.browsers_refused else None
    if refusal is not None and operation is not V1_SEARCH:
        return refusal
    caller = caller_of(site, request, operation)
    if caller.is_anonymous and not site.options.anonymous_access and operation.name != "getRepoManifestSecurity":
        return aborted(401, "Anonymous access is not allowed")
    if operation.repository and not site.may_read(caller, operation.repository):
        return unauthorized(request, caller)
    try:
        return _ANSWERS[operation.name](site, Call(request, operation, caller))
    except RefusedError as refused:
        return refused.reply


def caller_of(site: Site, request: Request, operation: Operation) -> Caller:
    """Return who asks: by an OAuth token; by Basic at ``/security`` and ``/v1/`` alone.

    Credentials that are wrong, or that do not count here, are nobody's: they are not refused as such.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    credentials = basic_credentials(request)
    basic_counts = operation.name in {"getRepoManifestSecurity", V1_SEARCH.name}
    try:
        if scheme.lower() == "bearer" and operation is not V1_SEARCH:
            return site.accounts.by_token(value.strip(), site.clock())
        if credentials is not None and basic_counts:
            return site.accounts.by_basic(*credentials, site.clock())
    except CredentialsError:
        return ANYBODY
    return ANYBODY
