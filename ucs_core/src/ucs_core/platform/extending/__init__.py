"""Plugins as the platform's doors know them: enabling and disabling, calling, events, and what runs behind."""

from ucs_core.platform.extending.extensions import Extensions, build_extensions
from ucs_core.platform.extending.views import DeadEvent, OperationView, PluginState, PluginView

__all__ = ["DeadEvent", "Extensions", "OperationView", "PluginState", "PluginView", "build_extensions"]
