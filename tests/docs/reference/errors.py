"""``docs/reference/errors.md``: every code, when it comes, what to do; with a real one of each that can be had."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from tests.agents.agent import connected
from tests.docs.reference.markdown import block, code, page, summary, table

from portcall import errors
from portcall.errors import ErrorCode, PortcallError
from portcall.settings import Settings
from portcall.testing import BasicAuth, demo_registry, quirks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.testing.quirk import Quirk

HOST = "registry.example"

INTRODUCTION = """\
An error is an answer: over MCP a result with `isError`, whose text is `code: what failed, where. Next step.`
and whose structured content is `{"error": {…}}`, [the same in fields](tools/answers.md#errorinfo). In Python it
is raised as one of the classes below, of `portcall.errors`. At the shell it goes to stderr (and with `--json`
to stdout), and the exit status is 1.

A tool's error is no fault of the transport: over HTTP its status is 200. An outage is never reported as "does
not exist", and a failure to look never as "there is none". An error names the image, tag or path that was asked
for. It holds no secret and no traceback, and of an argument that was refused the name and what it takes, not what
was given."""

STATUSES = """\
## Exit statuses

| status | when |
|---|---|
| 0 | done |
| 1 | the answer is an error |
| 1 | `check`: an image failed; `review`: a finding is an error; `doctor`, `plugins`: something has a problem |
| 1 | `registries HOST --probe`: it does not answer |
| 2 | bad usage, the configuration included: `ConfigurationError`, which has the code `invalid_argument` |
| 130 | interrupted, by Ctrl-C |

## What registries' statuses become

| a registry answers | the error |
|---|---|
| 401, whatever portcall showed it | `not_found`, or no access; `unauthorized` where it refused a login |
| 403 | `forbidden` |
| 404 | `not_found` |
| 429 | `rate_limited` |
| 500 and above, or something that is no registry | `upstream_error` |
| nothing at all | `unreachable`, or `timeout` |

## Statuses of the server over HTTP

| status | when |
|---|---|
| 200 | every answer of a tool, errors included |
| 401 | no token, or one that does not count (any more); `WWW-Authenticate` says where to get one |
| 403 | a token without the scope, or an origin that is not allowed |
| 421 | a name that is neither in `public_url` nor in `allowed_hosts` |
| 429, 503 | too many requests of one caller, or of all together; `Retry-After` says when to come again |"""

#: What to do, by code; each error's own hint says it for its case.
NEXT: dict[ErrorCode, str] = {
    "invalid_reference": "Write the image as Docker does; the position says where reading ended.",
    "invalid_argument": "The error names the argument, and what it takes.",
    "not_found": "Check the name; `candidates` has what was probably meant. A private image may need a login.",
    "unauthorized": "Log in, or correct the login: `portcall doctor` tells where it came from.",
    "forbidden": "Ask whoever runs the registry for access, or the server for a token with the scope.",
    "blocked": "List the registry in the configuration, if you trust it; the error says which key.",
    "rate_limited": "Wait `retry_after` seconds. Signed in, the allowance is usually larger.",
    "unreachable": "Check the name, the network and the certificate; `portcall registries HOST --probe`.",
    "timeout": "Ask for less, or set `network.timeout` or `limits.content_timeout` higher.",
    "upstream_error": "The registry's own fault: try again later, or check that the endpoint is a registry.",
    "unsupported": "The hint says what works instead, and which registries have it.",
    "too_large": "Ask for a part: one platform, one file, fewer rows; or raise `limits.max_fetch_bytes`.",
    "digest_mismatch": "Trust nothing of it. A proxy or a mirror in between may have changed it.",
    "read_only": "The operator can allow writing: `--allow-write`.",
    "internal": "A fault in portcall or in a plugin; the log has the details.",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """How to have an error."""

    tool: str
    arguments: dict[str, Any]
    quirks: tuple[Quirk, ...] = ()
    is_guarded: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


_API = {"image_name": f"{HOST}/shop/api:1.4.2"}
SCENES: dict[ErrorCode, Scene] = {
    "invalid_reference": Scene("get_image_details", {"image_name": f"{HOST}/Shop/api"}),
    "invalid_argument": Scene("search_tags", {"image_name": f"{HOST}/shop/api", "limt": 5}),
    "not_found": Scene("get_image_details", {"image_name": f"{HOST}/shop/api:1.4.20"}),
    "unauthorized": Scene("get_image_details", _API, is_guarded=True),
    "forbidden": Scene("get_image_details", _API, (quirks.Answer(403),)),
    "blocked": Scene("get_image_details", {"image_name": "10.0.0.7/shop/api"}),
    "rate_limited": Scene("get_image_details", _API, (quirks.Answer(429, retry_after=30),)),
    # Port 1 is nobody's.
    "unreachable": Scene(
        "get_image_details", _API, settings={"registries": {HOST: {"endpoint": "http://127.0.0.1:1"}}}
    ),
    "timeout": Scene("get_image_details", _API, (quirks.Latency(3),), settings={"network": {"timeout": 0.3}}),
    "upstream_error": Scene("get_image_details", _API, (quirks.Answer(503, retry_after=60),)),
    "unsupported": Scene("search_users", {"query": "ada", "registry": HOST}),
    "too_large": Scene("analyze_layers", {**_API, "deep": True}, settings={"limits": {"max_fetch_bytes": 100}}),
    "digest_mismatch": Scene("get_manifest", _API, (quirks.WrongDigestHeader(),)),
}


def classes() -> list[type[PortcallError]]:
    """Return every class of errors, bases before those derived from them."""
    found: list[type[PortcallError]] = []
    waiting: list[type[PortcallError]] = [PortcallError]
    while waiting:
        kind = waiting.pop(0)
        if kind.__module__ == errors.__name__:
            found.append(kind)
            waiting += kind.__subclasses__()
    return found


def code_of(name: str) -> ErrorCode | None:
    """Return the code of a class of errors by its name; ``None`` where there is no such class."""
    return next((kind.code for kind in classes() if kind.__name__ == name), None)


def undocumented(kinds: list[type[PortcallError]] | None = None) -> list[str]:
    """Return the codes without a class of their own or a next step, and the classes without a docstring."""
    told = {kind.code for kind in classes()}
    codes = [each for each in get_args(ErrorCode) if each not in told or each not in NEXT]
    return codes + [kind.__name__ for kind in kinds or classes() if not kind.__dict__.get("__doc__")]


def errors_page(texts: Mapping[str, str]) -> str:
    """Return the page, with the texts that an agent read."""
    rows = ([f"[`{each}`](#{each})", summary(_class_of(each)), NEXT[each]] for each in get_args(ErrorCode))
    parts = [part for each in get_args(ErrorCode) for part in _one(each, texts.get(each))]
    return page("Errors", INTRODUCTION, table(("code", "when", "next step"), rows), *parts, STATUSES)


def _class_of(wanted: ErrorCode) -> type[PortcallError]:
    return next(kind for kind in classes() if kind.code == wanted and kind is not PortcallError)


def _one(wanted: ErrorCode, text: str | None) -> list[str]:
    kinds = [kind for kind in classes() if kind.code == wanted and kind is not PortcallError]
    parts = [f"## `{wanted}` {{ #{wanted} }}"]
    parts += [f"{code(kind.__name__)}: {summary(kind)}" for kind in kinds]
    parts += [f"**Next:** {NEXT[wanted]}"]
    if text is not None:
        scene = SCENES[wanted]
        parts += [f"For example `{scene.tool}`:", block(text)]
    return parts


async def error_texts() -> dict[str, str]:
    """Have every error that can be had, and return what an agent reads, by code."""
    # Side by side: some try again before they give up.
    texts = await asyncio.gather(*(_had(wanted, scene) for wanted, scene in SCENES.items()))
    return dict(zip(SCENES, texts, strict=True))


async def _had(wanted: ErrorCode, scene: Scene) -> str:
    registry = demo_registry(
        HOST, quirks=scene.quirks, auth=BasicAuth({"ada": "secret"}) if scene.is_guarded else None
    )
    with registry.serve() as address:
        settings = Settings.model_validate({"registries": {HOST: {"endpoint": address.url}}, **scene.settings})
        async with connected(settings) as agent:
            answer = await agent.call(scene.tool, **scene.arguments)
    assert answer.code == wanted, answer.text
    return answer.text.replace(str(address.port), "5000")
