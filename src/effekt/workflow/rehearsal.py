"""The whole way from the data to the amounts with treatment labels permuted: tried before the data are unblinded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import check_members, join_words
from effekt.certificates.predicate import Pending
from effekt.certificates.taking import take_figures
from effekt.contracts import Attestation, Contract, Figure, Settlement, settle_figures
from effekt.contracts.estimated import AnyResult
from effekt.exceptions import ArgumentError
from effekt.tables import Table
from effekt.workflow.data.analysis import run_analyses
from effekt.workflow.data.permuted import has_labels, permuted
from effekt.workflow.refused import check_plan
from effekt.workflow.rehearsed_signing import NOT_REHEARSED, rehearse_signing
from effekt.workflow.rules.logged import LogPath, log_dry_run, open_log
from effekt.workflow.settling import digested
from effekt.workflow.software import software_of

DRY_RUN = Text(
    en="DRY RUN on permuted treatment labels, seed {seed}: nothing here is an effect, and nothing is to be paid on it.",
    sv="TORRKÖRNING med omkastade behandlingsetiketter, frö {seed}: inget här är en effekt, och inget ska betalas på "
    "det.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a dry run came to; it is no certificate, and nothing can sign, write or publish it as one.

    Attributes
    ----------
    seed : int
    permuted : tuple of str
        The analyses that were run with permuted labels; the others have none and were not run.
    figures : mapping of figure to Figure
    settlement : Settlement
        What the contract makes of such figures.
    ledgers : tuple of str
        The analyses whose unit ledger was read and closes.
    signing : Text or None
        How signing was rehearsed, with keys that nobody keeps.
    """

    seed: int
    permuted: tuple[str, ...]
    figures: Mapping[str, Figure]
    settlement: Settlement
    ledgers: tuple[str, ...] = ()
    signing: Text | None = None

    def __repr__(self) -> str:
        return f"DryRun(seed {self.seed}, permuted {join_words(self.permuted, 'and') or 'none'}: no certificate)"

    @property
    def text(self) -> Text:
        """That it is a dry run, in a sentence."""
        return Text(en=DRY_RUN.en.format(seed=self.seed), sv=DRY_RUN.sv.format(seed=self.seed))

    def to_plain(self) -> dict[str, Any]:
        """Plain values for a program, under keys that no settlement has.

        Returns
        -------
        dict
        """
        return {
            "dry_run": self.text.en,
            "seed": self.seed,
            "permuted": list(self.permuted),
            "drawn_figures": {id: {"state": one.state, "value": one.value} for id, one in self.figures.items()},
            "drawn_lines": {line.id: {"state": line.state, "amount": line.amount} for line in self.settlement.lines},
            "rehearsed": [text.en for text in self.rehearsed],
        }

    @property
    def rehearsed(self) -> tuple[Text, ...]:
        """What was tried beside the figures and the amounts, and what was not."""
        ledgers = join_words(self.ledgers, "and"), join_words(self.ledgers, "och")
        told = [
            Text(
                en=f"The unit ledger is read and closes; it is not held against how many were analysed, as labels are "
                f"those of others: {ledgers[0]}.",
                sv=f"Personredovisningen är läst och går ihop; den prövas inte mot hur många som analyserades, då "
                f"etiketterna är andras: {ledgers[1]}.",
            )
            if self.ledgers
            else Text(en="The contract has no unit ledger.", sv="Avtalet har ingen personredovisning.")
        ]
        return (*told, *filter(None, [self.signing]), NOT_REHEARSED)


def dry_run(
    contract: Contract,
    data: Mapping[str, AnyTable] | None = None,
    *,
    seed: int | None = None,
    attestations: Sequence[Attestation] = (),
    log: LogPath | None = None,
) -> DryRun:
    """Try the whole way from the data to the amounts with treatment labels permuted.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.
    seed : int, optional
        By which labels are permuted; needed where the contract has no `dry_run`, whose seed is the only one then.
    attestations : sequence of Attestation
        As `effekt.read_attestation` returns them; without them attested figures wait.
    log : str or Path, optional
        A run log to append a line to; else the one that the contract requires, if it does.

    Returns
    -------
    DryRun
        Marked as such; no certificate.

    Raises
    ------
    ContractError, DataError, ArgumentError
        As `effekt.settle` would raise; also for another seed than the contract's, and where no analysis has treatment
        labels or too few bear them.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("koto-sib") / "contract.yaml")
    >>> effekt.dry_run(contract, seed=1).permuted
    ('benefit',)
    """
    check_plan(contract)
    if not any(has_labels(one) for one in contract.model.analysis.values()):
        raise ArgumentError(
            "`contract` must have an analysis with treatment labels for a dry run; it has none. Try it on a synthetic "
            "table with `effekt settle`."
        )
    drawn, path = _seed(contract, seed), open_log(contract, log)
    run: list[str] = []

    def relabelled(id: str, table: Table) -> Table | Pending:
        found = permuted(id, contract.model.analysis[id], table, drawn)
        if found is None:
            return Pending(
                reason=Text(
                    en=f"The analysis {id} has no treatment labels to permute, so a dry run leaves it out.",
                    sv=f"Analysen {id} har inga behandlingsetiketter att kasta om, så en torrkörning utelämnar den.",
                )
            )
        run.append(id)
        return found

    check_members("attestations", attestations, Attestation, "effekt.read_attestation")
    results, tables = run_analyses(contract, data, relabelled=relabelled)
    figures = take_figures(contract, results, attestations, software=software_of(contract))
    settlement = settle_figures(contract, figures)
    if path is not None:
        shown: dict[str, AnyResult | Pending] = dict(results)
        log_dry_run(contract, shown, digested(contract, tables, data), path=path, seed=drawn)
    made = DryRun(
        seed=drawn,
        permuted=tuple(run),
        figures=figures,
        settlement=settlement,
        ledgers=tuple(contract.model.ledgers or ()),
    )
    return replace(made, signing=rehearse_signing(contract, made.to_plain()))


def _seed(contract: Contract, seed: int | None) -> int:
    agreed = contract.model.dry_run
    if agreed is None:
        if seed is None:
            raise ArgumentError("`seed` must be given, as the contract has no dry_run: {seed: …}; give a whole number.")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**53:
            raise ArgumentError(f"`seed` must be a whole number of at least 0, below 2^53; got {seed!r}.")
        return seed
    if seed is not None and seed != agreed.seed:
        raise ArgumentError(
            f"`seed` must be that of the contract, {agreed.seed}, since another could be chosen by what it shows; got "
            f"{seed}. Leave it out."
        )
    return agreed.seed
