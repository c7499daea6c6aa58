"""Small contracts for the tests, and figures with the values a test gives."""

from effekt._text import Text
from effekt.contracts import Contract, Figure, settle_figures
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.model import ContractTerms
from effekt.contracts.schema import References, validate
from effekt.contracts.strict_yaml import Document, parse

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
WAIT, REFER = Text(sv="Väntar.", en="Waiting."), Text(sv="Hänskjuts.", en="Referred.")


def plain(yaml):
    """The plain value of a strict YAML text."""
    return parse(yaml.encode()).value


def number(digits=12, unit="number"):
    """A figure that the verifier attests."""
    return {
        "attested": "verifier",
        "digits": digits,
        "unit": unit,
        "question": {"sv": "Hur mycket?", "en": "How much?"},
    }


def estimated(file, **of):
    """The file with figures that are estimates, each of the analysis that is named; every analysis has its own data."""
    more = {"view": "difference", "statistic": "estimate"}
    figures = {
        id: {"estimate": of[id]} | more | {key: term[key] for key in ("digits", "unit")} if id in of else term
        for id, term in file["figures"].items()
    }
    analyses = sorted(set(of.values()))
    data = {f"of_{id}": {"path": f"{id}.csv"} for id in analyses}
    analysis = {id: {"method": "any", "data": f"of_{id}"} for id in analyses}
    return file | {"attribution": "comparison", "data": data, "analysis": analysis, "figures": figures}


def file(lines, figures=None, quantum="0.01", rounding="half_up", cap=None):
    """A contract file as plain values."""
    payment = {"currency": "SEK", "quantum": quantum, "rounding": rounding, "lines": lines}
    return {
        "schema": "effekt/contract/1",
        "id": "example",
        "title": {"sv": "Exempel", "en": "Example"},
        "parties": {
            "municipality": {"role": "payer", "name": "Exempelkommun"},
            "state": {"role": "payer", "name": "Staten"},
            "region": {"role": "payer", "name": "Regionen"},
            "provider": {"role": "provider", "name": "Utföraren AB"},
            "verifier": {"role": "verifier", "name": "Granskaren AB", "keys": [KEY]},
        },
        "signing": {"threshold": 1, "roles": ["verifier"]},
        "dates": {"signed": "2018-11-01", "outcome_data_from": "2020-01-31"},
        "attribution": "none",
        "figures": figures or {},
        "payment": payment | ({"cap": cap} if cap else {}),
    }


def line(pays, payers=None, **limits):
    """A payment line as plain values."""
    return {"payers": payers or {"municipality": "1"}, "payee": "provider", "pays": pays, **limits}


def read(file) -> Contract:
    """The contract of a file given as plain values, without the time it takes to read YAML."""
    model = validate(ContractTerms, Document(value=file, lines={}), References.of(file))
    return Contract(raw=b"", sha256="", folder=None, model=model)


def contract(lines, figures=None, **payment) -> Contract:
    """A contract with these lines and figures."""
    return read(file(lines, figures, **payment))


def given(contract, values):
    """Figures with these values; None waits, "refer" is referred, a text gets the contract's digits."""
    figures = {}
    for id, term in contract.model.figures.items():
        if isinstance(term, DerivedFigure):
            continue
        value = values[id]
        known = value not in (None, "refer")
        figures[id] = Figure(
            id=id,
            state="determined" if known else "referred" if value else "not_yet_determinable",
            value=_padded(value, term.digits) if known else None,
            unit=term.unit,
            digits=term.digits,
            source=term.source,
            reason=None if known else REFER if value else WAIT,
        )
    return figures


def _padded(value, digits):
    whole, _, decimals = value.partition(".")
    return f"{whole}.{decimals.ljust(digits, '0')}" if digits else whole


def settle(contract, **values):
    """The settlement of a contract on figures with these values."""
    return settle_figures(contract, given(contract, values))


def paid(pays, figures=None, quantum="0.01", values=None, **limits):
    """What one line with this clause pays."""
    subject = contract({"fee": line(pays, **limits)}, figures, quantum=quantum)
    return settle(subject, **(values or {})).lines[0].amount
