"""Answers: frozen pydantic models. What a registry does not tell is ``None``, never a guess."""

from portcall.models.base import Answer, Model, Page
from portcall.models.cache import CacheContents, CacheTier
from portcall.models.check import ImageCheck, ImageChecks
from portcall.models.diagnosis import Diagnosis, Finding
from portcall.models.error import ErrorInfo
from portcall.models.image import BaseImage, HealthCheck, HistoryStep, ImageDetail, ImageLayer
from portcall.models.manifest import ManifestChild, ManifestDetail
from portcall.models.registry import PluginFailure, RateLimitInfo, RegistryInfo, RegistryList
from portcall.models.repository import DockerImage, ImageList, RepositoryList, SourceStatus
from portcall.models.tag import Tag, TagList
from portcall.models.user import DockerUser, UserList

__all__ = [
    "Answer",
    "BaseImage",
    "CacheContents",
    "CacheTier",
    "Diagnosis",
    "DockerImage",
    "DockerUser",
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
]
