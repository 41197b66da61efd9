"""Queries as shapes: what a document asks for is worked out once, and answered by the store in one statement each time."""

from ucs_core.graphql.compiling.plans import Plan, Planned, Plans

__all__ = ["Plan", "Planned", "Plans"]
