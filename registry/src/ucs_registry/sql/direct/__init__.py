"""Statements that read one row, over connections of their own and with as little between them and the database as can be.

A statement sees one state of the database and opens no transaction that outlives it.
"""

from ucs_registry.sql.direct.ports import Direct, DirectStatement, Row

__all__ = ["Direct", "DirectStatement", "Row"]
