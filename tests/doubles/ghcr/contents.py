"""Files of repositories: ``/repos/{owner}/{repo}/contents/{path}`` and ``/readme``."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.doubles.ghcr.git import Entry, blob_sha
from tests.doubles.ghcr.refusals import not_found
from tests.doubles.ghcr.repositories import repository_of

from portcall.testing import Reply
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.git import Tree
    from tests.doubles.ghcr.repository import Repository

#: Bytes beyond which JSON has no content (gh-spec: "1 MB or smaller: All features …").
LARGEST_INLINE = 1024 * 1024
_LONGEST_LIST = 1000
_RAW, _OBJECT = "application/vnd.github.raw", "application/vnd.github.object"


def get_contents(call: Call) -> Reply:
    """Return a file, or what is in a directory."""
    repository = repository_of(call)
    path = call.arguments.get("path", "").strip("/")
    tree = _tree(call, repository)
    content = tree.files.get(path)
    if content is not None:
        return _file(call, repository, path, content)
    directory = tree.below(path)
    if not directory.files:
        raise not_found()
    rows = [_row(call, repository, entry, path) for entry in directory.entries()[:_LONGEST_LIST]]
    if not _accepts(call, _OBJECT):
        return json_reply(rows)
    itself = _row(call, repository, Entry(path, "tree", directory.sha), "")
    return json_reply({**itself, "entries": rows})


def get_readme(call: Call) -> Reply:
    """Return the file that introduces a repository."""
    repository = repository_of(call)
    content = _tree(call, repository).files.get("README.md")
    if content is None:
        raise not_found()
    return _file(call, repository, "README.md", content)


def _tree(call: Call, repository: Repository) -> Tree:
    if not repository.files:
        raise not_found("This repository is empty.")
    ref = call.request.parameter("ref")
    tree = repository.at(ref)
    if tree is None:
        raise not_found(f"No commit found for the ref {ref}")
    return tree


def _file(call: Call, repository: Repository, path: str, content: bytes) -> Reply:
    if _accepts(call, _RAW):
        return Reply(headers={"Content-Type": f"{_RAW}; charset=utf-8"}, body=content)
    row = _row(call, repository, Entry(path, "blob", blob_sha(content), len(content)), "")
    if len(content) > LARGEST_INLINE:
        # gh-spec says so of the object media type; it calls plain JSON unsupported here, which answers the same.
        return json_reply({**row, "content": "", "encoding": "none"})
    # Lines of sixty characters, as in gh-spec's example.
    text = base64.b64encode(content).decode()
    lines = "".join(f"{text[at : at + 60]}\n" for at in range(0, len(text), 60))
    return json_reply({**row, "content": lines, "encoding": "base64"})


def _row(call: Call, repository: Repository, entry: Entry, above: str) -> dict[str, Any]:
    """Return what files and directories have in common; ``above`` is the directory that it was found in."""
    path = f"{above}/{entry.path}".lstrip("/")
    is_file = entry.kind == "blob"
    ref = call.request.parameter("ref") or repository.default_branch
    home, where = f"{call.base}/repos/{repository.full_name}", quote(path)
    links = {
        "self": f"{home}/contents/{where}?ref={quote(ref, safe='')}",
        "git": f"{home}/git/{'blobs' if is_file else 'trees'}/{entry.sha}",
        "html": f"https://github.com/{repository.full_name}/{entry.kind}/{ref}/{where}",
    }
    download = f"https://raw.githubusercontent.com/{repository.full_name}/{ref}/{where}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": links["self"],
        "html_url": links["html"],
        "git_url": links["git"],
        "download_url": download if is_file else None,
        "type": "file" if is_file else "dir",
        "_links": links,
    }


def _accepts(call: Call, media_type: str) -> bool:
    return bool({media_type, f"{media_type}+json"} & call.request.accepts)
