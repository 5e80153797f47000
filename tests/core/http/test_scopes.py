"""Scopes: what a registry names is asked for, within the bounds of reading what is being read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, bench, refused, serving, unhurried

from portcall.http.scope import scopes_to_ask
from portcall.http.upstream import Credentials
from portcall.testing import BearerAuth, quirks
from portcall.testing.auth import unauthorized

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirks import Context

ADA = Credentials(USER, PASSWORD)
SCOPE = f"repository:{REPOSITORY}:pull"
CATALOG = "registry:catalog:*"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("", {SCOPE}),
        (SCOPE, {SCOPE}),
        (f"  {SCOPE}   {SCOPE} ", {SCOPE}),
        (f"repository:{REPOSITORY}:pull,push,delete", {SCOPE}),
        (f"repository:{REPOSITORY}:*", {SCOPE}),
        (f"repository:{REPOSITORY}:push", {SCOPE}),
        (f"repository:{REPOSITORY}:metadata_read", {f"repository:{REPOSITORY}:metadata_read"}),
        (f"repository:{REPOSITORY}:metadata_read,delete,pull", {f"repository:{REPOSITORY}:metadata_read,pull"}),
        (f"repository(plugin):{REPOSITORY}:pull", {f"repository(plugin):{REPOSITORY}:pull"}),
        (
            f"repository:mirror.example:5000/{REPOSITORY}:pull",
            {f"repository:mirror.example:5000/{REPOSITORY}:pull"},
        ),
        (f"{SCOPE} repository:base/os:pull,push", {SCOPE, "repository:base/os:pull"}),
        ("repository:private/x:pull,push,delete", {"repository:private/x:pull"}),
        (f"{CATALOG} {SCOPE}", {SCOPE}),
        (f"{CATALOG} admin:* x :: repository::pull repository:pull :pull", {SCOPE}),
    ],
)
def test_scope_is_asked_as_told_but_for_reading_alone(told: str, asked: set[str]):
    assert scopes_to_ask(told, SCOPE) == tuple(sorted(asked))


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("repository:private/x:pull", SCOPE),
        (f"repository:private/x:pull repository:{REPOSITORY}:pull,push", SCOPE),
        (f"repository:{REPOSITORY}:metadata_read", f"repository:{REPOSITORY}:metadata_read"),
        (f"repository(plugin):{REPOSITORY}:pull", SCOPE),
    ],
)
def test_other_repositories_are_passed_over_where_they_may_matter(told: str, asked: str):
    assert scopes_to_ask(told, SCOPE, own_only=True) == (asked,)


def test_catalogue_is_asked_for_where_one_is_read():
    assert scopes_to_ask(CATALOG, CATALOG) == (CATALOG,)
    assert scopes_to_ask("", CATALOG, own_only=True) == (CATALOG,)


def test_nothing_is_asked_for_where_nothing_is_needed():
    assert scopes_to_ask(CATALOG, "") == ()


WORDS = st.sampled_from(["repository", "registry", ":", "pull", "push", "delete", "*", ",", "a/b", " ", "(", "é"])


@unhurried
@given(st.one_of(st.text(), st.lists(WORDS).map("".join)), st.sampled_from([SCOPE, ""]), st.booleans())
def test_nothing_but_reading_is_ever_asked_for(told: str, needed: str, own_only: bool):
    for scope in scopes_to_ask(told, needed, own_only=own_only):
        assert scope.startswith("repository")
        assert set(scope.rpartition(":")[2].split(",")) <= {"pull", "metadata_read"}
        assert not own_only or scope.rpartition(":")[0] == f"repository:{REPOSITORY}"


# Over HTTP


@dataclass(frozen=True)
class Demand(quirks.Quirk):
    """Every refusal names this scope."""

    scope: str = ""
    error: str = ""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if reply.status != 401 or request.kind == "token":
            return reply
        assert isinstance(context.auth, BearerAuth)
        return unauthorized(context.auth.challenge(request, self.scope, self.error))


class Azure(BearerAuth):
    """Lists tags to ``metadata_read`` alone, and says so in a real challenge."""

    def guard(self, request: Request) -> Reply | None:
        if request.kind != "tags":
            return super().guard(request)
        scope = f"repository:{request.repository}:metadata_read"
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self.tokens.grant(token)
        if grant is not None and scope in grant.scopes:
            return None
        return unauthorized(self.challenge(request, scope, "insufficient_scope" if grant else ""))


def asked_for(registry: Any) -> list[str | None]:
    return [one.parameter("scope") for one in registry.asked("token")]


@pytest.mark.anyio
async def test_token_that_does_not_reach_far_enough_is_replaced_by_one_that_does():
    with serving(auth=Azure({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.manifest(REPOSITORY, "1")
            registry.forget()
            assert "1" in (await distribution.tags(REPOSITORY)).names
        assert [(one.kind, one.status) for one in registry.requests] == [
            ("tags", 401),
            ("token", 200),
            ("tags", 200),
        ]
        assert asked_for(registry) == [f"repository:{REPOSITORY}:metadata_read"]


@pytest.mark.anyio
async def test_token_is_asked_for_with_the_challenges_own_scope_from_the_start():
    with serving(auth=Azure({USER: PASSWORD})) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ADA).tags(REPOSITORY)
        assert asked_for(registry) == [f"repository:{REPOSITORY}:metadata_read"]


@pytest.mark.anyio
@pytest.mark.parametrize("error", ["insufficient_scope", ""])
@pytest.mark.parametrize("credentials", [None, ADA])
async def test_registry_that_is_never_content_is_asked_twice_at_most(error: str, credentials: Credentials | None):
    demand = Demand(scope=f"repository:{REPOSITORY}:pull,metadata_read", error=error)
    with serving(quirks.InsufficientScope(), demand, auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=credentials)
            for _ in range(2):
                registry.forget()
                with refused("not_found", "no access"):
                    await distribution.tags(REPOSITORY)
                assert registry.count("tags") == 2
                assert registry.count("token") <= 2


@pytest.mark.anyio
async def test_registry_cannot_make_us_ask_for_more_than_reading():
    demand = Demand(scope=f"repository:{REPOSITORY}:pull,push,delete repository:private/x:* registry:catalog:*")
    with serving(demand, auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
        assert asked_for(registry) == [SCOPE]


@pytest.mark.anyio
async def test_mirror_that_names_a_repository_as_its_source_does_is_followed():
    """Its token service is its own: it sees nothing that it would not see anyhow."""
    with serving(
        Demand(scope=f"{SCOPE} repository:library/api:pull"), auth=BearerAuth({USER: PASSWORD})
    ) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
        (asked,) = registry.asked("token")
        assert asked.parameters["scope"] == ["repository:library/api:pull", SCOPE]


@pytest.mark.anyio
@pytest.mark.parametrize(("credentials", "names"), [(ADA, 1), (None, 2)])
async def test_shared_token_service_is_not_asked_for_the_repositories_of_others(
    credentials: Credentials | None, names: int
):
    with serving(auth=BearerAuth({USER: PASSWORD})) as service:
        auth = service.auth
        assert isinstance(auth, BearerAuth)
        auth.realm = f"{service.address.url}/token"
        with serving(Demand(scope=f"{SCOPE} repository:private/x:pull"), auth=auth) as registry:
            async with bench() as made:
                hosts = frozenset({service.address.netloc})
                upstream = {"credentials": credentials, "auth_hosts": hosts}
                distribution = made.distribution(registry.address, service.address, **upstream)
                await distribution.manifest(REPOSITORY, "1")
        (asked,) = service.asked("token")
        assert len(asked.parameters["scope"]) == names
        assert SCOPE in asked.parameters["scope"]
