"""Every quirk does what its registry does: redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    APP,
    BLOB,
    LIST,
    MANIFEST,
    asking,
)

from portcall.testing import quirks

if TYPE_CHECKING:
    pass


def test_blob_redirect():
    with asking(quirks.BlobRedirect("http://cdn.test")) as client:
        answer = client.get(BLOB)
        digest = APP.layers[0].digest.replace(":", "%3A")
        assert answer.status_code == 307
        assert answer.headers["Location"].startswith(f"http://cdn.test/blobs/{digest}?X-Amz-Algorithm=")
        assert client.get(MANIFEST).status_code == 200


@pytest.mark.parametrize("kind", [quirks.Redirect, quirks.ManifestRedirect])
def test_redirect(kind: type[quirks.Redirect]):
    with asking(kind("http://other.test/", status=302)) as client:
        answer = client.get(f"{MANIFEST}?a=b")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"http://other.test{MANIFEST}?a=b")
        assert (client.get(LIST).status_code == 302) == (kind is quirks.Redirect)


def test_redirect_to_one_place():
    with asking(quirks.Redirect("http://169.254.169.254/latest", keep_path=False)) as client:
        assert client.get(MANIFEST).headers["Location"] == "http://169.254.169.254/latest"
