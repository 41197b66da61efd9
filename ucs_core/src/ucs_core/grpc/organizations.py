"""Organisations between the wire and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ucs.registry.v1 import organization_pb2 as pb
from ucs_core.grpc.conversion import filled, plain
from ucs_registry.organizations import Organization


def to_message(organization: Organization) -> pb.Organization:
    """An organisation; the tree has no secrets."""
    values = {
        "name": organization.name,
        "parent": f"organizations/{organization.parent}" if organization.parent else None,
        "title": organization.title,
        "level": organization.level,
        "kind": organization.kind,
        "region_code": organization.region_code,
        "source": organization.source,
        "synthetic": organization.synthetic,
        "ancestors": [f"organizations/{id}" for id in organization.ancestors],
    }
    return filled(pb.Organization(), values)


def new_organization(message: pb.NewOrganization, path: str = "") -> dict[str, Any]:
    """What is to be entered, as the platform takes it; errors name what lies below `path`."""
    values = plain(message, path)
    return values | {"parent": values["parent"].removeprefix("organizations/") if "parent" in values else None}


def new_message(organization: Mapping[str, Any]) -> pb.NewOrganization:
    """What is to be entered, as the wire takes it."""
    parent = organization.get("parent")
    return filled(pb.NewOrganization(), dict(organization) | {"parent": f"organizations/{parent}" if parent else None})
