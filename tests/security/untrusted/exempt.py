"""Texts that stand outside of code: whose they are, and why nobody else's words get into them.

Every other text of every model is taken for a stranger's. A field that is new is, too, until somebody says here
why it may stand as it is.
"""

from __future__ import annotations

_PARSED = "read by portcall.reference, whose grammar has nothing that is live"
_CHECKED = "of a grammar that is checked when a manifest is read"
_COMPUTED = "written by portcall, out of numbers"
_CHOSEN = "one of portcall's own words"
_OPERATORS = "the operator's configuration, or a plugin's registration"

#: By ``Model.field``: why it needs no code around it, and what such a text is like.
OURS: dict[str, tuple[str, str]] = {
    "OfImage.name": (_PARSED, "acme/app"),
    "OfImage.tag": (_PARSED, "1.0"),
    "ImageDetail.name": (_PARSED, "acme/app"),
    "ImageDetail.tag": (_PARSED, "1.0"),
    "ManifestDetail.name": (_PARSED, "acme/app"),
    "ManifestDetail.tag": (_PARSED, "1.0"),
    "TagList.name": (_PARSED, "acme/app"),
    "VulnerabilityList.name": (_PARSED, "acme/app"),
    "DockerfileList.registry": (_PARSED, "ghcr.io"),
    "ImageLayer.digest": (_CHECKED, f"sha256:{'a' * 64}"),
    "LayerShare.digest": (_CHECKED, f"sha256:{'a' * 64}"),
    "LayerDifference.digest": (_CHECKED, f"sha256:{'a' * 64}"),
    "FileContent.mode": (_COMPUTED, "-rw-r--r--"),
    "FileContent.owner": (_COMPUTED, "0:0"),
    "ImageFile.mode": (_COMPUTED, "-rw-r--r--"),
    "ImageFile.owner": (_COMPUTED, "0:0"),
    "ImageFile.modified": (_COMPUTED, "2026-01-01T00:00:00Z"),
    "FileDifference.what": (_CHOSEN, "content"),
    "RateLimitInfo.resets_at": (_COMPUTED, "2026-01-01T00:00:00Z"),
    "RateLimitInfo.counts": (_CHOSEN, "pulls"),
    "CacheTier.name": (_CHOSEN, "memory"),
    "DockerfileBase.via": (_CHOSEN, "COPY --from"),
    "ImageChecks.content_kind": (_CHOSEN, "compose"),
    "Leftover.kind": (_CHOSEN, "apt lists"),
    "Leftover.advice": (_CHOSEN, "remove them in the same step"),
    "VulnerabilityList.severity": (_CHOSEN, "high"),
    "PluginFailure.plugin": (_OPERATORS, "portcall-acme:acme"),
    "PluginFailure.version": (_OPERATORS, "1.0"),
    "RegistryInfo.prefix": (_OPERATORS, "registry.corp.example"),
    "RegistryInfo.backend": (_OPERATORS, "oci"),
    "RegistryInfo.capabilities": (_OPERATORS, "tags"),
    "RegistryInfo.credentials": (_OPERATORS, "environment"),
    "RegistryInfo.api_credentials": (_OPERATORS, "QUAY_TOKEN"),
    "RegistryList.fallback": (_OPERATORS, "oci"),
}

#: Sentences of portcall's own, which name things as code; whatever they say, nothing in them is live.
SENTENCES = frozenset(
    {
        *("Answer.warnings", "ImageCheck.warnings", "ErrorInfo.message", "ErrorInfo.hint", "SourceStatus.error"),
        *("DockerfileBase.problem", "LintFinding.message", "LintFinding.advice", "CacheTier.problem"),
        *("Finding.message", "Finding.hint", "PluginFailure.reason", "RegistryInfo.problem"),
        "RegistryInfo.hint",
    }
)

_WORD = "one word of letters and digits, or left out"
_TIME = "read as a time, or left out"
_CALLERS = "an argument of the caller's own"
_BUILT = "built by a backend out of a name and its own site's address"
_TYPE = "what a registry calls a manifest: one that portcall does not know is refused"
_NOT_JSON = "in no JSON: the manifest has it already"

#: Fields that are quoted all the same, though no stranger of ``strangers.py`` gets a word into them: why.
NEVER_THEIRS: dict[str, str] = {
    _TIME: """
        Answer.as_of BaseImageCheck.base_created BaseImageCheck.created ComparedImage.created
        DockerImage.last_updated DockerfileBase.created DockerfileInfo.last_updated FileContent.modified
        HistoryStep.created ImageCheck.created ImageDetail.created ImageLayer.created LayerShare.created
        Tag.last_updated VulnerabilityList.scanned_at
    """,
    _PARSED: """
        BaseImageCheck.base BaseImageCheck.newer ComparedImage.name ComparedImage.reference
        ComparedImage.registry ComparedImage.tag DockerImage.name DockerImage.reference DockerImage.registry
        DockerImage.tag DockerUser.registry DockerUser.username DockerfileAnalysis.image
        DockerfileBase.newer DockerfileBase.reference DockerfileInfo.image DockerfileInfo.repo
        ErrorInfo.candidates ErrorInfo.reference ErrorInfo.registry ImageCheck.newer ImageCheck.newer_in_major
        ImageCheck.reference
        ImageDetail.reference ImageDetail.registry ManifestDetail.reference ManifestDetail.registry
        OfImage.reference OfImage.registry RepositoryList.registry SourceStatus.registry Tag.aliases
        Tag.name TagList.moving TagList.newest_stable TagList.registry UserList.registry
        VulnerabilityList.reference VulnerabilityList.registry
    """,
    _CHECKED: """
        BaseImageCheck.base_digest BaseImageCheck.current_digest ComparedImage.digest
        ComparedImage.platform_digest DockerfileBase.digest DockerfileInfo.revision FileContent.layer_digest
        ImageCheck.digest ImageDetail.config_digest ImageDetail.digest ImageDetail.platform_digest
        ManifestDetail.digest OfImage.digest OfImage.platform_digest Tag.digest TagList.digest
        VulnerabilityList.digest VulnerabilityList.platform_digest
    """,
    _WORD: """
        ComparedImage.platform DockerfileBase.platforms DockerfileInfo.platform ImageCheck.platforms
        ImageChecks.platform ImageComparison.platforms_added ImageComparison.platforms_changed
        ImageComparison.platforms_removed ImageDetail.architecture ImageDetail.os ImageDetail.platform
        ImageDetail.platforms ImageDetail.variant ManifestDetail.platform OfImage.platform Tag.platforms
        VulnerabilityList.platform
    """,
    _CALLERS: """
        ImageList.query RepositoryList.namespace TagList.tag_pattern UserList.query
    """,
    _OPERATORS: """
        CacheTier.where RegistryInfo.endpoint Finding.subject RegistryInfo.plugin
    """,
    _CHOSEN: """
        DockerfileAnalysis.linters ImageCheck.via LayerShare.problem LintFinding.rule Page.next_cursor
        TagList.ordered_by Vulnerability.severity VulnerabilityList.counts VulnerabilityList.scanner
        VulnerabilityList.status
    """,
    _BUILT: """
        DockerImage.web_url DockerUser.web_url ImageDetail.web_url
    """,
    _TYPE: """
        ImageDetail.media_type ManifestDetail.media_type
    """,
    _NOT_JSON: """
        ManifestChild.artifact_type ManifestChild.digest ManifestChild.media_type ManifestChild.platform
    """,
}
