-- The same tables on SQLite.

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE resources (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    share_type TEXT NOT NULL,
    availability TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    tags TEXT NOT NULL,
    owner TEXT NOT NULL REFERENCES organizations,
    updated_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE listed (
    tag TEXT NOT NULL,
    kind TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    resource TEXT NOT NULL REFERENCES resources,
    PRIMARY KEY (tag, kind, updated_at, resource)
) WITHOUT ROWID;

CREATE TABLE dependencies (
    source TEXT NOT NULL REFERENCES resources,
    place INTEGER NOT NULL,
    target TEXT NOT NULL REFERENCES resources,
    relation TEXT NOT NULL,
    PRIMARY KEY (source, place)
) WITHOUT ROWID;

CREATE TABLE searched (
    number INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    share_type TEXT NOT NULL
);

CREATE VIRTUAL TABLE documents USING fts5 (document, content = '', detail = none);
