"""In-toto statements with the predicates that BuildKit writes: SLSA provenance and SPDX.

Shapes: moby/buildkit ``docs/attestations/slsa-definitions.md`` and ``slsa-provenance.md``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from portcall.digest import digest_of
from portcall.testing.images.trees import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.testing.images.built import BuiltImage

Slsa = Literal["v1", "v0.2"]

SPDX = "https://spdx.dev/Document"
PROVENANCE: dict[Slsa, str] = {
    "v1": "https://slsa.dev/provenance/v1",
    "v0.2": "https://slsa.dev/provenance/v0.2",
}

_STATEMENT = "https://in-toto.io/Statement/v0.1"
_BUILD_TYPE = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of an SBOM; ``kind`` is its package-URL type."""

    name: str
    version: str
    license: str = "NOASSERTION"
    kind: str = "deb"
    namespace: str = "debian"


@dataclass(frozen=True, slots=True)
class Build:
    """Where an image came from.

    Attributes:
        source: The repository that it was built from.
        revision: The commit.
        builder: The builder's id.
        base: The base image as a reference, and the digest that it had.
        args: Build arguments.
        target: The Dockerfile's stage, where one was named.
    """

    source: str = "https://github.com/example/app.git"
    revision: str = "0123456789abcdef0123456789abcdef01234567"
    builder: str = "https://github.com/example/app/actions/runs/4211/attempts/1"
    base: tuple[str, str] | None = None
    args: tuple[tuple[str, str], ...] = ()
    target: str = ""


def statement(
    kind: str,
    subject: BuiltImage,
    name: str,
    *,
    build: Build,
    dockerfile: str | None,
    packages: Sequence[Package],
) -> dict[str, Any]:
    """Return an in-toto statement of one kind about an image."""
    platform = subject.platform or "linux/amd64"
    purl = f"pkg:docker/{_purl(name)}?platform={quote(platform, safe='')}"
    predicate = {
        SPDX: lambda: _spdx(name, packages, platform),
        PROVENANCE["v1"]: lambda: _provenance_v1(build, dockerfile, platform),
        PROVENANCE["v0.2"]: lambda: _provenance_v02(build, dockerfile, platform),
    }[kind]()
    algorithm, _, hexadecimal = subject.digest.partition(":")
    return {
        "_type": _STATEMENT,
        "predicateType": kind,
        "subject": [{"name": purl, "digest": {algorithm: hexadecimal}}],
        "predicate": predicate,
    }


def _purl(reference: str) -> str:
    path, _, tag = reference.rpartition(":")
    return f"{path}@{tag}" if path and "/" not in tag else reference


def _materials(build: Build, platform: str) -> list[dict[str, Any]]:
    if build.base is None:
        return []
    reference, digest = build.base
    algorithm, _, hexadecimal = digest.partition(":")
    uri = f"pkg:docker/{_purl(reference)}?platform={quote(platform, safe='')}"
    return [{"uri": uri, "digest": {algorithm: hexadecimal}}]


def _request(build: Build) -> dict[str, Any]:
    args = {f"build-arg:{key}": value for key, value in build.args}
    return {
        "frontend": "dockerfile.v0",
        "args": {**args, **({"target": build.target} if build.target else {})},
        "locals": [{"name": "context"}, {"name": "dockerfile"}],
    }


def _steps(build: Build) -> list[dict[str, Any]]:
    base = f"docker-image://{build.base[0]}" if build.base else "local://context"
    return [
        {"id": "step0", "op": {"Op": {"source": {"identifier": base}}}},
        {
            "id": "step1",
            "op": {"Op": {"exec": {"meta": {"args": ["/bin/sh", "-c", "make install"]}}}},
            "inputs": ["step0:0"],
        },
    ]


def _buildkit(build: Build, dockerfile: str | None) -> dict[str, Any]:
    """BuildKit's own part of the metadata; the Dockerfile is there with ``mode=max`` only."""
    found: dict[str, Any] = {"vcs": {"localdir:context": ".", "source": build.source, "revision": build.revision}}
    if dockerfile is not None:
        ranges = [{"start": {"line": 1}, "end": {"line": 1}}]
        found["source"] = {
            "locations": {"step0": {"locations": [{"ranges": ranges}]}},
            "infos": [
                {
                    "filename": "Dockerfile",
                    "language": "Dockerfile",
                    "data": base64.b64encode(dockerfile.encode()).decode(),
                    "llbDefinition": _steps(build)[:1],
                    "digestMapping": {digest_of(b"step0"): "step0"},
                }
            ],
        }
    return found


def _provenance_v1(build: Build, dockerfile: str | None, platform: str) -> dict[str, Any]:
    internal: dict[str, Any] = {"builderPlatform": platform}
    if dockerfile is not None:
        internal["buildConfig"] = {"llbDefinition": _steps(build)}
    return {
        "buildDefinition": {
            "buildType": _BUILD_TYPE,
            "externalParameters": {"configSource": {"path": "Dockerfile"}, "request": _request(build)},
            "internalParameters": internal,
            "resolvedDependencies": _materials(build, platform),
        },
        "runDetails": {
            "builder": {"id": build.builder},
            "metadata": {
                "invocationID": "rpv7a389uzil5lqmrgwhijwjz",
                "startedOn": EPOCH,
                "finishedOn": EPOCH,
                "buildkit_metadata": _buildkit(build, dockerfile),
                "buildkit_hermetic": False,
                "buildkit_completeness": {"request": True, "resolvedDependencies": False},
                "buildkit_reproducible": False,
            },
        },
    }


def _provenance_v02(build: Build, dockerfile: str | None, platform: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "builder": {"id": build.builder},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": _materials(build, platform),
        "invocation": {
            "configSource": {"entryPoint": "Dockerfile"},
            "parameters": _request(build),
            "environment": {"platform": platform},
        },
        "metadata": {
            "buildInvocationID": "rpv7a389uzil5lqmrgwhijwjz",
            "buildStartedOn": EPOCH,
            "buildFinishedOn": EPOCH,
            "completeness": {"parameters": True, "environment": True, "materials": False},
            "reproducible": False,
            "https://mobyproject.org/buildkit@v1#metadata": _buildkit(build, dockerfile),
        },
    }
    if dockerfile is not None:
        found["buildConfig"] = {"llbDefinition": _steps(build)}
    return found


def _spdx(name: str, packages: Sequence[Package], platform: str) -> dict[str, Any]:
    architecture = platform.split("/")[1]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://example.com/spdx/{quote(name, safe='')}",
        "creationInfo": {"created": EPOCH, "creators": ["Tool: buildkit-scanner", "Organization: Example"]},
        "packages": [_spdx_package(package, architecture) for package in packages],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": f"SPDXRef-Package-{package.kind}-{package.name}",
            }
            for package in packages
        ],
    }


def _spdx_package(package: Package, architecture: str) -> dict[str, Any]:
    namespace = f"{package.namespace}/" if package.namespace else ""
    purl = f"pkg:{package.kind}/{namespace}{package.name}@{quote(package.version)}?arch={architecture}"
    return {
        "name": package.name,
        "SPDXID": f"SPDXRef-Package-{package.kind}-{package.name}",
        "versionInfo": package.version,
        "supplier": "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": package.license,
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            }
        ],
    }
