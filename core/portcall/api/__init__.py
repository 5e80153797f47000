"""Vendors' own REST APIs, over the one HTTP client: what registries tell beside the distribution protocol."""

from portcall.api.client import ApiClient

__all__ = ["ApiClient"]
