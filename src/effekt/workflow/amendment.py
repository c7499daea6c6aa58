"""What an amendment of a contract changes, in the file and in what it can come to pay: before anyone agrees to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from effekt._serialize import canonical_json, encode
from effekt._text import Language, Text
from effekt._validation import join_words, plural
from effekt.contracts import Contract, format_money, maximum_with_guarantees, minimum_total
from effekt.contracts.amendments import differences, payers
from effekt.contracts.model import check_contract
from effekt.contracts.scenarios import varied_figure
from effekt.exceptions import ContractError
from effekt.reports.thresholds import thresholds
from effekt.workflow.data.analysis import check_analyses
from effekt.workflow.outlook import Scenario, outlook
from effekt.workflow.paid_by_files_before import cautions
from effekt.workflow.plan.declared_maximum import check_maximum
from effekt.workflow.plan.outlook_text import number_text
from effekt.workflow.plan.reached import LOWER, is_upper_bound, lower_bounds, marked
from effekt.workflow.plan.several_settlements import IN_ONE, NO_BOUND, governed_terms, settlements

AMENDMENT = "effekt/amendment/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place in which two contract files differ.

    Attributes
    ----------
    place : str
        Such as ``payment.lines.fee.cap``.
    before, after : str or None
        None where one has nothing there.
    """

    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What is paid at one true value of the varied figure, before and after.

    Attributes
    ----------
    std_error, effect : str
        In the varied figure's unit.
    before, after : str
        Amounts.
    """

    std_error: str
    effect: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """What an amendment changes.

    Attributes
    ----------
    before, after : str
        SHA-256 of the two contract files.
    number : int
        Of the amendment.
    reason : Text
        As the amended file states it.
    agreed_by : tuple of str
        Parties whose signed locks make it count.
    changes : tuple of Change
        Every place that differs, but the amendment's own key.
    currency : str
    guaranteed : bool
        Whether either file has guarantees.
    several : bool
        Whether either file may be settled several times.
    maximum_before, maximum_after, minimum_before, minimum_after : str or None
        Bounds of all payments of one settlement together, guarantees included in the most; None where nothing bounds
        them.
    payments : tuple of Moved
        Empty unless standard errors are given.
    upper_bounds : tuple of str
        Those of `maximum_before` and `maximum_after` that no settlement was found to reach.
    lower_bounds : tuple of str
        The same of `minimum_before` and `minimum_after`.
    cautions : tuple of Text
        What it does to what was paid by the file before, where a line deducts that, and from which announced day on
        its terms hold, where a line is paid on each.
    """

    before: str
    after: str
    number: int
    reason: Text
    agreed_by: tuple[str, ...]
    changes: tuple[Change, ...]
    currency: str
    guaranteed: bool
    several: bool
    maximum_before: str | None
    maximum_after: str | None
    minimum_before: str | None
    minimum_after: str | None
    payments: tuple[Moved, ...]
    upper_bounds: tuple[str, ...] = ()
    lower_bounds: tuple[str, ...] = ()
    cautions: tuple[Text, ...] = ()

    def to_json(self) -> str:
        """Everything as canonical JSON."""
        return canonical_json({"schema": AMENDMENT, **encode(self)})

    def text(self, lang: Language = "sv") -> str:
        """The changes and their effect on payment, in lines."""
        heading = Text(
            en=f"Amendment {self.number} changes {plural(len(self.changes), 'place')}:",
            sv=f"Ändring {self.number} ändrar {len(self.changes)} {'ställe' if len(self.changes) == 1 else 'ställen'}:",
        )
        nothing = Text(en="nothing", sv="inget").in_language(lang)
        reason = Text(en=f"The reason stated: {self.reason.en}.", sv=f"Det angivna skälet: {self.reason.sv}.")
        lines = [reason.in_language(lang), heading.in_language(lang)]
        lines += [
            f"{'!' if _who_signs(one.place) else ' '} {one.place}: {one.before or nothing} → {one.after or nothing}"
            for one in self.changes
        ]
        if any(_who_signs(one.place) for one in self.changes):
            lines.append(_KEYS.in_language(lang))
        lines += [f"! {one.in_language(lang)}" for one in self.cautions]
        each = IN_ONE if self.several else Text(en="", sv="")
        lines += [
            _bound(
                _with(_MOST, each, _GUARANTEED if self.guaranteed else None),
                self.maximum_before,
                self.maximum_after,
                self.currency,
                lang,
                tuple(marked(name, self.upper_bounds) for name in ("maximum_before", "maximum_after")),
            ),
            _bound(
                _with(_LEAST, each),
                self.minimum_before,
                self.minimum_after,
                self.currency,
                lang,
                tuple(marked(name, self.lower_bounds, LOWER) for name in ("minimum_before", "minimum_after")),
                least=True,
            ),
        ]
        for one in self.payments:
            paid = [format_money(amount, self.currency, lang) for amount in (one.before, one.after)]
            at = Text(
                en=f"At a true value of {number_text(one.effect, 'en')} and a standard error of "
                f"{number_text(one.std_error, 'en')}",
                sv=f"Vid ett sant värde av {number_text(one.effect, 'sv')} och medelfelet "
                f"{number_text(one.std_error, 'sv')}",
            )
            lines.append(f"{at.in_language(lang)}: {paid[0]} → {paid[1]}")
        agreed = Text(
            en=f"It counts when {join_words(self.agreed_by, 'and')} have signed its lock, with the keys of the file "
            "before.",
            sv=f"Den gäller när {join_words(self.agreed_by, 'och')} har undertecknat dess låsning, med nycklarna i "
            "filen före.",
        )
        return "\n".join([*lines, agreed.in_language(lang)])


def amend(
    before: Contract,
    after: Contract,
    *,
    std_errors: Sequence[str | float | Fraction] = (),
    effects: Sequence[str | float | Fraction] = (),
    figure: str | None = None,
    assumed: Mapping[str, str] | None = None,
) -> Amended:
    """Say what an amendment changes, before anyone agrees to it.

    Parameters
    ----------
    before, after : Contract
        As `effekt.read_contract` returns them; `after` has the key ``amendment`` and names `before` by its digest.
    std_errors, effects : sequence of decimal, optional
        Standard errors and true values of the varied figure at which both are settled, as in `outlook`. Without
        values, those at which the terms of either change.
    figure : str, optional
        Whose true value is varied; not needed when money depends on one estimate alone.
    assumed : mapping of figure to decimal, optional
        Values of figures that do not follow from it.

    Returns
    -------
    Amended
        Every place that differs, the bounds of payment before and after, and payments at the values given.

    Raises
    ------
    ContractError
        When `after` is no amendment of `before`: another contract or file, another number, or an earlier day; or when
        its terms can pay more than its own `payment.maximum`, which could not be locked.

    Examples
    --------
    >>> import effekt
    >>> path = effekt.case("sick-leave") / "contract.yaml"
    >>> before = effekt.read_contract(path)
    >>> amend(before, before)
    Traceback (most recent call last):
        ...
    effekt.exceptions.ContractError: The amended contract must have the key amendment, with the digest of the file \
