"""The verbs of the catalogue, each on an open unit: check the rules, change the state, say what changed.

Who may call them is decided before, elsewhere; the log entry and the commit follow after, elsewhere.
"""

from ucs_registry.catalog.availability import change_availability
from ucs_registry.catalog.changes import Actor, Change, ImportedResource, check_etag, naming
from ucs_registry.catalog.importing import import_resources
from ucs_registry.catalog.reviewing import approve, reject, submit, withdraw
from ucs_registry.catalog.tree import add_organizations
from ucs_registry.catalog.writing import create, update

__all__ = [
    "Actor",
    "Change",
    "ImportedResource",
    "add_organizations",
    "approve",
    "change_availability",
    "check_etag",
    "create",
    "import_resources",
    "naming",
    "reject",
    "submit",
    "update",
    "withdraw",
]
