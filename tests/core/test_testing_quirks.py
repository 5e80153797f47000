"""Every quirk does to an answer what its registry does, and only when it is its turn."""

from __future__ import annotations

import gzip
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.digest import digest_of
from portcall.testing import BearerAuth, FakeRegistry, Reply, Request, artifact, image, index, layer, quirks
from portcall.testing.answers import understood

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing.quirks import Context, Quirk

APP = image([layer({"srv/app": "hello\n" * 100})])
BOTH = index([APP, image(platform="linux/arm64/v8")])
DOCKER = index([image(docker=True), image(docker=True, platform="linux/arm64/v8")], docker=True)
TAGS = ["a", "b", "c", "d", "e"]
MANIFEST = "/v2/shop/api/manifests/a"
LIST = "/v2/shop/api/tags/list"
BLOB = f"/v2/shop/api/blobs/{APP.layers[0].digest}"
REFERRERS = f"/v2/shop/api/referrers/{APP.digest}"


class Client(httpx.Client):
    """Reaches the registry of a test."""

    registry: FakeRegistry


@contextmanager
def asking(*chosen: Quirk, **options: Any) -> Iterator[Client]:
    registry = FakeRegistry(quirks=chosen, **options)
    registry.push("shop/api", BOTH, tags=TAGS)
    with registry.serve() as address, Client(base_url=address.url, verify=False, trust_env=False) as client:
        client.registry = registry
        yield client
    for quirk in chosen:
        assert registry.fired(type(quirk)) > 0, "the quirk never showed"


def next_link(answer: httpx.Response) -> str | None:
    return answer.links.get("next", {}).get("url")


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


# When they show


def test_quirk_shows_for_its_path_only():
    with asking(quirks.Answer(503, path="/manifests/a$")) as client:
        assert client.get(MANIFEST).status_code == 503
        assert client.get("/v2/shop/api/manifests/b").status_code == 200


def test_path_matches_method_and_query_too():
    with asking(quirks.Answer(503, path=r"^HEAD .*\?n=1$")) as client:
        assert client.get(f"{LIST}?n=1").status_code == 200
        assert client.head(f"{LIST}?n=1").status_code == 503


