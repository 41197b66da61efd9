"""The catalogue's verbs and questions behind one pipeline. Every door calls these and nothing below them."""

from ucs_core.platform.calls import Call, Clock, system_clock
from ucs_core.platform.platform import Platform, build_platform
from ucs_core.platform.sessions import ReadSession
from ucs_core.platform.views import DependencyView, ResourcePage, ResourceView

__all__ = [
    "Call",
    "Clock",
    "DependencyView",
    "Platform",
    "ReadSession",
    "ResourcePage",
    "ResourceView",
    "build_platform",
    "system_clock",
]
