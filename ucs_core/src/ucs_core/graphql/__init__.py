"""The GraphQL door: the schema, what a document may cost, and how it is answered. It knows nothing of HTTP."""

from ucs_core.graphql.context import Caller
from ucs_core.graphql.documents import Operation
from ucs_core.graphql.door import Answer, GraphqlDoor, refused
from ucs_core.graphql.errors import CODES, fault, report, told
from ucs_core.graphql.limits import DocumentErrors, Limits

__all__ = [
    "CODES",
    "Answer",
    "Caller",
    "DocumentErrors",
    "GraphqlDoor",
    "Limits",
    "Operation",
    "fault",
    "refused",
    "report",
    "told",
]
