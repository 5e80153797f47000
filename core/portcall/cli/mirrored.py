"""Which command asks what a tool asks: next steps that name tools, told for a shell."""

from __future__ import annotations

import re

#: The command for each tool; those without one of their own are reached by ``portcall call``.
COMMANDS = {
    "list_registries": "registries",
    "search_images": "search",
    "search_users": "call search_users",
    "list_repositories": "call list_repositories",
    "get_repository": "call get_repository",
    "search_tags": "tags",
    "get_image_details": "inspect",
    "get_manifest": "inspect --raw",
    "check_images": "check",
    "compare_images": "compare",
    "analyze_layers": "layers",
    "list_files": "files",
    "read_file": "read",
    "get_dockerfile": "dockerfile",
    "search_dockerfiles": "call search_dockerfiles",
    "analyze_dockerfile": "review",
    "check_base_image": "base",
    "get_vulnerabilities": "call get_vulnerabilities",
}
_TOOL = re.compile(rf"\b(?:{'|'.join(COMMANDS)})\b")
#: Arguments as hints give them, where a command has the same as an option.
_OPTION = re.compile(r"\b(cursor|limit|offset|order|platform|registry)=(\"?)([\w./-]+)\2")
_SWITCH = re.compile(r"\b(deep|files|probe)=true\b")


def for_the_shell(hint: str) -> str:
    """Return a next step in a shell's words: ``portcall tags`` for ``search_tags``, ``--order`` for ``order=``."""
    told = _TOOL.sub(lambda found: f"portcall {COMMANDS[found[0]]}", hint)
    return _SWITCH.sub(r"--\1", _OPTION.sub(r"--\1 \3", told))
