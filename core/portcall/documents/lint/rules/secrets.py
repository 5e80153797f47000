"""Rules about secrets: what is written into a Dockerfile is in its image's history for everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from portcall.documents.lint.finding import Check, Place, Rule
from portcall.documents.lint.naming import named
from portcall.documents.lint.steps import environment_of
from portcall.documents.words import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.dockerfile import Instruction
    from portcall.documents.lint.steps import Build

_B, _E = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9])"
#: What secrets of known makers look like. Each begins at the beginning of a word and ends after so many
#: characters, so that a search stays linear.
_SHAPES = {
    "an AWS access key": rf"{_B}(?:AKIA|ASIA)[A-Z0-9]{{16}}{_E}",
    "a GitHub token": rf"{_B}(?:gh[pousr]_[A-Za-z0-9]{{36,255}}|github_pat_[A-Za-z0-9_]{{22,255}})",
    "a GitLab token": rf"{_B}gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{{20,255}}",
    "a Docker access token": rf"{_B}dckr_[op]at_[A-Za-z0-9_-]{{20,64}}",
    "an npm token": rf"{_B}npm_[A-Za-z0-9]{{36}}{_E}",
    "a PyPI token": rf"{_B}pypi-AgE[A-Za-z0-9_-]{{40,500}}",
    "a Slack token": rf"{_B}xox[abeoprs]-[A-Za-z0-9-]{{10,255}}",
    "a Stripe key": rf"{_B}[rs]k_live_[A-Za-z0-9]{{16,255}}",
    "a Google API key": rf"{_B}AIza[A-Za-z0-9_-]{{35}}{_E}",
    "an AI provider's key": rf"{_B}sk-(?:ant-|proj-)[A-Za-z0-9_-]{{20,255}}",
    "a JSON web token": rf"{_B}eyJ[A-Za-z0-9_-]{{10,999}}\.eyJ[A-Za-z0-9_-]{{10,2999}}\.[A-Za-z0-9_-]{{10,999}}",
    "a private key": r"-----BEGIN (?:[A-Z]{2,10} ){0,3}PRIVATE KEY-----",
    "a password in a URL": r"://[^\s/:@$\"'{}]{1,64}:[^\s/@$\"'{}]{1,128}@",
}
_ANY_SHAPE = re.compile("|".join(f"(?P<s{i}>{shape})" for i, shape in enumerate(_SHAPES.values())))

_SECRET_NAME = re.compile(
    r"(?:\A|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PW|SECRETS?|TOKEN|APIKEY|API_KEY|ACCESS_KEY|SECRET_KEY|"
    r"PRIVATE_KEY|SSH_KEY|SIGNING_KEY|ENCRYPTION_KEY|AUTH_KEY|CREDENTIALS?)(?:\Z|_)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: Names that end so tell where a secret is, or of what kind.
_ABOUT_SECRET = re.compile(
    r"_(?:FILE|PATH|DIR|URL|URI|HOST|ENDPOINT|NAME|ID|KIND|TYPE|HEADER|LENGTH|SIZE|TTL|EXPIRY|EXPIRES(?:_IN)?|"
    r"ISSUER|ALGORITHM|ENABLED|REQUIRED|POLICY|STORE|PROVIDER|MODE|PREFIX|VERSION)\Z|\A(?:OLD)?PWD\Z|PUBLIC"
)
_NO_SECRET = re.compile(r"(?:|true|false|yes|no|on|off|none|null|[0-9]|/\S*|\.{1,2}/\S*)\Z", re.IGNORECASE)
_SECRET_FILE = re.compile(
    r"(?:\A|/)(?:\.env(?:\.(?!example\Z|sample\Z|template\Z|dist\Z)[a-z]+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.npmrc"
    r"|\.pypirc|\.netrc|_netrc|\.git-credentials|\.dockerconfigjson|\.pgpass|\.htpasswd|\.aws(?:/credentials)?|\.ssh"
    r"|\.docker(?:/config\.json)?|\.kube(?:/config)?|kubeconfig|[^/]{1,200}\.(?:pem|p12|pfx|keystore|jks))/?\Z",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(
    r"(?:\A|/|[-_.])(?:ca|cert|certs|certificate|chain|fullchain|bundle|public|pub)[^/]{0,200}\Z", re.IGNORECASE
)


class Secret(NamedTuple):
    """A secret by its shape: where it stands in a text, and what it looks like."""

    start: int
    end: int
    kind: str


def secrets_in(text: str) -> Iterator[Secret]:
    """Yield what looks like a secret in a text, in order, in linear time."""
    kinds = list(_SHAPES)
    for match in _ANY_SHAPE.finditer(text):
        yield Secret(match.start(), match.end(), kinds[int((match.lastgroup or "s0")[1:])])


def _secret_value(build: Build) -> Iterator[Place]:
    text, line, at = build.dockerfile.text, 1, 0
    told: set[tuple[int, str]] = set()
    for secret in secrets_in(text):
        line, at = line + text.count("\n", at, secret.start), secret.start
        if (line, secret.kind) not in told:
            told.add((line, secret.kind))
            yield Place(line, f"what looks like {secret.kind} stands here in plain text")


def _is_secret(name: str) -> bool:
    upper = _CAMEL.sub("_", name).upper().replace("-", "_").replace(".", "_")
    return _SECRET_NAME.search(upper) is not None and _ABOUT_SECRET.search(upper) is None


def _values(instruction: Instruction) -> list[tuple[str, str | None]]:
    """Return the variables that an ``ENV`` or ``ARG`` sets, without quotes; ``None`` for no value."""
    if instruction.keyword == "ENV":
        return [(name, unquote(value, instruction.escape)) for name, value in environment_of(instruction)]
    if instruction.keyword != "ARG":
        return []
    parts = (word.partition("=") for word in instruction.words())
    return [(name, unquote(value, instruction.escape) if equals else None) for name, equals, value in parts]


def _secret_variable(build: Build) -> Iterator[Place]:
    for instruction in build.dockerfile.instructions:
        for name, value in _values(instruction):
            if value is not None and not _NO_SECRET.match(value) and _is_secret(name):
                which = named(name, "a variable")
                yield Place(
                    instruction.line, f"{instruction.keyword} gives {which} a value, which stays in the image"
                )


def _secret_argument(build: Build) -> Iterator[Place]:
    for instruction in build.dockerfile.instructions:
        for name, value in _values(instruction):
            if instruction.keyword == "ARG" and not value and _is_secret(name):
                which = named(name, "a variable")
                yield Place(instruction.line, f"the value that a build gives {which} stays in the image's history")


def _secret_file(build: Build) -> Iterator[Place]:
    for step in build.all_steps:
        if step.keyword not in {"COPY", "ADD"} or step.instruction.flag("from"):
            continue
        for source in step.words[:-1]:
            if _SECRET_FILE.search(source) and not _CERTIFICATE.search(source):
                found = (
                    f"{named(source, 'a file')} mostly holds secrets, and stays in a layer even if it is deleted"
                )
                yield Place(step.line, found)


_MOUNT = "Use RUN --mount=type=secret where it is needed"

CHECKS = (
    Check(
        Rule("secret-value", "error", f"Revoke it, and keep it out of the file. {_MOUNT}."),
        _secret_value,
    ),
    Check(
        Rule(
            "secret-variable",
            "error",
            f"{_MOUNT} for the build, and give it to the container when that starts.",
            frozenset({"DL3064"}),
        ),
        _secret_variable,
    ),
    Check(
        Rule("secret-argument", "warning", f"{_MOUNT} instead of ARG.", frozenset({"DL3064"})),
        _secret_argument,
    ),
    Check(
        Rule("secret-file", "warning", f"{_MOUNT}, and list the file in .dockerignore.", is_of_source=True),
        _secret_file,
    ),
)
