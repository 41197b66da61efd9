"""Finds, reads, loads and checks plugins: what a host, `ucs plugin check` and `ucs plugin docs` have in common."""

from ucs_sdk.plugins.finding import (
    ENTRY_POINT_GROUP,
    FoundPlugin,
    check_names,
    find_in_folder,
    find_plugins,
    manifest_path,
    read_manifest,
)
from ucs_sdk.plugins.hooks import SPECS, call, hooks_of
from ucs_sdk.plugins.loading import failed_at, load_plugin
from ucs_sdk.plugins.plugin import Plugin

__all__ = [
    "ENTRY_POINT_GROUP",
    "SPECS",
    "FoundPlugin",
    "Plugin",
    "call",
    "check_names",
    "failed_at",
    "find_in_folder",
    "find_plugins",
    "hooks_of",
    "load_plugin",
    "manifest_path",
    "read_manifest",
]
