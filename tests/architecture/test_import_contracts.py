"""The contracts of pyproject.toml, tried on small rooms that break them. `make check` holds the real rooms to them."""

import pytest

SOUND = {
    "ucs_sdk/__init__.py": "",
    "ucs_sdk/errors.py": "import pydantic",
    "ucs_sdk/client/__init__.py": "def lazily():\n    from ucs_sdk.client import wire",
    "ucs_sdk/client/wire/__init__.py": "",
    "ucs_sdk/client/wire/channel.py": "import grpc",
    "ucs_registry/__init__.py": "",
    "ucs_registry/catalog.py": "from ucs_sdk import errors",
    "ucs_registry/sql/__init__.py": "import sqlalchemy",
    "ucs_core/__init__.py": "",
    "ucs_core/settings.py": "",
    "ucs_core/access/__init__.py": "import casbin\nfrom ucs_core import settings",
    "ucs_core/platform/__init__.py": "from ucs_core import access\nfrom ucs_registry import catalog",
    "ucs_core/grpc/__init__.py": "import grpc\nfrom ucs_core import platform",
    "ucs_core/http/__init__.py": "import starlette\nfrom ucs_core import platform",
    "ucs_core/app.py": "from ucs_core import grpc, http",
    "ucs_core/cli.py": "from ucs_core import app",
    "ucs_capability_echo/__init__.py": "from ucs_sdk import errors",
}

BROKEN = {
    "the registry knows the core": {"ucs_registry/catalog.py": "def lazily():\n    from ucs_core import platform"},
    "the SDK knows the registry": {"ucs_sdk/errors.py": "from ucs_registry import catalog"},
    "the platform knows a door": {"ucs_core/platform/__init__.py": "from ucs_core import grpc"},
    "access knows the platform": {"ucs_core/access/__init__.py": "from ucs_core import platform"},
    "one door knows another": {"ucs_core/http/__init__.py": "from ucs_core import grpc"},
    "a door knows the composition": {"ucs_core/http/__init__.py": "from ucs_core import app"},
    "a module of the core has no place": {"ucs_core/odds_and_ends.py": ""},
    "the SDK knows the wire outside of its client's": {"ucs_sdk/client/__init__.py": "import grpc"},
    "the SDK knows a database": {"ucs_sdk/errors.py": "import sqlalchemy"},
    "the registry knows the policy language": {"ucs_registry/catalog.py": "import casbin"},
    "the registry knows the wire": {"ucs_registry/catalog.py": "from ucs.registry.v1 import resources_pb2"},
    "a capability knows the core": {
        "ucs_capability_echo/__init__.py": "def lazily():\n    from ucs_core import platform"
    },
    "a capability knows the registry": {"ucs_capability_echo/__init__.py": "from ucs_registry import catalog"},
    "the core knows a capability": {"ucs_core/platform/__init__.py": "import ucs_capability_echo"},
    "neighbours know each other": {
        "ucs_registry/sql/__init__.py": "from ucs_registry import catalog",
        "ucs_registry/catalog.py": "from ucs_registry import sql",
    },
}


@pytest.fixture
def judge(tree, run, workspace):
    def judge(texts):
        root = tree(texts)
        return run("--config", workspace / "pyproject.toml", "--no-cache", tool="lint-imports", path=root, cwd=root)

    return judge


def test_rooms_in_order_are_accepted(judge):
    result = judge(SOUND)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("texts", BROKEN.values(), ids=BROKEN.keys())
def test_an_arrow_against_the_order_is_refused(judge, texts):
    result = judge(SOUND | texts)
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
