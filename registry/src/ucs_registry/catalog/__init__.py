"""The verbs of the catalogue, each on an open unit: check the rules, change the state, say what changed.

Who may call them is decided before, elsewhere; the log entry and the commit follow after, elsewhere.
"""

from ucs_registry.catalog.availability import change_availability
from ucs_registry.catalog.changes import Actor, Change, check_etag, naming
from ucs_registry.catalog.importing import (
    Entered,
    Known,
    import_prepared,
    import_resources,
    prepare,
)
from ucs_registry.catalog.linking import UNNAMED
from ucs_registry.catalog.members import MembersChange, put_members, remove_members
from ucs_registry.catalog.relinking import relinked
from ucs_registry.catalog.reviewing import approve, reject, submit, withdraw
from ucs_registry.catalog.shelving import delete, deprecate, due, purge, undelete, undeprecate
from ucs_registry.catalog.tree import add_organizations
from ucs_registry.catalog.typing import (
    NewMemberRules,
    NewType,
    Survey,
    TypeChange,
    VocabularyChange,
    put_type,
    put_vocabulary,
)
from ucs_registry.catalog.undoing import undo_review
from ucs_registry.catalog.writing import create, update
from ucs_registry.entering import ImportedResource, Prepared, prepared

__all__ = [
    "UNNAMED",
    "Actor",
    "Change",
    "Entered",
    "ImportedResource",
    "Known",
    "MembersChange",
    "NewMemberRules",
    "NewType",
    "Prepared",
    "Survey",
    "TypeChange",
    "VocabularyChange",
    "add_organizations",
    "approve",
    "change_availability",
    "check_etag",
    "create",
    "delete",
    "deprecate",
    "due",
    "import_prepared",
    "import_resources",
    "naming",
    "prepare",
    "prepared",
    "purge",
    "put_members",
    "put_type",
    "put_vocabulary",
    "reject",
    "relinked",
    "remove_members",
    "submit",
    "undelete",
    "undeprecate",
    "undo_review",
    "update",
    "withdraw",
]
