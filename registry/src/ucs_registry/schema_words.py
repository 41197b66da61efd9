"""The words of JSON Schema 2020-12 that the schema of a type may use."""

from __future__ import annotations

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFINITIONS = "#/$defs/"

ONE = ("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else")
"""Keywords that hold a schema."""

SOME = ("prefixItems", "allOf", "anyOf", "oneOf")
"""Keywords that hold a list of schemas."""

ASSERTIONS = frozenset(
    {
        *("type", "enum", "const", "required", "dependentRequired", "minProperties", "maxProperties", "properties"),
        *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minLength", "maxLength", "pattern"),
        *("format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "$ref"),
        *ONE,
        *SOME,
    }
)
"""Keywords by which values are judged."""

ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
        *("$comment", "$schema", "$id", "$defs"),
    }
)
"""Keywords that tell people something, or stand at the top. So does whatever begins with `x-`."""

FORMATS = (
    *("date", "date-time", "time", "duration", "email", "hostname"),
    *("ipv4", "ipv6", "json-pointer", "uri", "uri-reference", "uuid"),
)
"""The formats that are held to."""
