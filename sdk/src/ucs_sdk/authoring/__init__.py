"""`ucs plugin`: what an author does with the SDK alone. This module is imported whenever anybody types `ucs`."""

from collections.abc import Sequence

from ucs_sdk.commands import Command, CommandGroup


def commands() -> list[Command]:
    """The one verb of the SDK."""
    return [
        Command(
            name="plugin",
            summary_en="Make, check and document plugins, and run them",
            summary_zh="新建、检查插件并生成文档，以及运行插件",
            run=_plugin,
            group=CommandGroup.AUTHOR,
        )
    ]


def _plugin(words: Sequence[str]) -> int:
    from ucs_sdk.authoring.dispatch import main  # noqa: PLC0415 - only `ucs plugin` needs it

    return main(words)
