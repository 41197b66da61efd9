"""The peers' tables, filled with what a node of ours exports: the same resources, owners, tags and dependencies.

What a search finds is cut into tokens by our own analyser, so that the peers need none and find the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import Any

import grpc
import orjson
import psycopg

from ucs.registry.v1 import resource_service_pb2 as pb
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_registry.search import document_tokens

HERE = Path(__file__).parent
COLUMNS = {
    "organizations": ("id", "title_zh", "title_en"),
    "resources": (
        *("id", "code", "kind", "type", "share_type", "availability"),
        *("title_zh", "title_en", "tags", "owner", "updated_at"),
    ),
    "listed": ("tag", "kind", "updated_at", "resource"),
    "dependencies": ("source", "place", "target", "relation"),
    "searched": ("resource", "updated_at", "kind", "share_type", "document"),
}
"""The tables in the order in which they are filled."""


@dataclass(kw_only=True)
class Rows:
    """The rows of each table, in the order of its columns, and what questions can be asked of them."""

    organizations: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    resources: list[tuple[Any, ...]] = field(default_factory=list)
    listed: list[tuple[str, ...]] = field(default_factory=list)
    dependencies: list[tuple[Any, ...]] = field(default_factory=list)
    searched: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, line: dict[str, Any]) -> None:
        """Take in a resource as an export tells it."""
        content, id = line["content"], f"resources/{line['id']}"
        owner, title, tags = f"organizations/{line['owner']}", content["title"], content.get("tags", [])
        kind, share, at = line["kind"], content["share_type"], line["updated_at"]
        place = line["owner_title"]
        self.organizations.setdefault(owner, (owner, place["zh"], place["en"]))
        card = (id, line["code"], kind, line["type"], share, line["availability"])
        self.resources.append((*card, title["zh"], title["en"], tags, owner, at))
        self.listed += ((tag, kind, at, id) for tag in tags)
        links = enumerate(content.get("dependencies", []))
        self.dependencies += ((id, number, link["target"], link["relation"]) for number, link in links)
        texts = (*title.values(), *content["summary"].values(), *tags, line["code"], *place.values())
        # A city has millions of tokens, and few different ones.
        self.searched.append((id, at, kind, share, sorted(map(intern, set(document_tokens(texts))))))

    def table(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of one table."""
        return list(self.organizations.values()) if name == "organizations" else getattr(self, name)


def exported(address: str, token: str) -> Rows:
    """Everything that a caller may discover, from one state of a node's catalogue."""
    rows = Rows()
    for line in _lines(address, token):
        rows.add(orjson.loads(line))
    return rows


def _lines(address: str, token: str) -> Iterator[bytes]:
    with grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        asked = pb.ExportResourcesRequest(with_card=True)
        for piece in ResourceServiceStub(channel).Export(asked, metadata=[("authorization", f"Bearer {token}")]):
            yield from piece.ndjson.splitlines()


def fill_sqlite(rows: Rows, file: Path) -> None:
    """Make the peers' database on SQLite."""
    with sqlite3.connect(file) as connection:
        connection.executescript((HERE / "sqlite.sql").read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
        for name in ("organizations", "resources", "listed", "dependencies"):
            marks = ", ".join("?" * len(COLUMNS[name]))
            plain = (tuple(_plain(value) for value in row) for row in rows.table(name))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", plain)
        cards = ((number, *row[:4]) for number, row in enumerate(rows.searched, 1))
        connection.executemany("INSERT INTO searched VALUES (?, ?, ?, ?, ?)", cards)
        texts = ((number, " ".join(row[4])) for number, row in enumerate(rows.searched, 1))
        connection.executemany("INSERT INTO documents (rowid, document) VALUES (?, ?)", texts)
    with sqlite3.connect(file, isolation_level=None) as connection:
        connection.execute("INSERT INTO documents (documents) VALUES ('optimize')")
        connection.execute("ANALYZE")


def fill_postgres(rows: Rows, url: str) -> None:
    """Make the peers' database on PostgreSQL."""
    with psycopg.connect(url) as connection:
        connection.execute((HERE / "postgresql.sql").read_text("utf-8"))
        for name, columns in COLUMNS.items():
            with connection.cursor().copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows.table(name):
                    copy.write_row((*row[:4], _vector(row[4])) if name == "searched" else row)
        connection.execute((HERE / "postgresql_after.sql").read_text("utf-8"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def _vector(tokens: list[str]) -> str:
    return " ".join(quoted(token) for token in tokens)


def quoted(token: str) -> str:
    """A token as PostgreSQL reads it in a document or in a query."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
