"""Repositories of the double of api.github.com: files, trees, searches."""

from __future__ import annotations

import base64

import httpx
import pytest
from tests.doubles.ghcr import (
    DOCKERFILE,
    OLD_DOCKERFILE,
    GitHubDouble,
)
from tests.doubles.ghcr.git import Tree, blob_sha

# Files and trees


def test_a_file_comes_in_base64(github: GitHubDouble, anybody: httpx.Client):
    answer = anybody.get("/repos/acme/app/contents/deploy/Dockerfile.prod").json()
    assert base64.b64decode(answer["content"]) == DOCKERFILE
    # In lines, which a strict decoder does not take.
    assert max(map(len, answer["content"].splitlines())) == 60
    assert (answer["encoding"], answer["size"], answer["type"]) == ("base64", len(DOCKERFILE), "file")


def test_a_file_is_found_as_it_was(github: GitHubDouble, anybody: httpx.Client):
    source = github.catalogue.repositories["acme/app"]
    for ref in ("v1.0.0", source.commit("v1.0.0")):
        answer = anybody.get("/repos/acme/app/contents/Dockerfile", params={"ref": ref}).json()
        assert base64.b64decode(answer["content"]) == OLD_DOCKERFILE
    missing = anybody.get("/repos/acme/app/contents/Dockerfile?ref=none")
    assert (missing.status_code, missing.json()["message"]) == (404, "No commit found for the ref none")


def test_a_file_of_more_than_a_mebibyte_has_no_content(anybody: httpx.Client):
    answer = anybody.get("/repos/acme/app/contents/data/model.bin").json()
    assert (answer["content"], answer["encoding"], answer["size"]) == ("", "none", 1024 * 1024 + 1)
    raw = anybody.get("/repos/acme/app/contents/data/model.bin", headers={"Accept": "application/vnd.github.raw"})
    assert len(raw.content) == 1024 * 1024 + 1


def test_a_directory_is_a_list(anybody: httpx.Client):
    rows = anybody.get("/repos/acme/app/contents/").json()
    assert {row["name"]: row["type"] for row in rows}["deploy"] == "dir"
    assert [row["path"] for row in anybody.get("/repos/acme/app/contents/deploy").json()] == [
        "deploy/Dockerfile.prod"
    ]


def test_a_private_repository_is_missing_to_others(api: httpx.Client, anybody: httpx.Client):
    for path in ("", "/contents/Dockerfile", "/git/trees/main"):
        assert anybody.get(f"/repos/acme/secret{path}").status_code == 404
        assert api.get(f"/repos/acme/secret{path}").status_code == 200


def test_a_tree_lists_all_paths(github: GitHubDouble, anybody: httpx.Client):
    tree = anybody.get("/repos/acme/app/git/trees/main?recursive=1").json()
    paths = {entry["path"]: entry for entry in tree["tree"]}
    assert {"Dockerfile", "deploy", "deploy/Dockerfile.prod"} <= set(paths)
    assert tree["truncated"] is False
    # By its own name, a directory lies at the top.
    below = anybody.get(f"/repos/acme/app/git/trees/{paths['deploy']['sha']}").json()
    assert [entry["path"] for entry in below["tree"]] == ["Dockerfile.prod"]
    file = anybody.get("/repos/acme/app/contents/Dockerfile").json()
    assert file["sha"] == paths["Dockerfile"]["sha"]


def test_a_tree_without_recursive_has_one_level(anybody: httpx.Client):
    tree = anybody.get("/repos/acme/app/git/trees/main").json()["tree"]
    assert all("/" not in entry["path"] for entry in tree)


def test_a_tree_that_is_too_long_says_so(github: GitHubDouble, anybody: httpx.Client):
    github.catalogue.repositories["acme/app"].tree_limit = 3
    tree = anybody.get("/repos/acme/app/git/trees/main?recursive=1").json()
    assert (len(tree["tree"]), tree["truncated"]) == (3, True)


def test_git_itself_gives_trees_and_files_the_same_names():
    # `git hash-object` and `git write-tree` of one file "hello\n" named hello.txt.
    assert blob_sha(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert Tree({"hello.txt": b"hello\n"}).sha == "aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7"


def test_an_empty_repository_has_neither(anybody: httpx.Client):
    assert anybody.get("/repos/acme/empty/contents/").status_code == 404
    assert anybody.get("/repos/acme/empty/git/trees/main").status_code == 409


# Searches


def test_anybody_searches_repositories_and_packages_go_unmentioned(anybody: httpx.Client):
    answer = anybody.get("/search/repositories?q=acme&sort=stars").json()
    names = [item["full_name"] for item in answer["items"]]
    assert names[:2] == ["acme/app", "acme/tools"]
    assert "acme/secret" not in names
    assert (answer["total_count"], answer["incomplete_results"]) == (len(names), False)
    assert anybody.get("/search/repositories?q=app+user:octo").json()["total_count"] == 0


@pytest.mark.parametrize("query", ["", "?q=", "?q=user:nobody", f"?q={'x' * 257}", "?q=acme&page=11&per_page=100"])
def test_a_search_that_makes_no_sense_is_422(anybody: httpx.Client, query: str):
    assert anybody.get(f"/search/repositories{query}").status_code == 422


def test_a_search_may_have_run_out_of_time(github: GitHubDouble, anybody: httpx.Client):
    github.api.settings.incomplete_search = True
    answer = anybody.get("/search/repositories?q=acme").json()
    assert answer["incomplete_results"] is True
    assert 0 < len(answer["items"]) < 5


def test_code_is_found_with_a_token_and_a_word(api: httpx.Client, anybody: httpx.Client):
    query = "/search/code?q=FROM+filename:Dockerfile+repo:acme/app"
    assert anybody.get(query).status_code == 401
    assert {item["path"] for item in api.get(query).json()["items"]} == {"Dockerfile", "deploy/Dockerfile.prod"}
    assert api.get("/search/code?q=filename:Dockerfile+repo:acme/app").status_code == 422
    # The default branch alone.
    assert api.get("/search/code?q=bullseye+repo:acme/app").json()["items"] == []
