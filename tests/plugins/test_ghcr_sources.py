"""The Dockerfile that a label or a provenance points to, read from its source repository."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doubles.ghcr import DOCKERFILE, OCTO_TOKEN, OLD_DOCKERFILE, GitHubDouble
from tests.plugins.ghcr_backend import asked, backend

from portcall.errors import (
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
    PortcallError,
    RateLimitedError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedError,
    UpstreamError,
)
from portcall.testing import quirks
from portcall_ghcr.sources import Source, checked_path

pytestmark = pytest.mark.anyio

APP = "https://github.com/acme/app"


# Addresses


@pytest.mark.parametrize(
    ("address", "revision", "path"),
    [
        ("https://github.com/acme/app", None, ""),
        ("https://github.com/acme/app.git", None, ""),
        ("https://www.github.com/acme/app/", None, ""),
        ("http://github.com/acme/app", None, ""),
        ("github.com/acme/app", None, ""),
        ("git@github.com:acme/app.git", None, ""),
        ("ssh://git@github.com/acme/app.git", None, ""),
        ("git://github.com/acme/app", None, ""),
        ("git+https://github.com/acme/app.git", None, ""),
        ("https://user:secret@github.com/acme/app", None, ""),
        ("https://github.com/acme/app/tree/v1/docker", "v1", "docker"),
        ("https://github.com/acme/app/blob/main/docker/Dockerfile", "main", "docker/Dockerfile"),
        ("https://github.com/acme/app/issues/7", None, ""),
        ("https://github.com/acme/app.git#refs/heads/main:docker", "refs/heads/main", "docker"),
        ("git@github.com:acme/app#v1:docker", "v1", "docker"),
        ("https://github.com/acme/app.git#v1", "v1", ""),
        ("https://github.com/acme/app.git?ref=v1&subdir=docker", "v1", "docker"),
    ],
)
def test_a_source_is_read_however_it_is_written(address: str, revision: str | None, path: str):
    source = Source.parse(address)
    assert source is not None
    assert (source.full, source.revision, source.path) == ("github.com/acme/app", revision, path)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "acme",
        "https://github.com",
        "https://github.com/acme",
        "file:///etc/passwd",
        "https://[::1",
        "git@:a/b",
    ],
)
def test_what_is_no_source_is_none(address: str):
    assert Source.parse(address) is None


@given(st.text(max_size=60) | st.from_regex(r"(https://|git@)?github\.com[:/][^\s]{0,30}", fullmatch=True))
def test_whatever_is_written_a_source_stays_in_its_place(address: str):
    source = Source.parse(address)
    if source is not None:
        assert {".", ".."}.isdisjoint((source.name.owner, source.name.name))
        assert "/" not in source.name.owner + source.name.name


@given(st.text(alphabet="ab./\\\x00", max_size=20))
def test_a_path_never_leads_up(path: str):
    try:
        checked = checked_path(path)
    except InvalidArgumentError:
        return
    assert {".", ".."}.isdisjoint(checked.split("/"))
    assert not checked.startswith("/")


# Files


async def test_a_revisions_dockerfile_is_told_to_the_letter_and_as_claimed():
    github = GitHubDouble()
    revision = github.catalogue.repositories["acme/app"].commit("v1.0.0")
    async with backend(github) as ghcr:
        found = await ghcr.get_source_dockerfile(APP, revision=revision)
    assert found.content == OLD_DOCKERFILE.decode()
    assert (found.repo, found.path, found.size) == ("github.com/acme/app", "Dockerfile", len(OLD_DOCKERFILE))
    assert (found.origin, found.exact, found.claimed, found.warnings) == ("source", True, True, ())
    assert found.web_url == f"https://github.com/acme/app/blob/{revision}/Dockerfile"
    assert len(asked(github)) == 1


async def test_the_revision_of_the_address_counts_where_no_other_is_given():
    async with backend() as ghcr:
        found = await ghcr.get_source_dockerfile(f"{APP}/tree/v1.0.0")
        other = await ghcr.get_source_dockerfile(f"{APP}/tree/v1.0.0", revision="main")
    assert (found.content, other.content) == (OLD_DOCKERFILE.decode(), DOCKERFILE.decode())


async def test_without_a_revision_it_is_the_default_branchs_and_that_is_said():
    async with backend() as ghcr:
        found = await ghcr.get_source_dockerfile(APP)
    assert found.content == DOCKERFILE.decode()
    assert found.warnings == ("it is that of the default branch: no revision was given",)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        (APP, "deploy/Dockerfile.prod"),
        (f"{APP}#main:deploy", "Dockerfile.prod"),
        (f"{APP}/blob/main/deploy/Dockerfile.prod", None),
        (f"{APP}/tree/main/deploy", None),
        (APP, "./deploy//Dockerfile.prod"),
    ],
)
async def test_a_path_is_read_below_the_folder_of_the_address(source: str, path: str | None):
    async with backend() as ghcr:
        found = await ghcr.get_source_dockerfile(source, path=path)
    assert found.path == "deploy/Dockerfile.prod"


async def test_a_file_that_is_not_called_as_dockerfiles_are_is_read_where_it_is_named():
    async with backend() as ghcr:
        found = await ghcr.get_source_dockerfile(APP, path="srv/app")
    assert (found.path, found.content) == ("srv/app", "app\n")


async def test_without_one_at_the_top_the_likeliest_is_read():
    github = GitHubDouble()
    files = dict.fromkeys(
        ["tests/Dockerfile", "web/a/Dockerfile", "docker/Dockerfile.x", "docker/Dockerfile"], b"FROM x\n"
    )
    github.catalogue.add_repository("acme/deep", files=files)
    async with backend(github) as ghcr:
        found = await ghcr.get_source_dockerfile("github.com/acme/deep", revision="main")
    assert found.path == "docker/Dockerfile"
    assert found.warnings == ("it is the likeliest of 4 Dockerfiles there",)


async def test_a_directory_of_that_name_is_looked_into():
    github = GitHubDouble()
    github.catalogue.add_repository("acme/odd", files={"Dockerfile/Dockerfile": b"FROM odd\n"})
    async with backend(github) as ghcr:
        found = await ghcr.get_source_dockerfile("github.com/acme/odd", path="Dockerfile")
    assert found.path == "Dockerfile/Dockerfile"


async def test_a_branch_with_a_slash_is_one():
    github = GitHubDouble()
    github.catalogue.repositories["acme/app"].refs["feature/x"] = {"docker/Dockerfile": b"FROM x\n"}
    async with backend(github) as ghcr:
        found = await ghcr.get_source_dockerfile(APP, revision="feature/x")
    assert found.content == "FROM x\n"
    assert found.web_url == "https://github.com/acme/app/blob/feature/x/docker/Dockerfile"


@pytest.mark.parametrize(
    ("source", "revision", "path"),
    [
        ("github.com/acme/nothing", None, None),
        ("github.com/acme/secret", None, None),
        ("github.com/acme/empty", None, None),
        ("github.com/acme/website", None, None),
        (APP, "no-such-branch", None),
        (APP, None, "nowhere/Dockerfile"),
    ],
)
async def test_what_is_not_there_is_said_to_be_missing(source: str, revision: str | None, path: str | None):
    async with backend() as ghcr:
        with pytest.raises(NotFoundError):
            await ghcr.get_source_dockerfile(source, revision=revision, path=path)


# Whoever pushes an image writes its labels


@pytest.mark.parametrize("path", [None, "Dockerfile"])
async def test_what_is_private_is_not_read_at_an_images_word_whatever_the_token_opens(path: str | None):
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(NotFoundError) as missing:
            await ghcr.get_source_dockerfile("github.com/acme/secret", path=path)
    assert "asked for anonymously" in missing.value.hint
    assert not any(request.authorization for request in github.requests.api)


async def test_what_is_public_is_read_without_the_token_too():
    github = GitHubDouble()
    github.catalogue.add_repository("acme/deep", files={"a/b/Dockerfile": DOCKERFILE})
    async with backend(github, OCTO_TOKEN) as ghcr:
        assert (await ghcr.get_source_dockerfile("github.com/acme/deep")).content == DOCKERFILE.decode()
    assert {request.authorization for request in github.requests.api} == {None}


@pytest.mark.parametrize("token", [None, OCTO_TOKEN])
async def test_nobody_is_told_that_a_token_would_help(token: str | None):
    github = GitHubDouble()
    github.api.limits.spend(leaving=0)
    async with backend(github, token) as ghcr:
        with pytest.raises(RateLimitedError) as limited:
            await ghcr.get_source_dockerfile(APP)
    assert "60 requests an hour" in limited.value.hint
    assert "token" not in limited.value.hint


@pytest.mark.parametrize(("status", "kind"), [(401, UnauthorizedError), (403, ForbiddenError)])
async def test_a_server_that_tells_strangers_nothing_is_told_with_what_is_done(
    status: int, kind: type[PortcallError]
):
    github = GitHubDouble()
    github.api.add(quirks.Answer(status, body=b"{}"))
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(kind) as refused:
            await ghcr.get_source_dockerfile(APP)
    assert refused.value.hint.endswith("asked for anonymously, whoever asks: no token would help.")


@pytest.mark.parametrize(
    "source",
    [
        "https://github.com/acme/keys/blob/HEAD/.env",
        "https://github.com/acme/keys/tree/main/.env",
        "https://github.com/acme/keys#main:.env",
        "https://github.com/acme/keys?subdir=.env",
    ],
)
@pytest.mark.parametrize("path", [None, "", "."])
async def test_an_address_leads_to_dockerfiles_alone(source: str, path: str | None):
    github = GitHubDouble()
    github.catalogue.add_repository("acme/keys", files={".env": b"KEY=1"})
    async with backend(github) as ghcr:
        with pytest.raises(NotFoundError, match=r"no Dockerfile in github\.com/acme/keys below \.env"):
            await ghcr.get_source_dockerfile(source, path=path)
    assert "/repos/acme/keys/contents/.env" not in asked(github)


@pytest.mark.parametrize(
    "source",
    ["https://gitlab.com/acme/app", "https://github.com.evil.example/acme/app", "acme", "", "\ud800", "x" * 9999],
)
async def test_other_sources_are_unsupported_and_never_asked(source: str):
    github = GitHubDouble()
    async with backend(github, OCTO_TOKEN) as ghcr:
        with pytest.raises(UnsupportedError):
            await ghcr.get_source_dockerfile(source)
    assert github.requests.api == []


@pytest.mark.parametrize(
    ("revision", "path"),
    [
        (None, "../../../user"),
        (None, "a/../../b"),
        (None, "a\\..\\b"),
        (None, "a\x00b"),
        (None, "x" * 2000),
        ("..", None),
        ("a b", None),
        ("a..b", None),
        ("../main", None),
        ("main?x", None),
        ("x" * 999, None),
    ],
)
async def test_what_would_leave_its_place_is_refused_before_anything_is_asked(
    revision: str | None, path: str | None
):
    github = GitHubDouble()
    async with backend(github) as ghcr:
        with pytest.raises(InvalidArgumentError):
            await ghcr.get_source_dockerfile(APP, revision=revision, path=path)
    assert github.requests.api == []


async def test_a_file_of_more_than_a_megabyte_is_no_dockerfile():
    async with backend() as ghcr:
        with pytest.raises(TooLargeError):
            await ghcr.get_source_dockerfile(APP, path="data/model.bin")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type": "symlink", "target": "/etc/passwd"}', NotFoundError),
        (b'{"type": "submodule", "submodule_git_url": "git://x"}', NotFoundError),
        (b'{"type": "pipe"}', UpstreamError),
        (b'{"type": "file", "encoding": "rot13", "content": "x"}', UpstreamError),
        (b'{"type": "file", "encoding": "base64", "content": "a"}', UpstreamError),
        (b'{"type": "file", "encoding": "base64", "content": "\xc3\xa9"}', UpstreamError),
    ],
)
async def test_what_is_no_file_is_not_taken_for_one(body: bytes, kind: type[PortcallError]):
    github = GitHubDouble()
    github.api.add(quirks.Answer(200, body=body, path="/contents/"))
    async with backend(github) as ghcr:
        with pytest.raises(kind):
            await ghcr.get_source_dockerfile(APP, path="Dockerfile")


async def test_what_is_not_in_utf8_is_told_as_not_exact():
    github = GitHubDouble()
    content = base64.b64encode(b"FROM x\n# \xff\n").decode()
    body = f'{{"type": "file", "encoding": "base64", "content": "{content}"}}'.encode()
    github.api.add(quirks.Answer(200, body=body, path="/contents/"))
    async with backend(github) as ghcr:
        found = await ghcr.get_source_dockerfile(APP, revision="main", path="Dockerfile")
    assert (found.content, found.exact, found.size) == ("FROM x\n# \ufffd\n", False, 11)
