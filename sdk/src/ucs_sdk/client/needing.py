"""The wire, imported by the first client that is made: whoever only imports the SDK does not pay for it."""

from __future__ import annotations

import importlib
from typing import Any

from ucs_sdk.errors import FailedPrecondition


class Needed:
    """Stands for a module until something of it is asked for."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the module has
        try:
            module = importlib.import_module(self._module)
        except ModuleNotFoundError as cause:
            raise FailedPrecondition("CLIENT_EXTRA_MISSING", module=cause.name) from cause
        return getattr(module, name)
