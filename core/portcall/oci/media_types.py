"""Media types of manifests, indexes and configurations, and how to tell them apart."""

from __future__ import annotations

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
SCHEMA1 = frozenset({DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED})
#: What CDNs and misconfigured servers send instead of a manifest's type.
GENERIC = frozenset({"", "text/plain", "text/html", "application/json", "application/octet-stream"})
IMAGE_CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})

#: Sent with every manifest request. All of them, always: a registry that is not told about an index
#: converts it, answers with a child's digest, or denies that the tag exists.
ACCEPT_MANIFESTS = ", ".join((OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST, "*/*;q=0.1"))


def is_foreign(media_type: str) -> bool:
    """Tell whether a layer of this type lives outside the registry."""
    return "nondistributable" in media_type or ".foreign." in media_type
