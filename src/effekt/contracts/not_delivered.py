"""Tables that a party declares were not delivered by the day they were owed, and what then cannot be determined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.declarations import Declarations
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.paying import analysis_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A table that a certificate is made without.

    Attributes
    ----------
    data : str
        A name under ``data`` of the contract.
    date : str
        The day on which it was owed, YYYY-MM-DD.
    by : tuple of str
        Names of the parties that declare it; of one that the contract does not have, its id.
    holders : tuple of str
        Who holds its source, where the contract names them under ``measures``.
    """

    data: str
    date: str
    by: tuple[str, ...]
    holders: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """That the certificate has no digest of the table, and why, in one sentence."""
        en, sv = join_words(self.by, "and"), join_words(self.by, "och")
        held_en = f" (held, by the contract, by {join_words(self.holders, 'and')})" if self.holders else ""
        held_sv = f" (som enligt avtalet finns hos {join_words(self.holders, 'och')})" if self.holders else ""
        return Text(
            en=f"The table {self.data}{held_en} was not delivered by {self.date}, as {en} "
            f"{'declare' if self.by[1:] else 'declares'}, so the certificate has no digest of it.",
            sv=f"Underlaget {self.data}{held_sv} var inte levererat {self.date}, enligt {sv}, så intyget saknar dess "
            "kontrollsumma.",
        )

    def reason(self, analysis: str) -> Text:
        """Why an analysis waits."""
        en, sv = join_words(self.by, "and"), join_words(self.by, "och")
        return Text(
            en=f"The analysis {analysis} waits for the table {self.data}, which was not delivered by {self.date}, as "
            f"{en} {'declare' if self.by[1:] else 'declares'}; it can be done when the table comes.",
            sv=f"Analysen {analysis} väntar på underlaget {self.data}, som inte var levererat {self.date}, enligt "
            f"{sv}; den kan göras när underlaget kommer.",
        )


def not_delivered(
    contract: Contract, declarations: Sequence[Declarations], *, date: str, settles: str | None
) -> dict[str, Undelivered]:
    """The tables that a certificate is made without, since a party declares that they were not delivered.

    Parameters
    ----------
    contract : Contract
    declarations : sequence of Declarations
        That fit the contract, as `check_declarations` checks.
    date : str
        Of the certificate, YYYY-MM-DD.
    settles : str or None
        The announced day that it is of, where it says one.

    Returns
    -------
    dict of data id to Undelivered
        In the contract's order. What was owed by an announced day before is over: the certificate of that day told it.
        So is what every party that declares it says came later.
    """
    day = settles or date
    owed: dict[tuple[str, str], list[str]] = {}
    for one in declarations:
        for said in one.model.not_delivered or ():
            if said.delivered is None and not _is_over(contract.model, said.date, day):
                owed.setdefault((said.data, said.date), []).append(one.model.by)
    parties = contract.model.parties
    return {
        data: Undelivered(
            data=data,
            date=owed_by,
            by=tuple(dict.fromkeys(parties[id].name if id in parties else id for id in sorted(by))),
            holders=tuple(dict.fromkeys(_holders(contract.model, data))),
        )
        for data in contract.model.data
        for (whose, owed_by), by in sorted(owed.items())
        if whose == data
    }


def _is_over(terms: ContractTerms, owed: str, day: str) -> bool:
    """Whether another announced day has come since the one on which a table was owed."""
    return any(owed < announced <= day for announced in terms.dates.certificates)


def _holders(terms: ContractTerms, data: str) -> Iterator[str]:
    for id, measure in (terms.measures or {}).items():
        analysis = analysis_of(terms.figures[id])
        if analysis is not None and terms.analysis[analysis].data == data and measure.holder is not None:
            yield measure.holder


def waiting(terms: ContractTerms, lacking: Mapping[str, Undelivered]) -> dict[str, Undelivered]:
    """The analyses that cannot be done without tables, each with the first that it lacks.

    Parameters
    ----------
    terms : ContractTerms
    lacking : mapping of data id to Undelivered

    Returns
    -------
    dict of analysis to Undelivered
        Those of the table or with it as their ledger; every analysis for a table that shows only who is eligible.
    """
    found: dict[str, Undelivered] = {}
    for data, one in lacking.items():
        for id in _reading(terms, data):
            found.setdefault(id, one)
    return found


def _reading(terms: ContractTerms, data: str) -> list[str]:
    ledgers = {id for id, ledger in (terms.ledgers or {}).items() if ledger.data == data}
    own = [id for id, analysis in terms.analysis.items() if analysis.data == data or id in ledgers]
    criteria = terms.population.eligibility if terms.population else ()
    return own or [id for id in terms.analysis if any(one.data == data for one in criteria)]
