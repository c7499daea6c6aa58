"""Any table in, checked NumPy columns out: the only package that sees a data frame.

A table is a pandas, polars or pyarrow frame, a mapping of columns, or a CSV, Excel or Parquet file. `Table.select`
reads the named columns by the role they play, refuses what cannot be used with the column, the rule, the count and the
first row, and puts the rows in one canonical order, so that no result depends on how they came.
"""

from effekt.tables.categories import (
    Covariates,
    called,
    column_of,
    covariates_of,
    is_declared_text,
    is_grouped,
    select_covariates,
)
from effekt.tables.grid import Grid, read_grid
from effekt.tables.labels import Labels
from effekt.tables.names import as_label
from effekt.tables.sources import as_table, check_reading, options_for, read_table
from effekt.tables.table import Selection, Table, to_pandas

__all__ = [
    "Covariates",
    "Grid",
    "Labels",
    "Selection",
    "Table",
    "as_label",
    "as_table",
    "called",
    "check_reading",
    "column_of",
    "covariates_of",
    "is_declared_text",
    "is_grouped",
    "options_for",
    "read_grid",
    "read_table",
    "select_covariates",
    "to_pandas",
]
