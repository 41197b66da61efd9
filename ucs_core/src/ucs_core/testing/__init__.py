"""The platform for tests of plugins: all of it, in memory, in a moment. The SDK's test kit finds it by entry point."""

from ucs_core.testing.city import City, open_city

__all__ = ["City", "open_city"]
