"""Makes the plugin importable from its folder, whether or not it is installed."""

from pathlib import Path

from ucs_sdk.plugins import find_in_folder, load_plugin

load_plugin(find_in_folder(Path(__file__).parents[1]), fresh=False)
