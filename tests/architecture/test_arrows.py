"""Imports between modules: no circles, one address for each heavy library, no way from a capability into the core."""

import pytest

from guards.arrows import arrows, circle, misplaced, modules, reaching

CORE_AND_REGISTRY = ("ucs_core", "ucs_registry")


def test_no_module_imports_itself_in_a_circle(sources):
    assert circle(arrows(sources)) == []


def test_every_heavy_library_has_one_address(sources):
    assert misplaced(arrows(sources)) == []


def test_capabilities_know_the_sdk_and_neither_the_core_nor_each_other(workspace):
    for capability in (workspace / "capabilities").glob("*/src"):
        found = arrows(modules(capability))
        assert reaching(found, CORE_AND_REGISTRY) == []
        own = {arrow.source.split(".")[0] for arrow in found}
        strangers = [a for a in found if a.target.startswith("ucs_capability_") and a.target.split(".")[0] not in own]
        assert strangers == []


@pytest.mark.parametrize(
    "back",
    [
        "from room.low import low",
        "import room.low",
        "from . import low",
        "from .low import low",
        "def lazily():\n    from room.low import low",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.low import low",
        "import importlib\ndef lazily():\n    importlib.import_module('room.low')",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tree, back):
    root = tree({"room/__init__.py": "", "room/low.py": "from room.high import high\n", "room/high.py": back})
    assert circle(arrows(modules(root))) in (
        ["room.low", "room.high", "room.low"],
        ["room.high", "room.low", "room.high"],
    )


def test_a_circle_through_the_front_door_is_found(tree):
    root = tree({"room/__init__.py": "from room.part import part", "room/part.py": "from room import other"})
    assert set(circle(arrows(modules(root)))) == {"room", "room.part"}


def test_a_front_door_that_gathers_its_parts_is_no_circle(tree):
    root = tree(
        {
            "room/__init__.py": "from room.part import part",
            "room/part.py": "from room import deeper",
            "room/deeper.py": "",
        }
    )
    assert circle(arrows(modules(root))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import casbin",
        "import casbin.util",
        "from casbin import Enforcer",
        "from google.protobuf import json_format",
        "from ucs.registry.v1 import resources_pb2",
        "def lazily():\n    import sqlalchemy.orm",
        "__import__('strawberry')",
    ],
)
def test_a_heavy_library_away_from_its_address_is_found(tree, line):
    root = tree({"ucs_core/platform/verbs.py": line})
    assert [arrow.source for arrow in misplaced(arrows(modules(root)))] == ["ucs_core.platform.verbs"]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("ucs_core/access/compiler.py", "import casbin"),
        ("ucs_core/access/tokens.py", "import jwt"),
        ("ucs_registry/sql/tables.py", "from sqlalchemy import Table"),
        ("ucs_core/app.py", "import ucs_core.grpc, ucs_registry.sql, ucs_sdk"),
        ("ucs_core/platform/grpcish.py", "import casbinesque"),
    ],
)
def test_a_library_at_its_address_is_left_alone(tree, place, line):
    assert misplaced(arrows(modules(tree({place: line})))) == []


def test_a_capability_that_reaches_into_the_core_is_found(tree):
    root = tree({"ucs_capability_rain/warnings.py": "def lazily():\n    from ucs_core.platform import verbs"})
    assert [arrow.line for arrow in reaching(arrows(modules(root)), CORE_AND_REGISTRY)] == [2]
