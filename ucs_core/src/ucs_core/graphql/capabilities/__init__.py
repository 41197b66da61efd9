"""The operations of plugins as fields of the schema, each below the name of its capability."""

from ucs_core.graphql.capabilities.extending import Offered, extended, taken

__all__ = ["Offered", "extended", "taken"]
