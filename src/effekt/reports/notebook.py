"""What a notebook shows of a check: its sentence, its picture where it has one, and its table."""

from __future__ import annotations

import base64
from dataclasses import fields
from html import escape
from typing import Any

from effekt.exceptions import ViewUnavailableError
from effekt.reports.plots import plot_diagnostic
from effekt.result import Diagnostic
from effekt.result.summary import check_text

SHOWN = 30  # rows of a table, those in the middle left out where it has more
DIGITS = 6


def check_html(check: Diagnostic) -> str:
    """The sentence of a check, its picture and its table, every text escaped.

    Parameters
    ----------
    check : Diagnostic

    Returns
    -------
    str
    """
    return f"<p>{escape(check_text(check, 'en'))}</p>{_seen(check)}"


def result_html(result: Any) -> str:
    """The summary of a result, and the picture and table of each check it is made of, every text escaped.

    Parameters
    ----------
    result : Result
        With a `summary`, which holds the sentences of its checks.

    Returns
    -------
    str
    """
    parts = [getattr(result, field.name) for field in fields(result)]
    checks = [part for part in parts if isinstance(part, Diagnostic)]
    return f"<pre>{escape(result.summary())}</pre>" + "".join(map(_seen, checks))


def table_html(table: Any) -> str:
    """A tidy table, every text escaped.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    str
    """
    shown: str = table.to_html(
        index=False, border=0, na_rep="–", max_rows=SHOWN, float_format=lambda value: f"{value:.{DIGITS}g}"
    )
    return shown


def _seen(check: Diagnostic) -> str:
    return _picture(check) + table_html(check.tidy())


def _picture(check: Diagnostic) -> str:
    try:
        figure: Any = plot_diagnostic(check)
    except ViewUnavailableError:
        return ""
    image = base64.b64encode(figure._repr_png_()).decode("ascii")
    return f'<img alt="{escape(str(check.statement))}" src="data:image/png;base64,{image}">'
