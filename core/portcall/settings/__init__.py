"""Configuration: one frozen object, built in one place; nothing else reads the environment."""

from portcall.settings.load import load_settings
from portcall.settings.model import (
    AuthSettings,
    CacheSettings,
    LimitSettings,
    NetworkSettings,
    PluginSettings,
    ServerSettings,
    Settings,
)
from portcall.settings.registry import RegistrySettings

__all__ = [
    "AuthSettings",
    "CacheSettings",
    "LimitSettings",
    "NetworkSettings",
    "PluginSettings",
    "RegistrySettings",
    "ServerSettings",
    "Settings",
    "load_settings",
]
