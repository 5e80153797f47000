"""Docker Hub, all of it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.doubles.dockerhub import errors
from tests.doubles.dockerhub.accounts import Accounts, Organisation, User
from tests.doubles.dockerhub.api import Api
from tests.doubles.dockerhub.catalogue import Catalogue, HubTag, Repository
from tests.doubles.dockerhub.contract import Contract
from tests.doubles.dockerhub.default_catalogue import default_accounts, default_repositories
from tests.doubles.dockerhub.failures import Failures, Part
from tests.doubles.dockerhub.journal import Asked, Journal, ServiceName
from tests.doubles.dockerhub.limits import ApiLimit, PullLimit
from tests.doubles.dockerhub.login import Login
from tests.doubles.dockerhub.paging import Paging
from tests.doubles.dockerhub.people import People
from tests.doubles.dockerhub.registry import HubAuth, HubRegistry
from tests.doubles.dockerhub.repositories import OrderingSense, Repositories
from tests.doubles.dockerhub.searches import Searches, SearchOptions
from tests.doubles.dockerhub.service import HubService
from tests.doubles.dockerhub.tokens import HubTokens

from portcall.testing.wire import Reply, Request

if TYPE_CHECKING:
    import ssl as tls
    from collections.abc import Callable, Iterable, Iterator

    from tests.doubles.dockerhub.errors import MissingStyle

    from portcall.testing import BuiltManifest, FakeRegistry


@dataclass(frozen=True, slots=True)
class Places:
    """Where the four hosts are, ``http://127.0.0.1:40213`` each.

    Attributes:
        api: hub.docker.com.
        index: index.docker.io.
        registry: registry-1.docker.io.
        auth: auth.docker.io.
    """

    api: str
    index: str
    registry: str
    auth: str

    @property
    def settings(self) -> dict[str, Any]:
        """What stands under ``[registries."docker.io"]`` so that portcall asks the double's registry."""
        return {"endpoint": self.registry, "auth_hosts": [urlsplit(self.auth).netloc]}


