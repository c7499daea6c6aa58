"""Tables of checks in a certificate's page: every inference, every pair of groups, every effect before the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from effekt._text import Text
from effekt.reports.check_values import OWN_WORDS
from effekt.reports.comparability import balance_table
from effekt.reports.document import Column, Table, same
from effekt.reports.wording import NONE, four_decimals, number, percent
from effekt.result import Diagnostic


def inference_table(check: Diagnostic) -> Table:
    """Each way to judge the figure, its p-value and its interval, relative or in the outcome's unit.

    Parameters
    ----------
    check : Diagnostic
        An `inference_choice`.

    Returns
    -------
    Table
        With – where a way has none; the check's sentence says why.
    """
    relative, ways = check.values.get("scale") == "relative", OWN_WORDS["inference_choice"]

    def end(value: object) -> Text:
        if not isinstance(value, float):
            return NONE
        return percent(value) if relative else four_decimals(value)

    rows = tuple(
        (ways.get(str(way), same(str(way))), number(p, 4) if isinstance(p, float) else NONE, end(low), end(high))
        for way, p, low, high in zip(*(check.table[name] for name in ("method", "p_value", "low", "high")), strict=True)
    )
    return Table(
        caption=Text(
            en="Each inference: its p-value of no effect and its interval",
            sv="Varje osäkerhetsberäkning: dess p-värde för ingen effekt och dess intervall",
        ),
        columns=(
            Column(label=Text(en="Inference", sv="Osäkerhetsberäkning")),
            Column(label=Text(en="p-value", sv="p-värde"), kind="number"),
            Column(label=Text(en="Lower end", sv="Undre gräns"), kind="number"),
            Column(label=Text(en="Upper end", sv="Övre gräns"), kind="number"),
        ),
        rows=rows,
    )


_KINDS = {
    "never": Text(en="never treated", sv="aldrig behandlade"),
    "later": Text(en="treated later", sv="behandlas senare"),
    "earlier": Text(en="treated already", sv="behandlas redan"),
    "always": Text(en="always treated", sv="alltid behandlade"),
}


def pairs_table(check: Diagnostic) -> Table:
    """Each comparison of two groups that two-way fixed effects are a mean of, with its estimate and weight.

    Parameters
    ----------
    check : Diagnostic
        A `bacon_decomposition`.

    Returns
    -------
    Table
        With – for a control that is treated in no period, or in all.
    """
    rows = []
    for treated, control, kind, estimate, weight in zip(
        *(check.table[name] for name in ("treated", "control", "kind", "estimate", "weight")), strict=True
    ):
        start = NONE if control is None or kind == "always" else same(str(control))
        rows.append((same(str(treated)), start, _KINDS[str(kind)], _shown(estimate), percent(float(weight or 0))))
    return Table(
        caption=Text(
            en="Each pair that two-way fixed effects compare, by the period in which they adopt",
            sv="Varje par som tvåvägs fixa effekter jämför, efter den period då de inför insatsen",
        ),
        columns=(
            Column(label=Text(en="Treated from", sv="Behandlade från")),
            Column(label=Text(en="Control from", sv="Kontroll från")),
            Column(label=Text(en="The control is", sv="Kontrollen är")),
            Column(label=Text(en="Estimate", sv="Skattning"), kind="number"),
            Column(label=Text(en="Weight", sv="Vikt"), kind="number"),
        ),
        rows=tuple(rows),
    )


def before_table(check: Diagnostic) -> Table:
    """What an event study finds in each period before the intervention, of which a joint test is one number.

    Parameters
    ----------
    check : Diagnostic
        A `pretrends`.

    Returns
    -------
    Table
        With – where an effect has no standard error.
    """
    rows = zip(*(check.table[name] for name in ("effect", "estimate", "std_error")), strict=True)
    return Table(
        caption=Text(
            en="Each effect found before the intervention, by cohort and period or by periods from the start",
            sv="Varje effekt före insatsen, efter kohort och period eller efter perioder från starten",
        ),
        columns=(
            Column(label=Text(en="Effect", sv="Effekt")),
            Column(label=Text(en="Estimate", sv="Skattning"), kind="number"),
            Column(label=Text(en="Standard error", sv="Medelfel"), kind="number"),
        ),
        rows=tuple((same(str(effect)), _shown(estimate), _shown(error)) for effect, estimate, error in rows),
    )


def adjusted_table(check: Diagnostic) -> Table:
    """Each effect of several tested at once, its p-value alone and the one adjusted for their number.

    Parameters
    ----------
    check : Diagnostic
        A `romano_wolf`.

    Returns
    -------
    Table
    """
    rows = zip(*(check.table[name] for name in ("figure", "p_value", "p_adjusted")), strict=True)
    return Table(
        caption=Text(
            en="Each effect: its p-value alone, and adjusted for how many are tested",
            sv="Varje effekt: dess p-värde för sig, och justerat för hur många som prövas",
        ),
        columns=(
            Column(label=Text(en="Effect", sv="Effekt")),
            Column(label=Text(en="p-value", sv="p-värde"), kind="number"),
            Column(label=Text(en="Adjusted p-value", sv="Justerat p-värde"), kind="number"),
        ),
        rows=tuple((same(str(effect)), _shown(alone), _shown(adjusted)) for effect, alone, adjusted in rows),
    )


def _shown(value: object) -> Text:
    return number(value, 4) if isinstance(value, float) else NONE


TABLES: Mapping[str, Callable[[Diagnostic], Table]] = {
    "bacon_decomposition": pairs_table,
    "covariate_balance": balance_table,
    "inference_choice": inference_table,
    "pretrends": before_table,
    "romano_wolf": adjusted_table,
}
"""By check, the table that stands under its values."""
