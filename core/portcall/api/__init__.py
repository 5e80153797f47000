"""Vendors' own REST APIs, over the one HTTP client: what registries tell beside the distribution protocol."""

from portcall.api.client import ApiClient
from portcall.api.rows import left_out, read_rows

__all__ = ["ApiClient", "left_out", "read_rows"]
