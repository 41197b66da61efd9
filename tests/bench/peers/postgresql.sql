-- The peers' tables on PostgreSQL: the catalogue as somebody would lay it out who serves these four questions with it.

CREATE TABLE organizations (
    id text COLLATE "C" PRIMARY KEY,
    title_zh text NOT NULL,
    title_en text NOT NULL
);

CREATE TABLE resources (
    id text COLLATE "C" PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,
    type text NOT NULL,
    share_type text NOT NULL,
    availability text NOT NULL,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    tags text[] NOT NULL,
    owner text COLLATE "C" NOT NULL REFERENCES organizations,
    updated_at timestamptz NOT NULL
);

-- The list by tag and kind in the order of time, from one index: what a join would read and sort stands side by side.
CREATE TABLE listed (
    tag text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    updated_at timestamptz NOT NULL,
    resource text COLLATE "C" NOT NULL REFERENCES resources,
    PRIMARY KEY (tag, kind, updated_at, resource)
);

CREATE TABLE dependencies (
    source text COLLATE "C" NOT NULL REFERENCES resources,
    place integer NOT NULL,
    target text COLLATE "C" NOT NULL REFERENCES resources,
    relation text NOT NULL,
    PRIMARY KEY (source, place)
);

-- What a search looks at, without the wide rows.
CREATE TABLE searched (
    resource text COLLATE "C" PRIMARY KEY REFERENCES resources,
    updated_at timestamptz NOT NULL,
    kind text NOT NULL,
    share_type text NOT NULL,
    document tsvector NOT NULL
);
