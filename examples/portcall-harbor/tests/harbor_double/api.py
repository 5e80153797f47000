"""``/api/v2.0/``: from a path to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from portcall.testing import Reply, Request
from portcall.testing.quirks import Context, Quirk

from harbor_double import artifacts, catalogue
from harbor_double.call import Call
from harbor_double.document import ApiDocument
from harbor_double.refusals import RefusedError, error
from harbor_double.registry_auth import HarborAuth
from harbor_double.site import Site

BASE = "/api/v2.0"
_REPOSITORIES = "/projects/{project}/repositories"
_ARTIFACTS = f"{_REPOSITORIES}/{{repository}}/artifacts"
_PAGES = ("page", "page_size")


@dataclass(frozen=True, slots=True)
class Operation:
    """What one path answers, and which parameters it takes from the query."""

    path: str
    answer: Callable[[Call], Reply]
    parameters: tuple[str, ...] = ()

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Return the path's parameters by name, as they were sent; ``None`` for another path."""
        parts = self.path.split("/")[1:]
        if len(parts) != len(segments):
            return None
        pairs = list(zip(parts, segments, strict=True))
        if any(part != segment for part, segment in pairs if not part.startswith("{")):
            return None
        return {part.strip("{}"): segment for part, segment in pairs if part.startswith("{")}


OPERATIONS = (
    Operation("/projects", catalogue.list_projects, ("name", "sort", *_PAGES)),
    Operation("/projects/{project}", catalogue.get_project),
    Operation("/repositories", catalogue.list_all_repositories, ("q", "sort", *_PAGES)),
    Operation(_REPOSITORIES, catalogue.list_repositories, ("q", "sort", *_PAGES)),
    Operation(f"{_REPOSITORIES}/{{repository}}", catalogue.get_repository),
    Operation(_ARTIFACTS, artifacts.list_artifacts, ("q", "sort", "with_tag", *_PAGES)),
    Operation(f"{_ARTIFACTS}/{{reference}}", artifacts.get_artifact, ("with_tag", "with_scan_overview")),
    Operation(f"{_ARTIFACTS}/{{reference}}/additions/vulnerabilities", artifacts.get_vulnerabilities),
    Operation("/users/search", catalogue.search_users, ("username", *_PAGES)),
    Operation("/users/current", catalogue.get_current_user),
)


@dataclass(frozen=True)
class HarborApi(Quirk):
    """What a fake registry has to do to be a Harbor: answer for its API, and know where its tokens are."""

    site: Site
    violations: list[str]
    document: ApiDocument = field(default_factory=ApiDocument)

    def adjust(self, request: Request) -> Request:
        """Return the request as the registry is to understand it: Harbor's token service has its own path."""
        return replace(request, kind="token") if request.path == "/service/token" else request

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        """Return the API's answer to what is asked of the API."""
        if not request.path.startswith(f"{BASE}/"):
            return reply
        # A door that a test puts before everything is before the API, too.
        refusal = None if isinstance(context.auth, HarborAuth) else context.auth.guard(request)
        if refusal is not None:
            return refusal
        complaints, said = self._answered(request, context)
        complaints += self.document.complaints(request, said)
        self.violations.extend(f"{request.method} {request.target}: {complaint}" for complaint in complaints)
        return said

    def _answered(self, request: Request, context: Context) -> tuple[list[str], Reply]:
        segments = request.path.removeprefix(f"{BASE}/").split("/")
        # The more literal path first: /users/current is no user's name.
        for operation in OPERATIONS:
            found = operation.match(segments)
            if found is not None:
                return _called(operation, found, Call(self.site, context, request, _decoded(found)))
        return ["no such operation"], error(404, "NOT_FOUND", "the path is not found")


def _called(operation: Operation, sent: dict[str, str], call: Call) -> tuple[list[str], Reply]:
    complaints = [
        f"{operation.path} has no parameter {name!r}"
        for name in call.request.parameters
        if name not in operation.parameters
    ]
    if call.request.method != "GET":
        return [*complaints, "writes; portcall reads only"], error(405, "METHOD_NOT_ALLOWED", "not allowed")
    if "/" in unquote(sent.get("repository", "")):
        # nginx and the router have decoded it once by then: it is another path.
        return [*complaints, "a nested name is to be encoded twice"], error(404, "NOT_FOUND", "no such path")
    try:
        return complaints, operation.answer(call)
    except RefusedError as refused:
        return complaints, refused.reply


def _decoded(sent: dict[str, str]) -> dict[str, str]:
    """Return the path's parameters; a repository's name is decoded once more (``unescapePathParams``)."""
    decoded = {name: unquote(segment) for name, segment in sent.items()}
    return {**decoded, "repository": unquote(decoded.get("repository", ""))}
