"""Certificates of every kind, composed by hand."""

from fractions import Fraction
from functools import cache

from effekt._inference import FixedDf, Means, Placebos, StudentT, Unavailable
from effekt._text import Text
from effekt.certificates.certificate import Certificate, compose
from effekt.certificates.predicate import DataDigest, Pending, Plan
from effekt.certificates.signing import DEMO_KEY
from effekt.contracts import attested_figures, parse_attestation, parse_contract, settle_figures
from effekt.contracts.estimated import estimate_figure, measure_figure, pending_figure
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.result import (
    Diagnostic,
    EffectEstimate,
    EffectSet,
    ExactMeans,
    Note,
    Observed,
    OutcomeMeasure,
    OutcomePath,
    Sample,
)
from effekt.roles import Estimand, Outcome

HEAD = """
schema: effekt/contract/1
id: example
title: {{sv: "{title}", en: "{title}"}}
parties:
  municipality: {{role: payer, name: "{payer}"}}
  state: {{role: payer, name: "Staten"}}
  provider: {{role: provider, name: "Utföraren AB"}}
  verifier: {{role: verifier, name: "Granskaren AB", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2018-11-01", outcome_data_from: "2020-01-31"}}
attribution: {attribution}
"""
DATA = """
data:
  panel: {path: "panel.csv"}
analysis:
  absence: {method: METHOD, data: panel, outcome: days, treated: [A]}
"""
REDUCTION = """
figures:
  reduction:
    label: {sv: "minskningen", en: "the reduction"}
    estimate: absence
    view: relative_improvement
    statistic: estimate
    digits: 6
    unit: fraction
"""
LOWER_END = """
figures:
  low:
    {estimate: absence, view: relative_improvement, statistic: confidence_low, level: "0.95",
     alternative: greater, digits: 4, unit: fraction, on_unavailable: refer}
"""
COUNT = """
figures:
  months: {measure: absence, digits: 0, unit: month}
"""
ATTESTED = """
figures:
  delivered: {attested: verifier, digits: 0, unit: "yes/no", question: {sv: "Genomförd?", en: "Delivered?"}}
  savings: {attested: verifier, digits: 0, unit: SEK, question: {sv: "Besparing?", en: "Saving?"}}
"""
MEMBERS = """
figures:
  first: {estimate: absence, member: "1", view: relative_improvement, statistic: estimate, digits: 4, unit: fraction}
  pooled:
    {estimate: absence, combine: {"1": "0.5", "2": "0.5"}, view: relative_improvement, statistic: estimate, digits: 4,
     unit: fraction}
"""
PAYMENT = """
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {municipality: "0.75", state: "0.25"}
      payee: provider
      pays: PAYS
"""
PIECEWISE = '{piecewise: {figure: reduction, points: [{at: "0", pays: "0"}, {at: "0.12", pays: "5000000"}]}}'
ERRORS = tuple(
    i / 100 for i in (-13, -9, -8, -6, -4, -3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)
)
YEARS = ("2016", "2017", "2018", "2019", "2020", "2021")


def effect(treated="7.2", counterfactual="8", errors=ERRORS, better="lower", unit="days", path=True, **changes):
    """A trend-adjusted effect with placebos."""
    exact = ExactMeans(treated=Fraction(treated), counterfactual=Fraction(counterfactual))
    t, c = float(exact.treated), float(exact.counterfactual)
    given = {
        "means": Means(treated=t, counterfactual=c),
        "exact": exact,
        "inference": Placebos(errors=errors, scale="log"),
        "estimand": Estimand(name="ATT", population=Text(en="A, 2019 to 2021", sv="A, 2019 till 2021")),
        "outcome": Outcome(column=("days", "employees"), unit=unit, better=better),
        "method": "trend_adjusted",
        "variance": "placebo/1",
        "sample": Sample(n_obs=156, n_units=26, n_treated=1, n_control=25),
        "observed": Observed(treated=t, control=7.75),
        "diagnostics": (check(),),
        "notes": (Note(code="example", text=Text(en="A note.", sv="En anmärkning.")),),
        "path": OutcomePath(
            periods=YEARS,
            treated=(8.1, 7.9, 8.0, t + 0.2, t, t - 0.2),
            counterfactual=(8.0, 8.05, None, c - 0.1, c, c + 0.1),
            reference=("2016", "2018"),
            evaluation=("2019", "2021"),
        )
        if path
        else None,
    }
    return EffectEstimate(**(given | changes))


def check():
    """A check with a known value, an unknown one and one that is missing."""
    return Diagnostic(
        name="placebo_distribution",
        status="information",
        statement=Text(en="The placebos vary.", sv="Placeboenheterna varierar."),
        values={"sd_relative": 0.0625, "other": 3, "absent": None},
    )


def student(estimate_error=0.3):
    """An effect with a standard error, without path."""
    return effect(
        inference=StudentT(covariance=(0.0, 0.0, estimate_error**2), df=FixedDf(df=50.0)), path=False, variance="HC2/1"
    )


