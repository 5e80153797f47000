"""Docker's registry takes what the builders made, and answers as the fake does."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from portcall.digest import digest_of
from portcall.testing import FakeRegistry, bad_manifests, demo_registry, odd_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing import BuiltManifest

pytestmark = pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")

#: What Debian's 2.8.2 refuses, and why that says nothing about the builders.
REFUSED = {
    "layer-is-absent": "MANIFEST_BLOB_UNKNOWN",
    "child-is-absent": "MANIFEST_BLOB_UNKNOWN",
    "sha512": "DIGEST_INVALID",
}
CONFIG = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
validation: {{manifests: {{urls: {{allow: ["^https://"]}}}}}}
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "config.yml").write_text(CONFIG.format(folder=folder / "data", port=port))
    command = ["docker-registry", "serve", str(folder / "config.yml")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False, trust_env=False) as client:
            _wait_for(client, process)
            yield client
    finally:
        process.terminate()
        process.wait()


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "docker-registry did not start"
        try:
            client.get("/v2/")
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("docker-registry does not answer")


def push(client: httpx.Client, repository: str, built: BuiltManifest, tag: str = "") -> httpx.Response:
    for member in built.family():
        for digest, blob in member.blobs.items():
            location = client.post(f"/v2/{repository}/blobs/uploads/").headers["Location"]
            client.put(httpx.URL(location).copy_merge_params({"digest": digest}), content=blob)
        names = [member.digest, *([tag] if tag and member is built else [])]
        for name in names:
            url, headers = f"/v2/{repository}/manifests/{name}", {"Content-Type": member.media_type}
            answer = client.put(url, content=member.manifest, headers=headers)
    return answer


@pytest.mark.parametrize("name", sorted(odd_manifests().keys() - {"wide-index"}))
def test_odd_manifest_is_accepted(real: httpx.Client, name: str):
    answer = push(real, f"odd/{name}", odd_manifests()[name])
    if name in REFUSED:
        assert answer.json()["errors"][0]["code"] == REFUSED[name]
    else:
        assert (answer.status_code, answer.text) == (201, "")


@pytest.mark.parametrize("name", sorted(bad_manifests().keys() - {"size-is-negative"}))
def test_bad_manifest_is_refused(real: httpx.Client, name: str):
    assert push(real, f"bad/{name}", bad_manifests()[name]).status_code in {400, 500}


@pytest.fixture(scope="module")
def both(real: httpx.Client) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    registry = demo_registry()
    _copy(registry, real)
    with (
        registry.serve() as address,
        httpx.Client(base_url=address.url, verify=False, trust_env=False) as fake,
    ):
        yield real, fake


def _copy(registry: FakeRegistry, real: httpx.Client) -> None:
    from portcall.testing import demo_catalog

    for entry in demo_catalog():
        for tag in entry.tags if entry.repository != "shop/gateway" else ():
            answer = push(real, entry.repository, entry.built, tag)
            assert answer.headers["Docker-Content-Digest"] == registry.digest(entry.repository, tag)


ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
ABSENT = digest_of(b"absent")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    ["shop/api/manifests/1.4.2", "shop/worker/manifests/latest", "charts/shop/manifests/0.3.1", ""],
)
def test_fake_and_real_registry_answer_alike(both: tuple[httpx.Client, httpx.Client], method: str, path: str):
    real, fake = (one.request(method, f"/v2/{path}", headers={"Accept": ACCEPT}) for one in both)
    assert fake.status_code == real.status_code == 200
    assert fake.content == real.content
    for name in ("Content-Length", "Docker-Content-Digest", "ETag", "Docker-Distribution-Api-Version"):
        assert fake.headers.get(name) == real.headers.get(name)
    assert fake.headers["Content-Type"] == real.headers["Content-Type"].partition(";")[0]


@pytest.mark.parametrize(
    "path",
    [
        "shop/api/manifests/none",
        f"shop/api/manifests/{ABSENT}",
        f"shop/api/blobs/{ABSENT}",
        "shop/none/tags/list",
    ],
)
def test_fake_and_real_registry_refuse_alike(both: tuple[httpx.Client, httpx.Client], path: str):
    real, fake = (one.get(f"/v2/{path}", headers={"Accept": ACCEPT}) for one in both)
    assert fake.status_code == real.status_code >= 400
    (said,), (expected,) = fake.json()["errors"], real.json()["errors"]
    assert (said["code"], said["detail"]) == (expected["code"], expected["detail"])


@pytest.mark.parametrize("header", ["bytes=0-3", "bytes=5-", "bytes=-7", "bytes=3-999999"])
def test_fake_and_real_registry_serve_the_same_parts(both: tuple[httpx.Client, httpx.Client], header: str):
    manifest = both[1].get("/v2/charts/shop/manifests/0.3.1").json()
    path = f"/v2/charts/shop/blobs/{manifest['layers'][0]['digest']}"
    real, fake = (one.get(path, headers={"Range": header}) for one in both)
    assert (fake.status_code, fake.content) == (real.status_code, real.content)
    assert fake.headers["Content-Range"] == real.headers["Content-Range"]
    assert fake.headers["Content-Type"] == real.headers["Content-Type"]


def test_fake_and_real_registry_know_what_a_client_has(both: tuple[httpx.Client, httpx.Client]):
    for one in both:
        etag = one.get("/v2/shop/api/manifests/1.4.2", headers={"Accept": ACCEPT}).headers["ETag"]
        headers = {"Accept": ACCEPT, "If-None-Match": etag}
        assert one.get("/v2/shop/api/manifests/1.4.2", headers=headers).status_code == 304
