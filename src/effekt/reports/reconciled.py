"""Totals of the data beside those of an independent source, in a certificate's page."""

from __future__ import annotations

from fractions import Fraction

from effekt._text import Text, format_number, format_percent
from effekt.certificates.certificate import Certificate
from effekt.contracts import Figure
from effekt.contracts.reconciled import Reconciled, reconcile
from effekt.reports.document import Column, Section, Table
from effekt.reports.names import figure_name
from effekt.reports.wording import NONE


def reconciled_section(certificate: Certificate) -> Section | None:
    """Each total beside its independent source, the difference and what is agreed.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None for a contract that reconciles nothing.
    """
    found = reconcile(certificate.contract.model, {figure.id: figure for figure in certificate.figures})
    if not found:
        return None
    table = Table(
        caption=Text(en="Totals of the data and of an independent source", sv="Datas summor och oberoende källors"),
        columns=(
            Column(label=Text(en="Total", sv="Summa")),
            Column(label=Text(en="Of the data", sv="I data"), kind="number"),
            Column(label=Text(en="Independent", sv="Oberoende"), kind="number"),
            Column(label=Text(en="Difference", sv="Skillnad"), kind="number"),
            Column(label=Text(en="Agreed at most", sv="Avtalat högst"), kind="number"),
            Column(label=Text(en="Verdict", sv="Utfall")),
        ),
        rows=tuple(_row(one, certificate) for one in found),
    )
    heading = Text(en="Reconciliation with independent sources", sv="Avstämning mot oberoende källor")
    return Section(id="reconciliation", heading=heading, blocks=(table,))


def _row(one: Reconciled, certificate: Certificate) -> tuple[Text, ...]:
    verdicts = {
        True: Text(en="within", sv="inom gränsen"),
        False: Text(en="outside: referred", sv="utanför: hänskjuts"),
        None: Text(en="not yet known", sv="ännu inte känt"),
    }
    within = {lang: format_percent(Fraction(one.within), lang, None) for lang in ("en", "sv")}
    return (
        figure_name(one.total.id, certificate.contract.model),
        _value(one.total),
        _value(one.against),
        NONE if one.difference is None else _number(one.difference, max(one.total.digits, one.against.digits)),
        Text(en=within["en"], sv=within["sv"]),
        verdicts[one.holds],
    )


def _value(figure: Figure) -> Text:
    return NONE if figure.value is None else _number(Fraction(figure.value), figure.digits)


def _number(value: Fraction, digits: int) -> Text:
    return Text(en=format_number(value, "en", digits), sv=format_number(value, "sv", digits))
