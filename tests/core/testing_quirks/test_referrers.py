"""Every quirk does what its registry does: referrers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    APP,
    REFERRERS,
    asking,
    code,
)

from portcall.digest import digest_of
from portcall.testing import artifact, quirks

if TYPE_CHECKING:
    pass


@pytest.mark.parametrize("status", [404, 400, 406, 401])
def test_referrers_refused(status: int):
    with asking(quirks.ReferrersRefused(status)) as client:
        answer = client.get(REFERRERS)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")


def test_referrers_refused_by_redirect():
    with asking(quirks.ReferrersRefused(303, headers={"Location": "https://github.test/"})) as client:
        assert client.get(REFERRERS).headers["Location"] == "https://github.test/"


def test_referrers_unknown_subject():
    with asking(quirks.ReferrersUnknownSubject()) as client:
        answer = client.get(f"/v2/shop/api/referrers/{digest_of(b'none')}")
        assert (answer.status_code, code(answer)) == (400, "MANIFEST_INVALID")
        assert client.get(REFERRERS).status_code == 200


def test_referrers_false_success():
    with asking(quirks.ReferrersFalseSuccess()) as client:
        answer = client.get(REFERRERS)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_referrers_unfiltered():
    with asking(quirks.ReferrersUnfiltered()) as client:
        for kind in ("a", "b"):
            client.registry.push("shop/api", artifact(f"application/vnd.{kind}", subject=APP))
        answer = client.get(f"{REFERRERS}?artifactType=application/vnd.a")
        assert len(answer.json()["manifests"]) == 2
        assert "OCI-Filters-Applied" not in answer.headers


def test_referrers_poor():
    with asking(quirks.ReferrersPoor()) as client:
        sbom = artifact("application/vnd.a", subject=APP, annotations={"a": "b"})
        client.registry.push("shop/api", sbom)
        answer = client.get(REFERRERS)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        poor = sbom.descriptor(artifactType="application/vnd.oci.empty.v1+json")
        assert answer.json()["manifests"] == [poor]
