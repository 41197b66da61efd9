"""The catalogue as DCAT 3, for catalogues that harvest: Turtle or JSON-LD, a resource at a time."""

from ucs_core.cli.dcat.document import DEFAULT_BASE, SYNTAXES, dcat_document

__all__ = ["DEFAULT_BASE", "SYNTAXES", "dcat_document"]
