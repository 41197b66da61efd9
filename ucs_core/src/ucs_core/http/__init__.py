"""The HTTP surface: GraphQL over HTTP, health, metrics, the page that says what runs here, and the explorer."""

from ucs_core.http.app import build_http, wire_of
from ucs_core.http.metrics import Metrics

__all__ = ["Metrics", "build_http", "wire_of"]
