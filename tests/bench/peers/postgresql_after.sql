-- Indexes that are made when the rows are in, and what PostGraphile is told.

CREATE INDEX ON searched USING gin (document) WITH (fastupdate = off);

-- The join is an outer one so that counting does without it.
CREATE FUNCTION search_resources(words text) RETURNS SETOF resources LANGUAGE sql STABLE AS $$
    SELECT resources.* FROM searched LEFT JOIN resources ON resources.id = searched.resource
    WHERE searched.document @@ words::tsquery
    ORDER BY searched.updated_at DESC, searched.resource DESC
$$;

CREATE TYPE facet AS (dimension text, value text, count integer);

CREATE FUNCTION search_facets(words text) RETURNS SETOF facet LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN kind IS NULL THEN 'share_type' ELSE 'kind' END, coalesce(kind, share_type), count(*)::integer
    FROM searched WHERE document @@ words::tsquery
    GROUP BY GROUPING SETS ((kind), (share_type))
$$;

COMMENT ON CONSTRAINT listed_resource_fkey ON listed IS E'@fieldName card';
COMMENT ON CONSTRAINT resources_owner_fkey ON resources IS E'@fieldName ownedBy';
COMMENT ON CONSTRAINT dependencies_source_fkey ON dependencies IS E'@foreignSimpleFieldName dependencies';
COMMENT ON CONSTRAINT dependencies_target_fkey ON dependencies IS E'@fieldName needed';
COMMENT ON FUNCTION search_resources(text) IS E'@behavior +connection -list';