before it; it has none.
    """
    for contract in (before, after):
        check_contract(contract)
    check_chain(before, after)
    for contract in (before, after):
        check_analyses(contract)
    check_maximum(after)
    amendment = after.model.amendment
    assert amendment is not None
    most = {
        name: (contract, maximum_with_guarantees(contract))
        for name, contract in (("maximum_before", before), ("maximum_after", after))
    }
    least = {
        name: (contract, minimum_total(contract))
        for name, contract in (("minimum_before", before), ("minimum_after", after))
    }
    return Amended(
        before=before.sha256,
        after=after.sha256,
        number=amendment.number,
        reason=amendment.reason.text,
        agreed_by=amendment.agreed_by,
        changes=tuple(
            Change(place=place, before=old, after=new) for place, old, new in differences(before.raw, after.raw)
        ),
        currency=after.model.payment.currency,
        several=any(settlements(contract) is not None for contract in (before, after)),
        guaranteed=any(contract.model.payment.guarantees for contract in (before, after)),
        maximum_before=most["maximum_before"][1],
        maximum_after=most["maximum_after"][1],
        minimum_before=least["minimum_before"][1],
        minimum_after=least["minimum_after"][1],
        payments=_payments(before, after, std_errors, effects, figure, assumed) if std_errors else (),
        upper_bounds=tuple(name for name, (contract, bound) in most.items() if is_upper_bound(contract, bound)),
        lower_bounds=tuple(name for name, (contract, bound) in least.items() if lower_bounds(contract, bound)),
        cautions=(*cautions(before, after), *governed_terms(after, before)),
    )


def check_chain(before: Contract, after: Contract) -> None:
    """Refuse a contract that is no amendment of the one before it.

    Parameters
    ----------
    before, after : Contract

    Raises
    ------
    ContractError
        Naming what differs.
    """
    amendment, earlier = after.model.amendment, before.model.amendment
    if amendment is None:
        raise ContractError(
            "The amended contract must have the key amendment, with the digest of the file before it; it has none.",
            sv="Det ändrade avtalet måste ha nyckeln amendment, med kontrollsumman för filen före det; det saknar den.",
        )
    if after.model.id != before.model.id:
        raise ContractError(
            f"line {after.line('id')}: id must be that of the contract that is amended, {before.model.id}; got "
            f"{after.model.id}.",
            sv=f"rad {after.line('id')}: id måste vara det som avtalet som ändras har, {before.model.id}; angavs "
            f"{after.model.id}.",
        )
    if amendment.of != before.sha256:
        raise ContractError(
            f"line {after.line('amendment', 'of')}: amendment.of must be the SHA-256 of the file before it, "
            f"{before.sha256}; got {amendment.of}. Give that file, or correct the digest.",
            sv=f"rad {after.line('amendment', 'of')}: amendment.of måste vara SHA-256 för filen före, {before.sha256}; "
            f"angavs {amendment.of}. Ange den filen, eller rätta kontrollsumman.",
        )
    number = 1 if earlier is None else earlier.number + 1
    if amendment.number != number:
        raise ContractError(
            f"line {after.line('amendment', 'number')}: amendment.number must be {number}, one more than that of the "
            f"file before it; got {amendment.number}.",
            sv=f"rad {after.line('amendment', 'number')}: amendment.number måste vara {number}, ett mer än i filen "
            f"före; angavs {amendment.number}.",
        )
    if earlier is not None and amendment.date < earlier.date:
        raise ContractError(
            f"line {after.line('amendment', 'date')}: amendment.date must not be before the amendment before it, "
            f"{earlier.date}; got {amendment.date}.",
            sv=f"rad {after.line('amendment', 'date')}: amendment.date får inte vara före ändringen före den, "
            f"{earlier.date}; angavs {amendment.date}.",
        )
    without = [id for id in payers(before.model) if id not in amendment.agreed_by]
    if without:
        raise ContractError(
            f"line {after.line('amendment', 'agreed_by')}: amendment.agreed_by must name everyone who pays by the file "
            f"before it; {without[0]} does and is not there. Nobody is left out of a contract without their key.",
            sv=f"rad {after.line('amendment', 'agreed_by')}: amendment.agreed_by måste ange alla som betalar enligt "
            f"filen före; det gör {without[0]}, som saknas där. Ingen lämnas utanför ett avtal utan sin nyckel.",
        )
    if after.model.payment.currency != before.model.payment.currency:
        raise ContractError(
            f"line {after.line('payment', 'currency')}: payment.currency must stay {before.model.payment.currency}; "
            f"got {after.model.payment.currency}. Make a new contract in another currency.",
            sv=f"rad {after.line('payment', 'currency')}: payment.currency måste förbli "
            f"{before.model.payment.currency}; angavs {after.model.payment.currency}. Gör ett nytt avtal i en annan "
            "valuta.",
        )


def _payments(
    before: Contract,
    after: Contract,
    std_errors: Sequence[str | float | Fraction],
    effects: Sequence[str | float | Fraction],
    figure: str | None,
    assumed: Mapping[str, str] | None,
) -> tuple[Moved, ...]:
    def settled(contract: Contract) -> dict[tuple[str, str], Scenario]:
        known = {id: value for id, value in (assumed or {}).items() if id in contract.model.figures}
        seen = outlook(contract, std_errors=std_errors, effects=at, figure=figure, assumed=known)
        return {(one.std_error, one.effect): one for one in seen.scenarios}

    at = effects or sorted({value for contract in (before, after) for value in _marks(contract, figure, assumed)})
    old, new = settled(before), settled(after)
    return tuple(
        Moved(std_error=key[0], effect=key[1], before=old[key].payment_if_known, after=new[key].payment_if_known)
        for key in old
        if key in new
    )


def _marks(contract: Contract, figure: str | None, assumed: Mapping[str, str] | None) -> tuple[Fraction, ...]:
    """Where the contract's terms change as the varied figure moves."""
    return thresholds(contract).get(varied_figure(contract, figure, assumed or {}), ())


