"""Resources by one statement each, unread: what decides about them in front, and behind it what they hold."""

from ucs_registry.sql.elements.modelled import ModelElements
from ucs_registry.sql.elements.reads import SqlElements

__all__ = ["ModelElements", "SqlElements"]
