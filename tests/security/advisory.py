"""The marker that ties a test to the published advisories whose fault it looks for in portcall."""

from __future__ import annotations

import pytest

#: ``@advisory("CVE-2020-15157", "GHSA-qvqc-4c52-x6qp")``: the table in ``docs/security.md`` holds each of them.
advisory = pytest.mark.advisory
