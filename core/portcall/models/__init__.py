"""Answers: frozen pydantic models. What a registry does not tell is ``None``, never a guess."""

from portcall.models.base import Answer, Model, Page
from portcall.models.cache import CacheContents, CacheTier
from portcall.models.check import ImageCheck, ImageChecks
from portcall.models.diagnosis import Diagnosis, Finding
from portcall.models.dockerfile import DockerfileInfo, DockerfileList
from portcall.models.error import ErrorInfo
from portcall.models.image import BaseImage, HealthCheck, HistoryStep, ImageDetail, ImageLayer
from portcall.models.manifest import ManifestChild, ManifestDetail
from portcall.models.registry import PluginFailure, RateLimitInfo, RegistryInfo, RegistryList
from portcall.models.repository import DockerImage, ImageList, RepositoryList, SourceStatus
from portcall.models.tag import Tag, TagList
from portcall.models.user import DockerUser, UserList
from portcall.models.vulnerability import SEVERITIES, Vulnerability, VulnerabilityList

__all__ = [
    "SEVERITIES",
    "Answer",
    "BaseImage",
    "CacheContents",
    "CacheTier",
    "Diagnosis",
    "DockerImage",
    "DockerUser",
    "DockerfileInfo",
    "DockerfileList",
    "ErrorInfo",
    "Finding",
    "HealthCheck",
    "HistoryStep",
    "ImageCheck",
    "ImageChecks",
    "ImageDetail",
    "ImageLayer",
    "ImageList",
    "ManifestChild",
    "ManifestDetail",
    "Model",
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
    "Vulnerability",
    "VulnerabilityList",
]
