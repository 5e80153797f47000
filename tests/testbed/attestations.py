"""What BuildKit and cosign say about an image: in-toto statements, envelopes, signatures.

Shapes after BuildKit 0.12 (provenance v0.2, ``mode=max``) and 0.21 (provenance v1), SPDX 2.3, cosign 2.
The signatures are not real: whoever verifies them must say so.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.testbed.content import CREATED, PACKAGES, REVISION, SOURCE, Document
from tests.testbed.push import encode

IN_TOTO = "application/vnd.in-toto+json"
ATTESTATION_MANIFEST = "application/vnd.docker.attestation.manifest.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
SPDX = "https://spdx.dev/Document"
PROVENANCE_02 = "https://slsa.dev/provenance/v0.2"
PROVENANCE_1 = "https://slsa.dev/provenance/v1"

DOCKERFILE = b"""\
# syntax=docker/dockerfile:1
FROM debian:bookworm-slim AS build
ARG VERSION=1.0
COPY src/ /src/
RUN cc -O2 -o /out/crane /src/crane.c

FROM scratch
COPY --from=build /out/ /srv/
RUN rm /etc/motd && configure
USER 1000:1000
ENTRYPOINT ["/srv/crane"]
"""

_BUILDER = "https://ci.example.com/harbour/runs/42"
_REQUEST = {
    "frontend": "dockerfile.v0",
    "args": {"build-arg:VERSION": "1.0"},
    "locals": [{"name": "context"}, {"name": "dockerfile"}],
}


def statement(predicate_type: str, predicate: Document, digest: str, platform: str) -> bytes:
    subject = {
        "name": f"pkg:docker/demo/app@1.0?platform={platform.replace('/', '%2F')}",
        "digest": {"sha256": digest.removeprefix("sha256:")},
    }
    return encode(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": predicate_type,
            "subject": [subject],
            "predicate": predicate,
        }
    )


def provenance(version: str, platform: str) -> Document:
    """Return a provenance predicate of either version; both hold DOCKERFILE in their source infos."""
    base = {
        "uri": f"pkg:docker/debian@bookworm-slim?platform={platform.replace('/', '%2F')}",
        "digest": {"sha256": hashlib.sha256(b"debian").hexdigest()},
    }
    steps = _build_steps(platform)
    info = {
        "filename": "Dockerfile",
        "language": "Dockerfile",
        "data": base64.b64encode(DOCKERFILE).decode(),
        "llbDefinition": steps[:1],
    }
    buildkit = {
        "vcs": {"source": f"{SOURCE}.git", "revision": REVISION, "localdir:dockerfile": "."},
        "source": {"locations": {"step0": {"locations": [_lines(2)]}}, "infos": [info]},
    }
    if version == PROVENANCE_02:
        return {
            "builder": {"id": _BUILDER},
            "buildType": "https://mobyproject.org/buildkit@v1",
            "materials": [base],
            "invocation": {
                "configSource": {"entryPoint": "Dockerfile"},
                "parameters": _REQUEST,
                "environment": {"platform": "linux/amd64"},
            },
            "buildConfig": {"llbDefinition": steps},
            "metadata": {
                "buildInvocationID": "harbour42",
                "buildStartedOn": CREATED,
                "buildFinishedOn": CREATED,
                "completeness": {"parameters": True, "environment": True, "materials": False},
                "reproducible": False,
                "https://mobyproject.org/buildkit@v1#metadata": buildkit,
            },
        }
    return {
        "buildDefinition": {
            "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
            "externalParameters": {"configSource": {"path": "Dockerfile"}, "request": _REQUEST},
            "internalParameters": {
                "buildConfig": {"llbDefinition": steps},
                "builderPlatform": "linux/amd64",
            },
            "resolvedDependencies": [base],
        },
        "runDetails": {
            "builder": {"id": _BUILDER},
            "metadata": {
                "invocationID": "harbour42",
                "startedOn": CREATED,
                "finishedOn": CREATED,
                "buildkit_metadata": buildkit,
                "buildkit_hermetic": False,
                "buildkit_completeness": {"request": True, "resolvedDependencies": False},
            },
        },
    }


def sbom() -> Document:
    """Return an SPDX document that lists PACKAGES."""
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "sbom",
        "documentNamespace": "https://example.com/spdx/crane",
        "creationInfo": {"created": CREATED, "creators": ["Tool: buildkit-scanner"]},
        "packages": [_package(name, version) for name, version in PACKAGES.items()],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-Package-base-files",
            }
        ],
    }


def simple_signing(repository: str, digest: str) -> bytes:
    """Return the payload that cosign's ``.sig`` manifests carry as a layer."""
    return encode(
        {
            "critical": {
                "identity": {"docker-reference": repository},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )


def envelope(payload: bytes) -> bytes:
    """Return a DSSE envelope, as in cosign's ``.att`` manifests."""
    return encode(
        {
            "payloadType": IN_TOTO,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(b"no real signature").decode()}],
        }
    )


def _build_steps(platform: str) -> list[Document]:
    image = {"identifier": "docker-image://docker.io/library/debian:bookworm-slim"}
    compile_ = {"args": ["/bin/sh", "-c", "cc -O2 -o /out/crane /src/crane.c"], "cwd": "/"}
    return [
        {
            "id": "step0",
            "op": {"Op": {"source": image}, "platform": {"OS": "linux", "Architecture": platform.split("/")[1]}},
        },
        {"id": "step1", "op": {"Op": {"exec": {"meta": compile_}}}, "inputs": ["step0:0"]},
    ]


def _lines(line: int) -> dict[str, Any]:
    return {"ranges": [{"start": {"line": line}, "end": {"line": line}}]}


def _package(name: str, version: str) -> Document:
    purl = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:deb/debian/{name}@{version}?distro=debian-12",
    }
    return {
        "SPDXID": f"SPDXRef-Package-{name}",
        "name": name,
        "versionInfo": version,
        "licenseDeclared": "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [purl],
    }
