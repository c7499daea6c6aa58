"""What parties and figures are called on a page: their names and labels, with the ids of the contract file."""

from __future__ import annotations

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts.model import ContractTerms
from effekt.reports.document import same
from effekt.reports.wording import capital


def party_name(id: str, certificate: Certificate) -> str:
    """A party's name, or its id where the contract has no such party."""
    parties = certificate.contract.model.parties
    return parties[id].name if id in parties else id


def line_name(id: str) -> Text:
    """A line by its id."""
    return Text(en=f"Line {id}", sv=f"Rad {id}")


def figure_name(id: str, terms: ContractTerms) -> Text:
    """A figure's label with its id, or the id alone, as a sentence begins with it."""
    term = terms.figures.get(id)
    if term is None or term.label is None:
        return same(id)
    label = capital(term.label.text)
    return Text(en=f"{label.en} ({id})", sv=f"{label.sv} ({id})")


def figure_mention(id: str, terms: ContractTerms) -> Text:
    """The same within a sentence, where the label stands as it is written."""
    term = terms.figures.get(id)
    if term is None or term.label is None:
        return same(id)
    return Text(en=f"{term.label.en} ({id})", sv=f"{term.label.sv} ({id})")
