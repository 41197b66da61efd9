"""The demo city, made once for all tests beside it."""

import pytest

from ucs_core.demo.generator import generate
from ucs_core.demo.organizations import organizations
from ucs_core.demo.seed import SIZES

SEED = 370200


@pytest.fixture(scope="session")
def tree():
    return {organization.id: organization for organization in organizations()}


@pytest.fixture(scope="session")
def small_city():
    return tuple(generate(SIZES["small"], SEED))
