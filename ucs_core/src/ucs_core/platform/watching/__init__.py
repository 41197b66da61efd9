"""Watching: every visible change once, in order, from any position on; see docs/decisions/0015-watching.md."""

from ucs_core.platform.watching.events import ChangeType, WatchEvent, WatchFilter, WatchLimits
from ucs_core.platform.watching.feed import Watching

__all__ = ["ChangeType", "WatchEvent", "WatchFilter", "WatchLimits", "Watching"]
