"""Every quirk does what its registry does: manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    APP,
    BOTH,
    DOCKER,
    MANIFEST,
    asking,
    code,
)

from portcall.digest import digest_of
from portcall.testing import quirks

if TYPE_CHECKING:
    pass


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_digest_header(method: str):
    with asking(quirks.NoDigestHeader()) as client:
        assert "Docker-Content-Digest" not in client.request(method, MANIFEST).headers


def test_wrong_digest_header():
    with asking(quirks.WrongDigestHeader(digest_of(b"B"))) as client:
        answer = client.get(MANIFEST)
        assert answer.headers["Docker-Content-Digest"] == digest_of(b"B")
        assert answer.content == BOTH.manifest


def test_head_refused():
    with asking(quirks.HeadRefused()) as client:
        assert client.head(MANIFEST).status_code == 405
        assert client.get(MANIFEST).status_code == 200


def test_bare_head():
    with asking(quirks.BareHead()) as client:
        headers = client.head(MANIFEST).headers
        assert not {"docker-content-digest", "content-type", "content-length"} & set(headers)
        assert "Content-Type" in client.get(MANIFEST).headers


def test_other_content_type():
    with asking(quirks.OtherContentType()) as client:
        assert client.get(MANIFEST).headers["Content-Type"] == "text/plain; charset=utf-8"


def test_content_type_parameters():
    with asking(quirks.ContentTypeParameters()) as client:
        assert client.get(MANIFEST).headers["Content-Type"] == f"{BOTH.media_type}; charset=utf-8"


def test_strict_accept():
    with asking(quirks.StrictAccept()) as client:
        answer = client.get(MANIFEST, headers={"Accept": APP.media_type})
        assert (answer.status_code, code(answer)) == (404, "MANIFEST_UNKNOWN")
        assert client.get(MANIFEST, headers={"Accept": f"x/y;q=1, {BOTH.media_type}"}).status_code == 200
        client.registry.push("shop/api", DOCKER, tags=["docker"])
        child = client.get("/v2/shop/api/manifests/docker", headers={"Accept": "x/y"})
        assert child.headers["Docker-Content-Digest"] == DOCKER.children[0].digest


def test_child_instead_of_index():
    with asking(quirks.ChildInsteadOfIndex()) as client:
        answer = client.head(MANIFEST, headers={"Accept": APP.media_type})
        assert answer.headers["Docker-Content-Digest"] == APP.digest
        answer = client.head(MANIFEST, headers={"Accept": BOTH.media_type})
        assert answer.headers["Docker-Content-Digest"] == BOTH.digest
