"""hub.docker.com: who may ask, how often, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doubles.dockerhub import errors
from tests.doubles.dockerhub.failures import BLOCKED
from tests.doubles.dockerhub.routes import Route

from portcall.testing.wire import Reply, Request

if TYPE_CHECKING:
    from tests.doubles.dockerhub.accounts import Caller
    from tests.doubles.dockerhub.contract import Contract
    from tests.doubles.dockerhub.failures import Failures
    from tests.doubles.dockerhub.journal import Journal
    from tests.doubles.dockerhub.limits import ApiLimit
    from tests.doubles.dockerhub.login import Login
    from tests.doubles.dockerhub.people import People
    from tests.doubles.dockerhub.repositories import Repositories
    from tests.doubles.dockerhub.searches import Searches
    from tests.doubles.dockerhub.tokens import HubTokens

_POST = frozenset({"POST"})
_NAMESPACE = "/v2/namespaces/{namespace}/repositories"
#: Deprecated 2025-06-27 (lists) and 2025-09-19 (repositories), answering still (hub-dep).
_OLD = "/v2/repositories/{namespace}"


class Api:
    """The REST API."""

    def __init__(
        self,
        repositories: Repositories,
        searches: Searches,
        people: People,
        login: Login,
        *,
        tokens: HubTokens,
        limit: ApiLimit,
        failures: Failures,
        contract: Contract,
        journal: Journal,
    ) -> None:
        self._tokens, self._limit, self._failures = tokens, limit, failures
        self._contract, self._journal = contract, journal
        self._routes = (
            *_repository_routes(repositories),
            *_search_routes(searches),
            # Before the people: nobody is called "login".
            *_login_routes(login),
            *_people_routes(people),
        )

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request."""
        self._journal.violations += self._contract.violations(request)
        # Go's own name is refused (#fs-59425165837); so is none at all, here [inference].
        agent = request.headers.get("user-agent", "")
        if not agent or agent.startswith("Go-http-client"):
            return BLOCKED
        for route in self._routes:
            names = route.match(request.path)
            if names is not None:
                failure = self._failures.reply_for(route.part)
                return failure or self._limit.spend() or self._limit.announced(self._asked(route, request, names))
        return self._limit.spend() or self._limit.announced(errors.page_not_found())

    def _asked(self, route: Route, request: Request, names: dict[str, str]) -> Reply:
        if request.method not in route.methods:
            return errors.refusal(405, "method not allowed")
        caller = self._tokens.caller(request)
        # A login is not looked at for the token of before.
        if caller is None and "authorization" in request.headers and route.part != "login":
            return errors.unauthorized()
        return route.answer(request, caller, names)


def _repository_routes(repositories: Repositories) -> tuple[Route, ...]:
    return (
        Route(_NAMESPACE, "repositories", repositories.of_namespace),
        Route(f"{_NAMESPACE}/{{repository}}", "repositories", repositories.get),
        Route(f"{_NAMESPACE}/{{repository}}/tags", "tags", repositories.tags),
        Route(f"{_NAMESPACE}/{{repository}}/tags/{{tag}}", "tags", repositories.tag),
        Route(_OLD, "repositories", repositories.of_namespace),
        Route(f"{_OLD}/{{repository}}", "repositories", repositories.get),
        Route(f"{_OLD}/{{repository}}/tags", "tags", repositories.tags),
        Route(f"{_OLD}/{{repository}}/tags/{{tag}}", "tags", repositories.tag),
        Route(f"{_OLD}/{{repository}}/tags/{{tag}}/images", "tags", repositories.images),
        Route(f"{_OLD}/{{repository}}/dockerfile", "repositories", repositories.dockerfile),
    )


def _search_routes(searches: Searches) -> tuple[Route, ...]:
    def v4(request: Request, caller: Caller | None) -> Reply:
        return searches.v4(request, signed_in=caller is not None)

    def v2(request: Request, caller: Caller | None) -> Reply:
        return searches.v2(request, signed_in=caller is not None)

    def v1(request: Request, caller: Caller | None) -> Reply:
        return searches.v1(request)

    def retired(request: Request, caller: Caller | None) -> Reply:
        # An empty 200: docker/roadmap#756.
        return Reply(status=200)

    return (
        Route("/api/search/v4", "search_v4", v4),
        Route("/v2/search/repositories", "search_v2", v2),
        # index.docker.io's (ci-client); here, too, for who is told of one API that stands in for both hosts.
        Route("/v1/search", "search_v1", v1),
        Route("/api/content/v1/products/search", "api", retired),
    )


def _people_routes(people: People) -> tuple[Route, ...]:
    def user(request: Request, caller: Caller | None, name: str) -> Reply:
        return people.user(name)

    def organisation(request: Request, caller: Caller | None, name: str) -> Reply:
        return people.organisation(name)

    return (
        Route("/v2/user/orgs", "accounts", people.own_organisations),
        Route("/v2/users/{name}", "accounts", user),
        Route("/v2/orgs/{name}", "accounts", organisation),
    )


def _login_routes(login: Login) -> tuple[Route, ...]:
    def auth_token(request: Request, caller: Caller | None) -> Reply:
        return login.auth_token(request)

    def users_login(request: Request, caller: Caller | None) -> Reply:
        return login.users_login(request)

    def second_factor(request: Request, caller: Caller | None) -> Reply:
        return login.second_factor(request)

    return (
        Route("/v2/auth/token", "login", auth_token, _POST),
        Route("/v2/users/login", "login", users_login, _POST),
        Route("/v2/users/2fa-login", "login", second_factor, _POST),
    )
