"""The host of plugins: what is enabled is loaded, started, swapped and stopped, and the table of what can be called follows."""

from ucs_core.plugins.running import RunningPlugin
from ucs_core.plugins.table import LiveOperation, OperationTable

__all__ = ["LiveOperation", "OperationTable", "RunningPlugin"]