def test_quirk_shows_so_many_times_after_so_many_occasions():
    with asking(quirks.Answer(503, times=2, skip=1)) as client:
        assert [client.get(MANIFEST).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
        assert client.registry.fired(quirks.Answer) == 2


def test_only_real_occasions_count():
    with asking(quirks.NoDigestHeader(times=1)) as client:
        client.get("/v2/shop/api/manifests/none")
        assert "Docker-Content-Digest" not in client.get(MANIFEST).headers
        assert "Docker-Content-Digest" in client.get(MANIFEST).headers


def test_quirks_work_one_on_the_other_in_order():
    with asking(quirks.ShortPages(2), quirks.AbsoluteLink(), quirks.NullsAmongTags()) as client:
        answer = client.get(LIST)
        assert answer.json()["tags"] == [None, "a", "b", "", None]
        assert next_link(answer) == f"{client.registry.address.url}/v2/shop/api/tags/list?n=2&last=b"


def test_quirks_come_and_go():
    registry = FakeRegistry()
    asked = Request(method="GET", path="/v2/", kind="ping")
    with registry.misbehaving(quirks.Answer(500)):
        assert registry.answer(asked).status == 500
    assert registry.answer(asked).status == 200
    registry.add(quirks.Answer(501))
    assert registry.answer(asked).status == 501
    registry.clear_quirks()
    assert registry.answer(asked).status == 200


def test_quirk_of_ones_own_is_a_small_class():
    @dataclass(frozen=True)
    class Teapot(quirks.Quirk):
        def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
            assert "shop/api" in context.store.repositories
            return replace(reply, status=418)

    with asking(Teapot()) as client:
        assert client.get("/v2/").status_code == 418


EVERY = [
    getattr(quirks, name)
    for name in quirks.__all__
    if name not in {"Context", "Quirk", "GzipBomb"}  # 64 MiB take their time.
]
PATHS = [
    MANIFEST,
    "/v2/shop/api/manifests/none",
    "/v2/shop/none/manifests/a",
    BLOB,
    LIST,
    f"{LIST}?n=2&last=a",
    "/v2/shop/untagged/tags/list",
    f"{REFERRERS}?artifactType=x/y",
    "/v2/_catalog?n=1",
    "/v2/",
    "/token?scope=repository:shop/none:pull",
    "/elsewhere",
]


@settings(deadline=None)
@given(
    chosen=st.lists(st.sampled_from(EVERY), min_size=1, max_size=4),
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    bearer=st.booleans(),
)
def test_any_mixture_of_quirks_gives_an_answer(chosen: list[type[Quirk]], path: str, method: str, bearer: bool):
    registry = FakeRegistry(auth=BearerAuth() if bearer else None, quirks=[kind() for kind in chosen], page_size=2)
    registry.push("shop/api", BOTH, tags=TAGS)
    registry.push("shop/untagged", APP)
    where, _, query = path.partition("?")
    headers = {"host": "x", "range": "bytes=1-2", "accept": "x/y"}
    reply = registry.answer(understood(Request(method=method, path=where, query=query, headers=headers)))
    assert 200 <= reply.status <= 599


# Manifests


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


# Bodies


@pytest.mark.parametrize("offset", [None, 0])
def test_flipped_bit(offset: int | None):
    with asking(quirks.FlippedBit(offset)) as client:
        answer = client.get(MANIFEST)
        assert len(answer.content) == BOTH.size
        assert answer.content != BOTH.manifest
        assert answer.headers["Docker-Content-Digest"] == BOTH.digest


def test_garbage():
    with asking(quirks.Garbage()) as client:
        answer = client.get(MANIFEST)
        assert answer.headers["Content-Type"] == BOTH.media_type
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            answer.json()


def test_html_page():
    with asking(quirks.HtmlPage()) as client:
        answer = client.get(LIST)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("announced", [True, False])
def test_huge_body(announced: bool):
    with asking(quirks.HugeBody(3, announced)) as client, client.stream("GET", MANIFEST) as answer:
        length = answer.headers.get("Content-Length")
        assert length == (str(3 << 20) if announced else None)
        assert sum(len(part) for part in answer.iter_raw()) == 3 << 20


def test_cut_body():
    with asking(quirks.CutBody(100)) as client, client.stream("GET", BLOB) as answer:
        parts = []
        with pytest.raises(httpx.RemoteProtocolError, match="closed"):
            parts += answer.iter_raw()
        assert int(answer.headers["Content-Length"]) == APP.layers[0].size


def test_gzip_encoding():
    with asking(quirks.GzipEncoding()) as client, client.stream("GET", BLOB) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == APP.layers[0].blob


def test_gzip_bomb():
    with asking(quirks.GzipBomb(5)) as client, client.stream("GET", MANIFEST) as answer:
        raw = b"".join(answer.iter_raw())
        assert len(raw) < 10_000
        assert len(gzip.decompress(raw)) == 5 << 20


def test_range_ignored():
    with asking(quirks.RangeIgnored()) as client:
        answer = client.get(BLOB, headers={"Range": "bytes=1-2"})
        assert (answer.status_code, answer.content) == (200, APP.layers[0].blob)
        assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("status", [416, 400])
def test_range_refused(status: int):
    with asking(quirks.RangeRefused(status=status)) as client:
        assert client.get(BLOB, headers={"Range": "bytes=1-2"}).status_code == status
        assert client.get(BLOB).content == APP.layers[0].blob


def test_range_misplaced():
    with asking(quirks.RangeMisplaced()) as client:
        answer = client.get(BLOB, headers={"Range": "bytes=5-7"})
        assert (answer.status_code, answer.content) == (206, APP.layers[0].blob[:3])
        assert answer.headers["Content-Range"] == f"bytes 0-2/{APP.layers[0].size}"


# Time and the line


def test_latency():
    with asking(quirks.Latency(0.05)) as client:
        began = time.monotonic()
        assert client.get(MANIFEST).status_code == 200
        assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("after", [-1, 0, 5])
def test_stall(after: int):
    with asking(quirks.Stall(after)) as client:
        received: list[bytes] = []
        with pytest.raises(httpx.ReadTimeout), client.stream("GET", BLOB, timeout=0.3) as answer:
            received.extend(answer.iter_raw())
        assert b"".join(received) == APP.layers[0].blob[: max(after, 0)]


def test_dribble():
    with asking(quirks.Dribble(50, 0.001)) as client, client.stream("GET", BLOB) as answer:
        assert b"".join(answer.iter_raw()) == APP.layers[0].blob


def test_hang_up():
    with asking(quirks.HangUp(times=1)) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
            client.get(MANIFEST)
        assert client.get(MANIFEST).status_code == 200


# Statuses


def test_answer_with_retry_after_in_seconds():
    with asking(quirks.Answer(503, times=2, retry_after=1)) as client:
        answer = client.get(MANIFEST)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert code(answer) == "UNKNOWN"


def test_answer_with_retry_after_as_a_date():
    with asking(quirks.Answer(429, retry_after=100, as_date=True)) as client:
        answer = client.get(MANIFEST)
        when = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()
        assert 95 < when - time.time() <= 101
        assert code(answer) == "TOOMANYREQUESTS"


def test_answer_stands_in_for_a_vendors_endpoint():
    projects = quirks.Answer(200, body=b"[1]", path="^GET /api/v2.0/projects", headers={"X-Total": "1"})
    with asking(projects) as client:
        answer = client.get("/api/v2.0/projects?page=1")
        assert (answer.status_code, answer.json(), answer.headers["X-Total"]) == (200, [1], "1")
        assert client.get("/api/v2.0/other").status_code == 404


def test_rate_limit():
    with asking(quirks.RateLimit(limit=2)) as client:
        head = client.head(MANIFEST)
        assert head.headers["ratelimit-limit"] == "2;w=21600"
        assert head.headers["ratelimit-remaining"] == "2;w=21600"
        assert head.headers["docker-ratelimit-source"] == "203.0.113.7"
        left = [client.get(MANIFEST).headers["ratelimit-remaining"] for _ in range(2)]
        assert left == ["1;w=21600", "0;w=21600"]
        refused = client.get(MANIFEST)
        assert (refused.status_code, code(refused)) == (429, "TOOMANYREQUESTS")
        assert client.head(MANIFEST).status_code == 200
        assert client.registry.metered == 2


def test_missing_is_unauthorized():
    with asking(quirks.MissingIsUnauthorized(), auth=BearerAuth(service="hub")) as client:
        token = client.get("/token?scope=repository:shop/none:pull").json()["token"]
        answer = client.get("/v2/shop/none/manifests/a", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, code(answer)) == (401, "UNAUTHORIZED")
        challenge = answer.headers["WWW-Authenticate"]
        assert 'service="hub",scope="repository:shop/none:pull",error="insufficient_scope"' in challenge


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"Not found\r\n", ""), (b"<html></html>", "text/html"), (b"", "text/plain")]
)
def test_odd_not_found(body: bytes, content_type: str):
    with asking(quirks.OddNotFound(body, content_type)) as client:
        answer = client.get("/v2/shop/api/manifests/none")
        assert (answer.status_code, answer.content) == (404, body)
        assert answer.headers.get("Content-Type", "") == content_type


