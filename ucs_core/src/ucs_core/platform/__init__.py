"""The catalogue's verbs and questions behind one pipeline. Every door calls these and nothing below them."""

from ucs_core.platform.calls import Call, Clock, Credential, system_clock
from ucs_core.platform.extending import DeadEvent, OperationView, PluginState, PluginView
from ucs_core.platform.platform import Platform, build_platform
from ucs_core.platform.sessions import ReadSession
from ucs_core.platform.views import DependencyView, ResourcePage, ResourceView
from ucs_core.platform.watching import ChangeType, WatchEvent, WatchFilter, Watching, WatchLimits

__all__ = [
    "Call",
    "ChangeType",
    "Clock",
    "Credential",
    "DeadEvent",
    "DependencyView",
    "OperationView",
    "Platform",
    "PluginState",
    "PluginView",
    "ReadSession",
    "ResourcePage",
    "ResourceView",
    "WatchEvent",
    "WatchFilter",
    "WatchLimits",
    "Watching",
    "build_platform",
    "system_clock",
]
