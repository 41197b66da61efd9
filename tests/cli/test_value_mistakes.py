"""What GraphQL says of a value reaches people as a field and what is wrong with it."""

import pytest
from graphql import build_schema, parse
from graphql.execution.values import get_variable_values

from ucs_core.cli.value_mistakes import in_words

SCHEMA = build_schema(
    "enum Relation {reads calls} input Title {zh: String! en: String!} input Link {relation: Relation count: Int} "
    "input Given {title: Title links: [Link!] shareType: Relation} type Query {done(input: Given): Int}"
)
DOCUMENT = parse("query($input: Given) {done(input: $input)}").definitions[0]


def told_by_graphql(value):
    [error] = get_variable_values(SCHEMA, DOCUMENT.variable_definitions, {"input": value})
    return f"The document is not valid: {error.message}"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ({"title": {"zh": "x"}}, "title: en is required.", "title：缺少 en。"),
        (
            {"links": [{"relation": "read"}]},
            "links[0].relation: 'read' is none of the words that it may be. Did you mean reads?",
            "links[0].relation：没有“read”这个取值。您要找的是 reads 吗？",
        ),
        ({"links": [{"rel": "x"}]}, "links[0]: rel is not a field here.", "links[0]：此处没有字段 rel。"),
        ({"shareTyp": "x"}, "share_typ is not a field here. Did you mean share_type?", "此处没有字段 share_typ。您"),
        ({"title": 3}, "title: it must hold fields, and is 3.", "title：应包含字段，现为 3。"),
        ({"title": {"zh": None, "en": "x"}}, "title.zh: it must not be empty.", "title.zh：不能为空。"),
        ({"links": [{"count": "x"}]}, "links[0].count: Int cannot", "links[0].count：Int cannot"),
    ],
)
def test_mistake_of_a_value_is_told_in_both_languages(value, english, chinese, monkeypatch):
    text = told_by_graphql(value)
    for locale, told in (("en", english), ("zh", chinese)):
        monkeypatch.setenv("UCS_LOCALE", locale)
        assert in_words(text).startswith(told)


def test_any_other_text_stays_as_it_is():
    assert in_words("The document is not valid: Syntax Error.") == "The document is not valid: Syntax Error."
