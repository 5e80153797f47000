"""What the administrator of a Quay decides; the defaults are quay.io's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Quay's configuration, as far as a reader of images meets it.

    Attributes:
        server_hostname: SERVER_HOSTNAME, the challenge's ``service``; ``None``: the request's own host.
        anonymous_access: FEATURE_ANONYMOUS_ACCESS; without it nobody sees anything without a login.
        public_catalog: FEATURE_PUBLIC_CATALOG; without it ``_catalog`` is empty for anonymous callers.
        referrers: FEATURE_REFERRERS_API; without it the route answers 404. quay.io's own state is **U**.
        security_scanner: FEATURE_SECURITY_SCANNER; without it ``/security`` does not exist.
        superusers_full_access: FEATURE_SUPERUSERS_FULL_ACCESS; superusers read what is private. Quay's own
            default is false; here it is true, so that a superuser's token makes a difference.
        partial_user_autocomplete: FEATURE_PARTIAL_USER_AUTOCOMPLETE; without it entities match exactly.
        reader_build_logs: FEATURE_READER_BUILD_LOGS; readers of a build see its ``archive_url``, too.
        sparse_index: FEATURE_SPARSE_INDEX; tags of manifest lists tell which children are there.
        browsers_refused: BROWSER_API_CALLS_XHR_ONLY; see :mod:`tests.doubles.quay.browsers`.
        rate_limits: nginx's own; see :mod:`tests.doubles.quay.limits`.
        search_page: SEARCH_RESULTS_PER_PAGE.
        search_pages: SEARCH_MAX_RESULT_PAGE_COUNT.
        tags_page: ``max(V2_PAGINATION_SIZE, 100)`` (q: endpoints/v2/__init__.py).
    """

    server_hostname: str | None = None
    anonymous_access: bool = True
    public_catalog: bool = False
    referrers: bool = True
    security_scanner: bool = True
    superusers_full_access: bool = True
    partial_user_autocomplete: bool = True
    reader_build_logs: bool = False
    sparse_index: bool = False
    browsers_refused: bool = True
    rate_limits: bool = False
    search_page: int = 10
    search_pages: int = 10
    tags_page: int = 100