def effects():
    """Two cohorts."""
    return EffectSet(labels=("1", "2"), effects=(student(), student(0.4)))


def measure():
    """A count."""
    return OutcomeMeasure(
        exact=Fraction(1234),
        statistic="count",
        outcome=Outcome(column="in_work", unit="months"),
        population=Text(en="24 units", sv="24 enheter"),
        method="outcome_count",
        sample=Sample(n_obs=144, n_units=24),
    )


WAITING = Pending(
    reason=Text(en="The analysis absence lacks 2021.", sv="Analysen absence saknar 2021."), missing=("2021",)
)
DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ATTESTATION = f"""
schema: effekt/attestation/1
contract: example
figures:
  delivered: {{value: "1", by: verifier, date: "2022-03-01", evidence: {{description: "Slutrapport"}}}}
  savings:
    {{value: "6200000", by: verifier, date: "2022-03-02", evidence: {{description: "Bokslut", sha256: "{DIGEST}"}}}}
""".encode()


def contract(figures=REDUCTION, pays=PIECEWISE, *, title="Exempel", payer="Exempelkommun", method="trend_adjusted"):
    """A contract with one line."""
    attribution = "comparison" if method == "trend_adjusted" else "none"
    text = HEAD.format(title=title, payer=payer, attribution=attribution)
    text += DATA.replace("METHOD", method) if method else ""
    return parse_contract((text + figures + PAYMENT.replace("PAYS", pays)).encode())


def certificate(terms, result=None, *, attestations=(), plan=None, kind="final", signed=True) -> Certificate:
    """The certificate that settling this result gives."""
    figures = attested_figures(terms, *attestations)
    for id, term in terms.model.figures.items():
        if isinstance(result, Pending) and isinstance(term, (EstimateFigure, MeasureFigure)):
            figures[id] = pending_figure(id, term, result.reason)
        elif isinstance(term, EstimateFigure):
            figures[id] = estimate_figure(id, term, result, figures)
        elif isinstance(term, MeasureFigure):
            figures[id] = measure_figure(id, term, result)
        assert not isinstance(term, DerivedFigure)
    made = compose(
        contract=terms,
        date="2022-03-15",
        kind=kind,
        data={"panel": DataDigest(sha256="a" * 64, logical="b" * 64, rows=1234, columns=("unit", "year"))}
        if terms.model.data
        else {},
        attestations=attestations,
        results={} if result is None else {"absence": result},
        settlement=settle_figures(terms, figures),
        plan=plan or Plan(),
        software={"effekt": "0.1.0", "python": "3.11.7"},
    )
    return made.sign(DEMO_KEY) if signed else made


@cache
def payable(**changes):
    """Pays five sixths of five million."""
    return certificate(contract(**changes), effect())


@cache
def harmful():
    """The outcome got worse than without the intervention."""
    return certificate(contract(), effect("8.8", "8"))


@cache
def waiting():
    """A window is not complete."""
    return certificate(contract(), WAITING, kind="interim", signed=False)


@cache
def referred():
    """Ten placebos allow no 95 per cent bound."""
    return certificate(
        contract(LOWER_END, '{unit_price: {price: "100", figure: low, below_zero: zero}}'), effect(errors=ERRORS[:10])
    )


@cache
def rate_card():
    """A price for each month."""
    pays = '{unit_price: {price: "9250.55", figure: months, below_zero: zero}}'
    return certificate(contract(COUNT, pays, method="outcome_count"), measure())


@cache
def attested():
    """A share of an attested saving."""
    pays = (
        '{share_of_savings: {share: "0.40", figure: savings, below_zero: negative}, when: {figure: delivered, eq: "1"}}'
    )
    return certificate(contract(ATTESTED, pays, method=""), attestations=(parse_attestation(ATTESTATION),))


@cache
def loss():
    """The provider pays back."""
    pays = '{share_of_savings: {share: "0.40", figure: savings, below_zero: negative}}'
    raw = ATTESTATION.replace(b'"6200000"', b'"-3500000"')
    return certificate(contract(ATTESTED, pays, method=""), attestations=(parse_attestation(raw),))


@cache
def cohorts():
    """A set of two effects, pooled."""
    pays = '{unit_price: {price: "1000000", figure: pooled, below_zero: zero}, when: {figure: first, ge: "0.05"}}'
    return certificate(contract(MEMBERS, pays), effects())


@cache
def before_after():
    """No comparator."""
    reason = Text(en="There is no comparison.", sv="Det finns ingen jämförelse.")
    plain = Estimand(name="before_after", population=Text(en="A", sv="A"))
    return certificate(contract(), effect(inference=Unavailable(reason=reason), estimand=plain, variance="none/1"))


ALL = {
    made.__name__: made
    for made in (payable, harmful, waiting, referred, rate_card, attested, loss, cohorts, before_after)
}