def test_other_error_code():
    with asking(quirks.OtherErrorCode("TAG_EXPIRED")) as client:
        assert code(client.get("/v2/shop/api/manifests/none")) == "TAG_EXPIRED"
        assert code(client.get("/v2/shop/none/manifests/none")) == "NAME_UNKNOWN"


# Lists


def test_null_tags():
    with asking(quirks.NullTags()) as client:
        client.registry.push("shop/untagged", APP)
        assert client.get("/v2/shop/untagged/tags/list").json() == {"name": "shop/untagged", "tags": None}
        assert client.get(LIST).json()["tags"] == TAGS


def test_nulls_among_tags():
    with asking(quirks.NullsAmongTags()) as client:
        assert client.get(LIST).json()["tags"] == [None, *TAGS, "", None]


def test_digests_among_tags():
    with asking(quirks.DigestsAmongTags()) as client:
        first, *rest = client.get(LIST).json()["tags"]
        assert first.startswith("sha256:")
        assert rest == TAGS


def test_no_tags_is_unknown():
    with asking(quirks.NoTagsIsUnknown()) as client:
        client.registry.push("shop/untagged", APP)
        answer = client.get("/v2/shop/untagged/tags/list")
        assert (answer.status_code, code(answer)) == (404, "NAME_UNKNOWN")


