"""The marker that ties a test to the published advisories whose fault it looks for in portcall."""

from __future__ import annotations

import pytest

#: ``@advisory("CVE-2020-15157", "GHSA-qvqc-4c52-x6qp")``: the table in ``docs/security.md`` holds each of them.
advisory = pytest.mark.advisory

#: A name inside an archive, or in an annotation, became a path outside of the folder that it was meant for.
TRAVERSAL = (
    "CVE-2021-21272",
    "CVE-2026-85731",
    "GHSA-8xwf-rjm4-xvhv",
    "GHSA-fxhp-mv3v-67qp",
    "CVE-2024-24579",
    "CVE-2025-62725",
)
#: Python's own archive reader: it turns in circles, and its filters can be passed by.
PYTHONS_TAR = ("CVE-2026-11972", "CVE-2025-8194", "CVE-2025-4517")
