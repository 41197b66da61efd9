"""What tests of plugins are written with. `Rehearsal` needs the SDK alone."""

from ucs_sdk.testing.contract import PluginContract
from ucs_sdk.testing.fakes import FakeClock, FakeContext, Notice
from ucs_sdk.testing.rehearsal import Rehearsal

__all__ = ["FakeClock", "FakeContext", "Notice", "PluginContract", "Rehearsal"]
