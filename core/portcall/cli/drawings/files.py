"""Files inside an image, drawn as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from portcall.cli.drawings.table import going_on, headline, told
from portcall.render.layers import path_text
from portcall.render.quantity import counted, size

if TYPE_CHECKING:
    from portcall.models import FileList, ImageFile

_STYLES = {"directory": "bold blue", "symlink": "cyan", "hardlink": "cyan"}


def files_drawing(page: FileList) -> RenderableType:
    """Return the entries below their directories, with sizes, links, and the layer that each is from."""
    head = headline(page)
    total = page.total if page.total is not None else len(page.files)
    shown = f"{len(page.files):,} of " if len(page.files) < total else ""
    head.append(f"  {shown}{counted(total, 'entry', 'entries')}")
    base = (page.resolved_path or page.path).rstrip("/")
    tree = Tree(Text(path_text(base or "/"), "bold blue"), guide_style="dim")
    branches: dict[str, Tree] = {base: tree}
    for file in page.files:
        if file.path in branches and file.path != base:  # grown before, for what is in it
            branches[file.path].label = _entry(file)
            continue
        branch = _branch(branches, file.path.rpartition("/")[0], base).add(_entry(file))
        if file.kind == "directory":
            branches[file.path] = branch
    fetched = f"fetched {size(page.bytes_fetched)}{'' if page.verified else ', not verified'}"
    return Group(head, tree, Text(fetched, "dim"), going_on(page))


def _branch(branches: dict[str, Tree], path: str, base: str) -> Tree:
    """Return the branch of a directory, grown from the nearest one that is there."""
    missing: list[str] = []
    while path not in branches and path.startswith(f"{base}/"):
        missing.append(path)
        path = path.rpartition("/")[0]
    branch = branches.get(path) or branches[base]
    for each in reversed(missing):
        branch = branches[each] = branch.add(Text(path_text(each.rpartition("/")[2]), "blue"))
    return branch


def _entry(file: ImageFile) -> Text:
    text = Text(path_text(file.path.rpartition("/")[2] or "/"), _STYLES.get(file.kind, ""))
    if file.kind == "file" and "x" in file.mode:
        text.stylize("green")
    if file.target is not None:
        text.append(f" → {path_text(file.target)}", "dim").append(" (dangling)" if file.dangling else "", "red")
    if file.kind in {"file", "hardlink"}:
        text.append(f"  {size(file.size)}", "yellow")
    return text.append("  ").append(told(f"{file.mode} {file.owner} layer {file.layer}", "dim"))
