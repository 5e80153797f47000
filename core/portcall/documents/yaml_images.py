"""The images that a YAML document mentions: compose, Kubernetes, Helm values, workflows, CI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.document import Document, DocumentKind, FoundReference
from portcall.documents.variables import Expansion, expand
from portcall.documents.yaml_nodes import Mapping, Node, Scalar, Sequence, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

_BUILT_HERE = "built here: this is the name that the service's build gets"
_CHART_DECIDES = "no tag: the chart fills one in, mostly its appVersion"
_LONGEST = 1024
#: Of a service or container: Kubernetes allows 63 characters.
_LONGEST_NAME = 100
_KEPT_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,5}|(?:0|[1-9][0-9]{0,5})\.[0-9]{0,5}[1-9])\Z", re.ASCII)


def yaml_document(content: str) -> Document:
    """Return the images that a YAML text mentions, every document of it, in the order of the lines.

    - ``image:`` with a text, wherever it stands; ``${VAR:-default}`` filled in, as compose does.
    - Helm's ``image: {registry, repository, tag, digest}``, also under other names than ``image``.
    - ``image: {name: …}`` (GitLab) and ``image: {reference: …}`` (Kubernetes' image volumes).
    - ``services:`` with a list (GitLab); in GitHub workflows ``container:`` and ``uses: docker://…``.

    Aliases are not followed twice: what an anchor mentions is found once, where it is written.

    Raises:
        InvalidArgumentError: not YAML; with line and reason.
    """
    roots = read_documents(content)
    if listed := _plain_list(roots):
        return Document("list", listed)
    kind = _kind(roots)
    finder = _Finder(kind)
    for root in roots:
        finder.visit(root)
    found = sorted(finder.found, key=lambda reference: reference.line)
    if kind == "yaml" and any(reference.via == "repository" for reference in found):
        kind = "helm"
    return Document(kind, tuple(found))


def _plain_list(roots: list[Node]) -> tuple[FoundReference, ...]:
    """Return the items of ``["nginx", "redis:7"]``; none if it is anything else."""
    items = roots[0].items if len(roots) == 1 and isinstance(roots[0], Sequence) else []
    texts = [item for item in items if isinstance(item, Scalar) and item.is_text and not _has_blank(item.value)]
    if len(texts) < len(items):
        return ()
    return tuple(FoundReference(text.value, text.line, "list") for text in texts if text.value)


def _kind(roots: Iterable[Node]) -> DocumentKind:
    for root in roots:
        if not isinstance(root, Mapping):
            continue
        if root.text("apiVersion") and root.text("kind"):
            return "kubernetes"
        if isinstance(root.get("jobs"), Mapping) and root.get("on") is not None:
            return "workflow"
        if isinstance(root.get("services"), Mapping):
            return "compose"
    return "yaml"


class _Finder:
    """Walks a tree; every mapping and list once, however many aliases lead there."""

    def __init__(self, kind: DocumentKind) -> None:
        self.found: list[FoundReference] = []
        self._kind = kind
        self._seen: set[int] = set()

    def visit(self, root: Node) -> None:
        waiting: list[tuple[Node, str]] = [(root, "")]
        while waiting:
            node, name = waiting.pop()
            if isinstance(node, Scalar) or id(node) in self._seen:
                continue
            self._seen.add(id(node))
            if isinstance(node, Sequence):
                waiting.extend((item, name) for item in reversed(node.items))
                continue
            self._structured(node, name)
            named = [(key.value if isinstance(key, Scalar) else "", key.line, value) for key, value in node.pairs]
            user = self._user(node, name)
            for word, line, value in named:
                self._pair(node, word, line, value, user)
            # What was put there last is looked at first.
            waiting.extend((value, word) for word, _, value in reversed(named))

    def _structured(self, node: Mapping, name: str) -> None:
        repository = node.get("repository")
        if isinstance(repository, Scalar) and self._is_chart_image(node, repository, name):
            self.found.append(_chart_image(node, repository))
        elif name == "image":
            for part in ("name", "reference"):
                self._text(node.get(part), node.line, "image")

    def _is_chart_image(self, node: Mapping, repository: Scalar, name: str) -> bool:
        if not repository.is_text or "://" in repository.value or self._kind == "workflow":
            return False
        return name == "image" or any(node.get(part) for part in ("tag", "digest", "sha"))

    def _user(self, node: Mapping, name: str) -> str:
        """Return what a service or container is called: the one by its key, the other by its name."""
        user = {"compose": name, "kubernetes": node.text("name")}.get(self._kind, "")
        return user[:_LONGEST_NAME]

    def _pair(self, node: Mapping, name: str, line: int, value: Node, user: str) -> None:
        if name == "image":
            built = self._kind == "compose" and node.get("build") is not None
            self._text(value, line, "image", skipped=_BUILT_HERE if built else None, user=user)
        elif name == "uses" and isinstance(value, Scalar) and value.value.startswith("docker://"):
            self._text(Scalar(value.value.removeprefix("docker://"), value.line, plain=False), line, "uses")
        elif name == "container" and self._kind == "workflow":
            self._text(value, line, "container")
        elif name == "services" and isinstance(value, Sequence):
            for item in value.items:
                service = item.get("name") if isinstance(item, Mapping) else item
                self._text(service, item.line, "services")

    def _text(
        self, value: Node | None, line: int, via: str, *, skipped: str | None = None, user: str = ""
    ) -> None:
        if not isinstance(value, Scalar) or not value.is_text or not value.value.strip():
            return
        text, problem = _resolved(value.value.strip())
        if len(text) <= _LONGEST and (problem or not _has_blank(text)):
            self.found.append(FoundReference(text, line, via, problem, skipped, user))


def _resolved(text: str) -> Expansion:
    if "${{" in text:
        return Expansion(text, "a workflow expression")
    if "{{" in text:
        return Expansion(text, "a template expression: render it first")
    return expand(text, {}, doubled=True)


def _chart_image(node: Mapping, repository: Scalar) -> FoundReference:
    registry, tag = node.text("registry").strip("/"), node.get("tag")
    text = f"{registry}/{repository.value}" if registry else repository.value
    problem = None
    if isinstance(tag, Scalar) and node.text("tag"):
        text = f"{text}:{tag.value}"
        problem = _misread(tag)
    digest = node.text("digest") or (f"sha256:{node.text('sha')}" if node.text("sha") else "")
    if digest:
        text, problem = f"{text}@{digest}", None
    elif not node.text("tag") and ":" not in repository.value.rpartition("/")[2]:
        problem = _CHART_DECIDES
    resolved, trouble = _resolved(text)
    return FoundReference(resolved[:_LONGEST], repository.line, "repository", problem or trouble)


def _misread(tag: Scalar) -> str | None:
    """Tell when YAML makes another tag of an unquoted number: ``1.10`` is 1.1, Helm's 20240101 is 2.02e+07."""
    if tag.is_text or _KEPT_NUMBER.match(tag.value):
        return None
    return "its tag is an unquoted number, which YAML changes: quote it"


def _has_blank(text: str) -> bool:
    return any(character.isspace() for character in text)