def test_short_pages():
    with asking(quirks.ShortPages(2)) as client:
        pages, path = [], f"{LIST}?n=100"
        while path:
            answer = client.get(path)
            pages.append(answer.json()["tags"])
            path = next_link(answer) or ""
        assert pages == [["a", "b"], ["c", "d"], ["e"]]


def test_paging_ignored():
    with asking(quirks.PagingIgnored()) as client:
        answer = client.get(f"{LIST}?n=1&last=c")
        assert answer.json()["tags"] == TAGS
        assert next_link(answer) is None


def test_last_tag_starts_over():
    with asking(quirks.LastTagStartsOver()) as client:
        answer = client.get(f"{LIST}?n=2&last=c")
        assert (answer.json()["tags"], next_link(answer)) == (["d", "e"], None)
        assert client.get(f"{LIST}?n=2&last=e").json()["tags"] == ["a", "b"]


def test_endless_tags():
    with asking(quirks.EndlessTags()) as client:
        path, seen = f"{LIST}?n=10", set()
        for _ in range(5):
            answer = client.get(path)
            seen |= set(answer.json()["tags"])
            path = next_link(answer) or ""
        assert len(seen) == 50


@pytest.mark.parametrize(
    ("quirk", "status", "expected"),
    [
        (quirks.NoCatalog(), 404, "NOT_FOUND"),
        (quirks.NoCatalog(401), 401, "UNAUTHORIZED"),
        (quirks.NoCatalog(403), 403, "DENIED"),
        (quirks.NoCatalog(404, "UNSUPPORTED"), 404, "UNSUPPORTED"),
        (quirks.NoCatalog(405), 405, "UNSUPPORTED"),
        (quirks.LargePagesRefused(most=5), 400, "PAGINATION_NUMBER_INVALID"),
    ],
    ids=repr,
)
def test_catalog_refused(quirk: Quirk, status: int, expected: str):
    with asking(quirk) as client:
        answer = client.get("/v2/_catalog?n=6")
        assert (answer.status_code, code(answer)) == (status, expected)
        assert client.get(f"{LIST}?n=6").status_code == 200


def test_empty_catalog():
    with asking(quirks.EmptyCatalog()) as client:
        assert client.get("/v2/_catalog").json() == {"repositories": []}


# Links


