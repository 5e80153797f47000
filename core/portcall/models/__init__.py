"""Answers: frozen pydantic models. What a registry does not tell is ``None``, never a guess."""

from portcall.models.base import Answer, LongText, Model, Page
from portcall.models.base_image import BaseImageCheck
from portcall.models.cache import CacheContents, CacheTier
from portcall.models.check import ImageCheck, ImageChecks
from portcall.models.comparison import (
    ComparedImage,
    FileDifference,
    ImageComparison,
    LayerDifference,
    ValueDifference,
)
from portcall.models.diagnosis import Diagnosis, Finding
from portcall.models.dockerfile import DockerfileInfo, DockerfileList
from portcall.models.dockerfile_analysis import (
    DockerfileAnalysis,
    DockerfileBase,
    DockerfileStage,
    LintFinding,
    LintSeverity,
)
from portcall.models.error import ErrorInfo
from portcall.models.files import FileContent, FileList, ImageFile
from portcall.models.image import BaseImage, HealthCheck, HistoryStep, ImageDetail, ImageLayer
from portcall.models.layers import EntryKind, LayerAnalysis, LayerFile, LayerShare, Leftover, WastedFile
from portcall.models.manifest import ManifestChild, ManifestDetail
from portcall.models.of_image import OfImage
from portcall.models.registry import PluginFailure, RateLimitInfo, RegistryInfo, RegistryList
from portcall.models.repository import DockerImage, ImageList, RepositoryList, SourceStatus
from portcall.models.tag import Tag, TagList
from portcall.models.user import DockerUser, UserList
from portcall.models.vulnerability import SEVERITIES, Vulnerability, VulnerabilityList

__all__ = [
    "SEVERITIES",
    "Answer",
    "BaseImage",
    "BaseImageCheck",
    "CacheContents",
    "CacheTier",
    "ComparedImage",
    "Diagnosis",
    "DockerImage",
    "DockerUser",
    "DockerfileAnalysis",
    "DockerfileBase",
    "DockerfileInfo",
    "DockerfileList",
    "DockerfileStage",
    "EntryKind",
    "ErrorInfo",
    "FileContent",
    "FileDifference",
    "FileList",
    "Finding",
    "HealthCheck",
    "HistoryStep",
    "ImageCheck",
    "ImageChecks",
    "ImageComparison",
    "ImageDetail",
    "ImageFile",
    "ImageLayer",
    "ImageList",
    "LayerAnalysis",
    "LayerDifference",
    "LayerFile",
    "LayerShare",
    "Leftover",
    "LintFinding",
    "LintSeverity",
    "LongText",
    "ManifestChild",
    "ManifestDetail",
    "Model",
    "OfImage",
    "Page",
    "PluginFailure",
    "RateLimitInfo",
    "RegistryInfo",
    "RegistryList",
    "RepositoryList",
    "SourceStatus",
    "Tag",
    "TagList",
    "UserList",
    "ValueDifference",
    "Vulnerability",
    "VulnerabilityList",
    "WastedFile",
]
