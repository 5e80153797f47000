"""The four built-in backends keep the contract that every plugin's backend has to keep."""

from __future__ import annotations

from portcall.testing import BearerAuth, FakeRegistry, quirks
from portcall.testing.contract import BackendContract


class TestOci(BackendContract):
    """Any registry, by the distribution protocol alone."""

    backend = "oci"


class TestDockerHub(BackendContract):
    """Docker Hub: a token for everything, 401 for what is missing, pulls counted."""

    backend = "dockerhub"

    def make_registry(self) -> FakeRegistry:
        return FakeRegistry(auth=BearerAuth(), quirks=[quirks.MissingIsUnauthorized(), quirks.RateLimit()])


class TestGhcr(BackendContract):
    """GHCR: oldest tags first, tokens without an expiry, which its token service refuses for what is missing."""

    backend = "ghcr"

    def make_registry(self) -> FakeRegistry:
        odd = [quirks.TokenWithoutExpiry(), quirks.TokenRefusedForMissing(), quirks.PlaceholderScope()]
        return FakeRegistry(auth=BearerAuth(), quirks=odd, tag_order="pushed", page_size=10_000)


class TestQuay(BackendContract):
    """Quay: public repositories without a token, absolute links, a hundred tags at most."""

    backend = "quay"

    def make_registry(self) -> FakeRegistry:
        odd = [quirks.MissingIsUnauthorized(), quirks.TokenOnly(), quirks.AbsoluteLink()]
        return FakeRegistry(auth=BearerAuth(challenge_public=False), quirks=odd, page_size=100)
