"""One message catalogue for every door, in Chinese and English, a module for each area.

Each message says what happened to what, why, and what to do next. Placeholders name the fields of the error.
"""

from __future__ import annotations

from ucs_sdk.wording.access import ACCESS
from ucs_sdk.wording.client import CLIENT
from ucs_sdk.wording.documents import DOCUMENTS
from ucs_sdk.wording.exchange import EXCHANGE
from ucs_sdk.wording.general import GENERAL
from ucs_sdk.wording.graph import GRAPH
from ucs_sdk.wording.hosting import HOSTING
from ucs_sdk.wording.identity import IDENTITY
from ucs_sdk.wording.importing import IMPORTING
from ucs_sdk.wording.invoking import INVOKING
from ucs_sdk.wording.kit import KIT
from ucs_sdk.wording.log import LOG
from ucs_sdk.wording.members import MEMBERS
from ucs_sdk.wording.message import Message
from ucs_sdk.wording.plugins import PLUGINS
from ucs_sdk.wording.reviews import REVIEWS
from ucs_sdk.wording.shelf import SHELF
from ucs_sdk.wording.simulating import SIMULATING
from ucs_sdk.wording.sql import SQL
from ucs_sdk.wording.types import TYPES
from ucs_sdk.wording.watching import WATCHING

__all__ = ["CATALOGUE", "DID_YOU_MEAN", "IMPORT_ENDED", "Message"]

DID_YOU_MEAN = Message(en=" Did you mean {near}?", zh="您要找的是 {near} 吗？")

IMPORT_ENDED = Message(
    en=" The import ended at {path}; the {committed} items of the chunks before it stay.",
    zh="导入在 {path} 处中止；此前各批的 {committed} 项已保留。",
)
"""Said behind the message of whatever ended an import: errors with the field `committed`."""

CATALOGUE: dict[str, Message] = {
    **GENERAL,
    **DOCUMENTS,
    **IDENTITY,
    **ACCESS,
    **LOG,
    **WATCHING,
    **GRAPH,
    **MEMBERS,
    **EXCHANGE,
    **IMPORTING,
    **KIT,
    **CLIENT,
    **INVOKING,
    **HOSTING,
    **SHELF,
    **REVIEWS,
    **SIMULATING,
    **SQL,
    **TYPES,
    **PLUGINS,
}
"""Every message, by the reason of its error."""
