"""What was decided about plugins, in a database."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from ucs_registry.canonical import canonical_json, instant, timestamp
from ucs_registry.plugins import PluginRow
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Record
from ucs_registry.sql.plugin_tables import plugins
from ucs_registry.sql.records import RecordReading, RecordWriting
from ucs_sdk.errors import Invalid


class PluginReading(RecordReading):
    """What a reader answers about plugins and their documents."""

    async def plugins(self) -> list[PluginRow]:
        named = tables.organizations.c.id.label("organization")
        owned = plugins.join(tables.organizations, tables.organizations.c.number == plugins.c.owner)
        statement = select(plugins, named).select_from(owned).order_by(plugins.c.name)
        return [plugin_of(row) for row in await self._all(statement)]

    async def admitting(self) -> list[str]:
        # In order only here, lest a database walk through all plugins in the order of their names.
        asked = select(plugins.c.name).where(plugins.c.admits, plugins.c.enabled)
        return sorted(row.name for row in await self._all(asked))


class PluginWriting(PluginReading, RecordWriting):
    """What a unit changes of plugins and their documents."""

    async def put_plugin(self, row: PluginRow) -> None:
        owner = (await self.organizations([row.owner])).get(row.owner)
        if owner is None:
            raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=row.owner)
        await self.write(plugins, [plugin_row(row, owner.number)], key=("name",))


def plugin_row(row: PluginRow, owner: int) -> dict[str, object]:
    """The row of a plugin; `owner` is the number of its organisation."""
    return {
        "name": row.name,
        "version": row.version,
        "enabled": row.enabled,
        "owner": owner,
        "generation": row.generation,
        "settings": canonical_json(row.settings).decode(),
        "reason": row.reason,
        "admits": row.admits,
        "brought": orjson.dumps({"types": row.types, "resources": row.resources}).decode(),
        "changed_at": timestamp(row.changed_at),
        "changed_by": row.changed_by,
    }


def plugin_of(row: Record) -> PluginRow:
    """The plugin of a row."""
    return PluginRow(
        name=row.name,
        version=row.version,
        enabled=bool(row.enabled),
        owner=row.organization,
        generation=int(row.generation),
        settings=orjson.loads(row.settings),
        reason=row.reason,
        admits=bool(row.admits),
        **orjson.loads(row.brought),
        changed_at=instant(row.changed_at),
        changed_by=row.changed_by,
    )
