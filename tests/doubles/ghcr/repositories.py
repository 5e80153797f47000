"""Repositories: ``GET /repos/{owner}/{repo}``, and how they look inside other answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.ghcr.accounts import account_named, simple_user
from tests.doubles.ghcr.pages import page_of
from tests.doubles.ghcr.refusals import not_found

from portcall.testing import Reply
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.repository import Repository

_PLAIN = [
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "hooks",
    "languages",
    "merges",
    "stargazers",
    "subscribers",
    "subscription",
    "tags",
    "teams",
]
_TEMPLATES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "statuses_url": "/statuses/{sha}",
    "trees_url": "/git/trees{/sha}",
}


def get_repository(call: Call) -> Reply:
    """``GET /repos/{owner}/{repo}``: 404 where it is missing, or private to this token."""
    repository = repository_of(call)
    watching = {"subscribers_count": repository.stars, "network_count": 0}
    return json_reply({**full_repository(call, repository), **watching})


def list_repositories(call: Call) -> Reply:
    """``GET /users/{username}/repos``: public ones, of organisations, too (docs.github.com)."""
    account = account_named(call, call.arguments["username"])
    owned = [one for one in call.catalogue.repositories.values() if one.owner == account.login and not one.private]
    rows = [full_repository(call, one) for one in sorted(owned, key=lambda one: one.full_name)]
    page, headers = page_of(call, rows)
    return json_reply(page, headers=headers)


def repository_of(call: Call) -> Repository:
    """Return the repository that the path names, whatever the case.

    Raises:
        RefusedError: 404.
    """
    name = f"{call.arguments['owner']}/{call.arguments['repo']}".lower()
    repository = call.catalogue.repositories.get(name)
    if repository is None or not call.catalogue.may_see(repository, call.credential):
        raise not_found()
    return repository


def minimal_repository(call: Call, repository: Repository) -> dict[str, Any]:
    """Return gh-spec's ``minimal-repository``, with what that requires and no more."""
    url = f"{call.base}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": simple_user(call, call.catalogue.accounts[repository.owner.lower()]),
        "html_url": f"https://github.com/{repository.full_name}",
        "description": repository.description,
        "fork": repository.fork,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in _PLAIN},
        **{name: url + end for name, end in _TEMPLATES.items()},
    }


def full_repository(call: Call, repository: Repository) -> dict[str, Any]:
    """Return what ``full-repository`` and ``repo-search-result-item`` of gh-spec have in common."""
    web = f"github.com/{repository.full_name}"
    nothing = ("homepage", "mirror_url", "license")
    has = ("issues", "projects", "wiki", "downloads")
    return {
        **minimal_repository(call, repository),
        **dict.fromkeys(nothing),
        **{f"has_{name}": True for name in has},
        "has_pages": False,
        "has_discussions": False,
        "git_url": f"git://{web}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "clone_url": f"https://{web}.git",
        "svn_url": f"https://{web}",
        "language": repository.language,
        "forks_count": 0,
        "stargazers_count": repository.stars,
        "watchers_count": repository.stars,
        "size": sum(map(len, repository.files.values())) // 1024,
        "default_branch": repository.default_branch,
        "open_issues_count": 0,
        "topics": list(repository.topics),
        "archived": repository.archived,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "pushed_at": repository.updated_at,
        "created_at": repository.created_at,
        "updated_at": repository.updated_at,
        "forks": 0,
        "open_issues": 0,
        "watchers": repository.stars,
    }
