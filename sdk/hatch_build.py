"""Takes the templates of the repository along into the wheel and the source distribution of the SDK."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACES = {"wheel": "ucs_sdk/templates", "sdist": "src/ucs_sdk/templates"}


class TemplatesHook(BuildHookInterface[Any]):
    """Adds the folder beside the SDK's. In an unpacked source distribution the templates are within the package already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or Path(self.root, "src/ucs_sdk/templates").is_dir():
            return
        templates = Path(self.root).parent / "templates"
        if not (templates / "operation" / "cookiecutter.json").is_file():
            raise FileNotFoundError(f"the templates that the SDK carries are not in {templates}")
        build_data["force_include"][str(templates)] = PLACES[self.target_name]
