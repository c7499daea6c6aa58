"""What a contract says before there are data, and what is refused of it before anyone signs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effekt._text import Text
from effekt._validation import plural
from effekt.contracts import Contract, maximum, maximum_total, minimum_total
from effekt.contracts.left_open import Undecided
from effekt.contracts.rerun import other_software
from effekt.reports.terms import cautions, figure_terms
from effekt.workflow.earlier.earlier_sums import sum_cautions
from effekt.workflow.plan.by_convention import decided_by_convention
from effekt.workflow.plan.coupled_lines import coupled_lines
from effekt.workflow.plan.declared_maximum import maximum_cautions
from effekt.workflow.plan.floors import floor_cautions
from effekt.workflow.plan.hidden_lines import hidden_lines
from effekt.workflow.plan.plan_days import day_cautions
from effekt.workflow.plan.short_bounds import never_found, short_bounds
from effekt.workflow.refused import check_plan
from effekt.workflow.rules.governing import check_governing
from effekt.workflow.software import software_of
from effekt.workflow.undecided import undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a contract says before there are data.

    Attributes
    ----------
    contract : Contract
    maximum : dict of line to amount or None
        The most each line can pay; None when nothing bounds it.
    maximum_total : str or None
        The most the contract can pay in one settlement: what a prudent payer books where there is but one.
    figures : dict of figure to Text
        What each figure is, from the file and not from its label.
    cautions : tuple of Text
        What to look at before signing.
    minimum_total : str or None
        The least the contract can pay; None when nothing bounds it.
    undecided : tuple of Undecided
        Choices that money may turn on and that the file does not state.
    governing_text : Text or None
        Whether the legal text is the one whose digest the file states; None where it names none.
    by_convention : tuple of Text
        Choices that money may turn on, that the file does not state and the conventions decide.
    """

    contract: Contract
    maximum: dict[str, str | None]
    maximum_total: str | None
    figures: dict[str, Text]
    cautions: tuple[Text, ...]
    minimum_total: str | None
    undecided: tuple[Undecided, ...]
    governing_text: Text | None = None
    by_convention: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        terms = self.contract.model
        most = "no bound" if self.maximum_total is None else f"at most {self.maximum_total} {terms.payment.currency}"
        return f"Check({terms.id}: {most}, {len(self.undecided)} undecided, {plural(len(self.cautions), 'caution')})"


def check(contract: Contract, *, governing_text: str | Path | None = None) -> Check:
    """Check a contract before there are data.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    governing_text : str or Path, optional
        The signed legal text; else the file that lies beside the contract under the name the contract gives it.

    Returns
    -------
    Check
        What its figures are, the most it can pay, and what to look at.

    Raises
    ------
    ContractError
        When an analysis cannot be run or leaves a choice open, a data file cannot be read as it is declared, days
        contradict each other, or the legal text is not that of the digest.

    Examples
    --------
    >>> import effekt
    >>> effekt.check(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")).maximum_total
    '5000000'
    """
    check_plan(contract)
    text = check_governing(contract, governing_text)
    return Check(
        contract=contract,
        maximum=maximum(contract),
        maximum_total=maximum_total(contract),
        figures=figure_terms(contract),
        cautions=(
            *cautions(contract),
            *filter(None, [other_software(contract.model, software_of(contract))]),
            *day_cautions(contract),
            *floor_cautions(contract),
            *maximum_cautions(contract),
            *coupled_lines(contract),
            *sum_cautions(contract),
            *short_bounds(contract),
            *never_found(contract),
            *hidden_lines(contract),
        ),
        minimum_total=minimum_total(contract),
        undecided=undecided(contract),
        governing_text=text,
        by_convention=decided_by_convention(contract),
    )