def test_absolute_link():
    with asking(quirks.AbsoluteLink()) as client:
        expected = f'<{client.registry.address.url}/v2/shop/api/tags/list?n=2&last=b>; rel="next"'
        assert client.get(f"{LIST}?n=2").headers["Link"] == expected


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        (quirks.BareLink(), f'{LIST}?n=2&last=b; rel="next"'),
        (quirks.UnquotedRel(), f"<{LIST}?n=2&last=b>; rel=next"),
        (quirks.LinkElsewhere("http://evil.test"), f'<http://evil.test{LIST}?n=2&last=b>; rel="next"'),
        (quirks.LoopingLink(), f'<{LIST}?n=2>; rel="next"'),
        (
            quirks.ManyLinkParameters(),
            (
                f'<{LIST}?n=1>; rel="first"; title="a, \\"b\\"; c", '
                f'<{LIST}?n=2&last=b>; title="page, 2"; rel="next last"; type="application/json"'
            ),
        ),
        (quirks.NoLink(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_link_is_written_the_quirks_way(quirk: Quirk, expected: str | None):
    with asking(quirk) as client:
        answer = client.get(f"{LIST}?n=2")
        assert answer.headers.get("Link") == expected
        assert answer.json()["tags"] == ["a", "b"]


def test_looping_link_never_ends():
    with asking(quirks.LoopingLink()) as client:
        assert next_link(client.get(LIST)) == LIST


def test_opaque_link():
    with asking(quirks.OpaqueLink()) as client:
        answer = client.get(f"{LIST}?n=2")
        link = next_link(answer) or ""
        assert "next_page=" in link
        assert "last=" not in link
        assert client.get(link).json()["tags"] == ["c", "d"]
        assert client.get(f"{LIST}?n=2&last=b").json()["tags"] == ["a", "b"], "`last` is not understood"


# Tokens


@pytest.mark.parametrize(
    ("quirk", "keys"),
    [
        (quirks.TokenWithoutExpiry(), {"token", "access_token"}),
        (quirks.TokenExpiryZero(), {"token", "access_token", "expires_in", "issued_at"}),
        (quirks.AccessTokenOnly(), {"access_token", "expires_in", "issued_at"}),
        (quirks.TokenOnly(), {"token"}),
        (quirks.SkewedIssuedAt(), {"token", "access_token", "expires_in", "issued_at"}),
        (quirks.EmptyToken(), {"token", "access_token", "expires_in", "issued_at"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_token_answer_holds_only_some_fields(quirk: Quirk, keys: set[str]):
    with asking(quirk, auth=BearerAuth()) as client:
        answer = client.get("/token").json()
        assert set(answer) == keys
        assert (answer.get("expires_in") == 0) == isinstance(quirk, quirks.TokenExpiryZero)
        assert (answer.get("token") == "") == isinstance(quirk, quirks.EmptyToken)
        assert answer.get("issued_at", "").startswith("2001") == isinstance(quirk, quirks.SkewedIssuedAt)


def test_token_refused_for_missing():
    with asking(quirks.TokenRefusedForMissing(), auth=BearerAuth()) as client:
        answer = client.get("/token?scope=repository:shop/none:pull")
        assert (answer.status_code, code(answer)) == (403, "DENIED")
        assert client.get("/token?scope=repository:shop/api:pull").status_code == 200


def test_bad_credentials_forbidden():
    with asking(quirks.BadCredentialsForbidden(), auth=BearerAuth({"ada": "secret"})) as client:
        answer = client.get("/token", auth=("ada", "wrong"))
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers


def test_no_challenge():
    with asking(quirks.NoChallenge(), auth=BearerAuth()) as client:
        answer = client.get(MANIFEST)
        assert answer.status_code == 401
        assert "WWW-Authenticate" not in answer.headers
        assert "WWW-Authenticate" in client.get("/v2/").headers


def test_placeholder_scope():
    with asking(quirks.PlaceholderScope(), auth=BearerAuth()) as client:
        assert client.get("/v2/").headers["WWW-Authenticate"].endswith(',scope="repository:user/image:pull"')


def test_insufficient_scope():
    with asking(quirks.InsufficientScope()) as client:
        answer = client.get(MANIFEST)
        assert answer.status_code == 401
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("one_header", [True, False])
def test_several_challenges(one_header: bool):
    with asking(quirks.SeveralChallenges(one_header), auth=BearerAuth()) as client:
        challenges = client.get("/v2/").headers.get_list("WWW-Authenticate")
        assert len(challenges) == (1 if one_header else 2)
        assert challenges[0].startswith('Basic realm="a, \\"quoted\\" realm"')
        assert "Bearer realm=" in challenges[-1]


# Redirects


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


# Referrers


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
