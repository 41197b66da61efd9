"""Tables of the government directory, CSV and XLSX, in and out: a mapping says which column is which field.

`rows_of` reads a table as resources for an import; `csv_table` and `xlsx_table` write resources of an export as one.
"""

from ucs_core.cli.spreadsheets.mapping import ColumnMapping, read_mapping, ready_mapping
from ucs_core.cli.spreadsheets.reading import Place, is_spreadsheet, rows_of
from ucs_core.cli.spreadsheets.writing import TableWriter, csv_table, xlsx_table

__all__ = [
    "ColumnMapping",
    "Place",
    "TableWriter",
    "csv_table",
    "is_spreadsheet",
    "read_mapping",
    "ready_mapping",
    "rows_of",
    "xlsx_table",
]