def _who_signs(place: str) -> bool:
    """Whether a place says who may sign: a party's keys or role, or the rules of signing."""
    named = place.startswith("parties.") and place.split(".")[2:3] in (["name"], ["organisation_number"])
    return place.startswith(("signing", "parties.")) and not named


_KEYS = Text(
    en="! The amendment changes who may sign. Hold the new keys against what the party itself has given you. A party "
    "that has lost its key signs with the new one, and everyone else who has a key signs the lock too.",
    sv="! Ändringen ändrar vem som får underteckna. Jämför de nya nycklarna med vad parten själv har lämnat. En part "
    "som har förlorat sin nyckel undertecknar med den nya, och alla andra som har en nyckel undertecknar också "
    "låsningen.",
)
_MOST = Text(en="At most payable", sv="Högst att betala")
_GUARANTEED = Text(en=", guarantees included", sv=", garantier inräknade")
_LEAST = Text(en="At least payable", sv="Lägst att betala")
_UNPROVED = Text(en="no lower bound is proved", sv="ingen undre gräns är bevisad")  # such as where something is repaid


def _with(*parts: Text | None) -> Text:
    said = [part for part in parts if part is not None]
    return Text(en="".join(part.en for part in said), sv="".join(part.sv for part in said))


def _bound(
    name: Text,
    before: str | None,
    after: str | None,
    currency: str,
    lang: Language,
    marks: Sequence[Text] = (),
    *,
    least: bool = False,
) -> str:
    unbounded = (_UNPROVED if least else NO_BOUND).in_language(lang)
    ends = [unbounded if amount is None else format_money(amount, currency, lang) for amount in (before, after)]
    if marks:
        ends = [end + mark.in_language(lang) for end, mark in zip(ends, marks, strict=True)]
    return f"{name.in_language(lang)}: {ends[0]} → {ends[1]}"
