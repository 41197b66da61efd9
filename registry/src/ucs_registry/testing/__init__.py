"""The contract of the port, as tests, and small things to fill a store with.

A store passes when a subclass of `StoreContract`, in a module with a `store` fixture that gives a fresh empty store, is
green under pytest-asyncio in its automatic mode:

    class TestMyStore(StoreContract):
        pass
"""

from ucs_registry.testing.access import IdentityContract, LookupContract
from ucs_registry.testing.blobs import BlobsContract
from ucs_registry.testing.builders import (
    NOW,
    ROOT,
    a_content,
    a_grant,
    a_resource,
    a_revision,
    a_visibility,
    an_entry,
    an_id,
    an_organization,
    everything_visible,
    founded,
    saved,
)
from ucs_registry.testing.events import EventsContract, LeasesContract
from ucs_registry.testing.exporting import ExportContract
from ucs_registry.testing.finding import FacetsContract, FindingContract
from ucs_registry.testing.graph import GraphContract
from ucs_registry.testing.importing import ImportContract
from ucs_registry.testing.listing import ListingContract, VisibilityContract
from ucs_registry.testing.members import FindingMembersContract, MembersContract
from ucs_registry.testing.organizations import OrganizationsContract
from ucs_registry.testing.paging import BothWaysContract
from ucs_registry.testing.plugins import DocumentsContract, PluginsContract
from ucs_registry.testing.records import RecordsContract
from ucs_registry.testing.resources import CellsContract, DependenciesContract, ResourcesContract
from ucs_registry.testing.reviews import ReviewsContract
from ucs_registry.testing.searching import SearchContract
from ucs_registry.testing.shelf import BinContract, DeprecationsContract, HoldersContract
from ucs_registry.testing.signing import SigningContract, TestSigner
from ucs_registry.testing.spans import SpansContract
from ucs_registry.testing.tree import CompactionContract, MovedContract, TreeContract
from ucs_registry.testing.types import TypesContract, a_type, a_vocabulary
from ucs_registry.testing.units import AccessContract, LogContract, UnitsContract

__all__ = [
    "NOW",
    "ROOT",
    "SigningContract",
    "StoreContract",
    "TestSigner",
    "a_content",
    "a_grant",
    "a_resource",
    "a_revision",
    "a_type",
    "a_visibility",
    "a_vocabulary",
    "an_entry",
    "an_id",
    "an_organization",
    "everything_visible",
    "founded",
    "saved",
]


class StoreContract(
    OrganizationsContract,
    ResourcesContract,
    DependenciesContract,
    GraphContract,
    CellsContract,
    ListingContract,
    VisibilityContract,
    ExportContract,
    ReviewsContract,
    SearchContract,
    FindingContract,
    FacetsContract,
    BothWaysContract,
    SpansContract,
    UnitsContract,
    AccessContract,
    IdentityContract,
    LookupContract,
    LogContract,
    TreeContract,
    CompactionContract,
    MovedContract,
    MembersContract,
    FindingMembersContract,
    BinContract,
    DeprecationsContract,
    HoldersContract,
    TypesContract,
    ImportContract,
    PluginsContract,
    DocumentsContract,
    RecordsContract,
    BlobsContract,
    EventsContract,
    LeasesContract,
):
    """Everything that the port promises."""