class DockerHubDouble:
    """Docker Hub on loopback.

    Args:
        default: Whether it holds the default catalogue and accounts.
        clock: Where the time comes from; a :class:`Clock` lets tokens expire and minutes pass.
        tags_cap: Offset in tags from which anonymous callers get 403: 1000, or 500.
        lists_cap: The same in repository lists and v2 search.
        v4_cap: The same in v4 search; ``None``: no cap. Only v2's is on record.
        v4_most: Most results of v4 search in one answer.
        v4_raw_counts: Whether v4 search tells ``raw_pull_count`` and ``media_types``, too.
        api_limit: Calls of hub.docker.com a minute.
        pull_limit: Pulls in six hours; ``None``: no limit and no headers.
        missing_style: The 404's body: ``"httperror"``, or ``"bare"`` as quoted in 2026.
        ordering_sense: Which way ``ordering=last_updated`` of repositories goes; sources disagree.

    Attributes:
        catalogue: The repositories; :meth:`add` and :meth:`push` fill the registry as well.
        accounts: The users and organisations.
        paging: Caps, hostile ``next`` links and malformed rows; may be changed at any time.
        api_limit: Calls left; ``hub.api_limit.exhaust()`` spends them.
        pull_limit: Pulls left; ``hub.pull_limit.exhaust()``, ``hub.pull_limit.unlimited.add("ada")``.
        tokens: hub.docker.com's bearer tokens; ``hub.tokens.revoke()``.
        auth: auth.docker.io's.
        contract: Judges requests.
    """

    def __init__(
        self,
        *,
        default: bool = True,
        clock: Callable[[], float] = time.time,
        tags_cap: int = 1000,
        lists_cap: int = 100,
        v4_cap: int | None = 100,
        v4_most: int = 100,
        v4_raw_counts: bool = False,
        api_limit: int = 180,
        pull_limit: int | None = 100,
        missing_style: MissingStyle = "httperror",
        ordering_sense: OrderingSense = "hub-spec",
    ) -> None:
        self.catalogue, self.accounts = Catalogue(), Accounts()
        self.paging = Paging(tags_cap, lists_cap)
        self.api_limit, self.pull_limit = ApiLimit(api_limit, clock), PullLimit(pull_limit)
        self.tokens = HubTokens(clock)
        self.auth = HubAuth(self.accounts, self.catalogue, clock)
        self.contract = Contract.published()
        self._journal, self._failures = Journal(), Failures()
        self._clock = clock
        self._registry = HubRegistry(self.auth, self.pull_limit)
        self._searches = Searches(self.catalogue, self.paging, SearchOptions(v4_cap, v4_most, v4_raw_counts))
        self._api = self._rest(missing_style, ordering_sense)
        self._places: Places | None = None
        if default:
            self.add(*default_accounts(), *default_repositories())

    # What it holds

    @property
    def registry(self) -> FakeRegistry:
        """The fake registry inside: its images, its quirks, its counts."""
        return self._registry.registry

    def add(self, *things: Repository | User | Organisation) -> None:
        """Add repositories, with what they hold, and accounts; what has the same name is replaced."""
        for thing in things:
            if not isinstance(thing, Repository):
                self.accounts.add(thing)
                continue
            self.catalogue.repositories[thing.path] = thing
            for tag in () if thing.listed_only else thing.tags.values():
                self._store(thing.path, tag)

    def push(self, path: str, built: BuiltManifest, *, tags: Iterable[str]) -> str:
        """Push an image, to the registry and to the REST API; make the repository; return the digest."""
        repository = self.catalogue.repositories.setdefault(path, Repository(path=path))
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(self._clock()))
        for name in tags:
            repository.tags[name] = HubTag(name=name, built=built, pushed=moment)
            self._store(path, repository.tags[name])
        return built.digest

    def _store(self, path: str, tag: HubTag) -> None:
        shelf = self.registry.store.repositories.get(path)
        if shelf is None or tag.built.digest not in shelf.manifests:
            self.registry.push(path, tag.built)
        self.registry.tag(path, tag.name, tag.built.digest)

    # How it fails

    def fail(self, part: Part, reply: Reply, *, times: int | None = None) -> None:
        """Answer a part with ``reply`` from now on, or so many times.

        ::

            hub.fail("search_v4", CHALLENGE)
            hub.fail("api", BLOCKED, times=1)
            hub.fail("tags", Reply().delivered(stall_after=-1))
        """
        self._failures.add(part, reply, times)

    def mend(self) -> None:
        """Let everything work again."""
        self._failures.clear()

    # What it was asked

    @property
    def requests(self) -> list[Asked]:
        """Every request to any of the four, in order."""
        return self._journal.requests

    @property
    def hostile(self) -> list[Asked]:
        """Requests whose path left its place; refused with 404."""
        return [asked for asked in self.requests if asked.hostile]

    @property
    def violations(self) -> list[str]:
        """What requests to hub.docker.com had that the published document does not know."""
        return self._journal.violations

    def asked(
        self, service: ServiceName | None = None, *, path: str = "", method: str | None = None
    ) -> list[Asked]:
        """Return the requests to a service whose path begins so."""
        return [
            asked
            for asked in self.requests
            if service in {None, asked.service} and asked.path.startswith(path) and method in {None, asked.method}
        ]

    def secrets(self, service: ServiceName | None = None) -> list[str]:
        """Return every secret that a service was sent."""
        return [secret for asked in self.asked(service) for secret in asked.secrets]

    def forget(self) -> None:
        """Forget all requests and violations."""
        self._journal.forget()
        self.registry.forget()

    # Where it is

    @contextlib.contextmanager
    def serve(self, *, ssl: tls.SSLContext | None = None) -> Iterator[Places]:
        """Serve all four hosts, each at a port of its own, while the ``with`` block lasts."""
        answers: dict[ServiceName, Callable[[Request], Reply]] = {
            "api": self._api.answer,
            "index": self._index,
            "registry": self._registry.answer,
            "auth": self._token_service,
        }
        with contextlib.ExitStack() as stack:
            urls = {
                name: stack.enter_context(
                    HubService(name, self._journal, self._failures, answer).serve(ssl=ssl)
                ).url
                for name, answer in answers.items()
            }
            self._places = Places(**urls)
            self.auth.realm = f"{self._places.auth}/token"
            yield self._places

    @property
    def places(self) -> Places:
        """Where it is served.

        Raises:
            RuntimeError: it was not, yet.
        """
        if self._places is None:
            raise RuntimeError("not served: use `with hub.serve() as places:`")
        return self._places

    def _rest(self, missing_style: MissingStyle, ordering_sense: OrderingSense) -> Api:
        repositories = Repositories(self.catalogue, self.paging, missing_style)
        repositories.ordering_sense = ordering_sense
        return Api(
            repositories,
            self._searches,
            People(self.accounts, self.paging, missing_style),
            Login(self.accounts, self.tokens),
            tokens=self.tokens,
            limit=self.api_limit,
            failures=self._failures,
            contract=self.contract,
            journal=self._journal,
        )

    def _index(self, request: Request) -> Reply:
        # It serves the registry, too: toddysm.com 2024-01-30, reno.
        if request.path.startswith("/v2"):
            return self._registry.answer(request)
        if request.path.rstrip("/") != "/v1/search" or request.method != "GET":
            return errors.page_not_found()
        return self._failures.reply_for("search_v1") or self._searches.v1(request)

    def _token_service(self, request: Request) -> Reply:
        if request.path != "/token" or request.method not in {"GET", "POST"}:
            return errors.page_not_found()
        return self.auth.token(request)
