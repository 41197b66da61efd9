"""The contract of the port, as tests, and small things to fill a store with.

A store passes when a subclass of `StoreContract`, in a module with a `store` fixture that gives a fresh empty store, is
green under pytest-asyncio in its automatic mode:

    class TestMyStore(StoreContract):
        pass
"""

from ucs_registry.testing.access import IdentityContract, LookupContract
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
from ucs_registry.testing.listing import ListingContract, VisibilityContract
from ucs_registry.testing.organizations import OrganizationsContract
from ucs_registry.testing.resources import CellsContract, DependenciesContract, ResourcesContract
from ucs_registry.testing.searching import SearchContract
from ucs_registry.testing.signing import SigningContract, TestSigner
from ucs_registry.testing.tree import CompactionContract, MovedContract, TreeContract
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
    "a_visibility",
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
    CellsContract,
    ListingContract,
    VisibilityContract,
    SearchContract,
    UnitsContract,
    AccessContract,
    IdentityContract,
    LookupContract,
    LogContract,
    TreeContract,
    CompactionContract,
    MovedContract,
):
    """Everything that the port promises."""
