"""A contract that may be settled several times: how often, and what it can pay in all."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import (
    Contract,
    format_money,
    maximum_by_party,
    maximum_by_year,
    maximum_by_year_with_guarantees,
    maximum_over,
    maximum_total,
    maximum_with_guarantees,
)
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.schema import is_decimal
from effekt.workflow.rules.dates import final_days

IN_ONE = Text(en=" in one settlement", sv=" vid en avräkning")
IN_ALL = Text(en=", in all settlements together", sv=", i alla avräkningar tillsammans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlements:
    """What several settlements of a contract can pay together.

    Attributes
    ----------
    days : tuple of str
        On which they are announced, of an amended contract those of `governed_days`; empty where the file does not say
        how many there may be.
    maximum : str or None
        The most of all together; None when nothing bounds it.
    maximum_by_year : dict of year to str or None
        The most that falls due in each year; empty without days.
    """

    days: tuple[str, ...]
    maximum: str | None
    maximum_by_year: dict[str, str | None]

    @property
    def count(self) -> int | None:
        """How many there are; None where the file does not say."""
        return len(self.days) or None


def settlements(contract: Contract) -> Settlements | None:
    """What a contract can pay in all, where it may be settled more than once.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    Settlements or None
        None where it is settled once, so that the most of one settlement is the most of all.
    """
    if settled_once(contract):
        return None
    days = governed_days(contract)
    if len(final_days(contract)) > 1:
        return Settlements(
            days=days, maximum=maximum_over(contract, len(days)), maximum_by_year=maximum_by_year(contract, days)
        )
    return Settlements(days=(), maximum=maximum_over(contract, None), maximum_by_year={})


def settled_once(contract: Contract) -> bool:
    """Whether at most one final certificate is announced, and where none is, no line is cumulative.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    bool
    """
    if len(final_days(contract)) > 1:
        return False
    terms = contract.model
    return bool(terms.dates.certificates) or all(one.true_up is None for one in terms.payment.lines.values())


def governed_days(contract: Contract) -> tuple[str, ...]:
    """The announced days that are settled by the terms of this file.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of str
        Those of `final_days`; of an amended contract those from the amendment on, or the last one where none is left,
        which can only be settled late or again.
    """
    days, amendment = final_days(contract), contract.model.amendment
    if amendment is None:
        return days
    return tuple(day for day in days if day >= amendment.date) or days[-1:]


def scope(contract: Contract) -> Text | None:
    """Say of an amended contract what the most that can be paid is the most of.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    Text or None
        None for one that is not amended, of which it is the most of all.
    """
    terms = contract.model
    if terms.amendment is None:
        return None
    number, day, at = terms.amendment.number, terms.amendment.date, _at(governed_days(contract))
    return Text(
        en=f"These amounts are the most that is paid by the terms of this file, amendment {number} of {day}{at.en}. "
        f"Not in them, and in addition: what was paid by the files before it, and what is paid for a day before {day} "
        f"that is settled late or again.{_less(terms).en}",
        sv=f"Beloppen är det högsta som betalas enligt villkoren i denna fil, ändring {number} av {day}{at.sv}. De "
        "omfattar inte, och därtill kommer, det som betalats enligt filerna före den och det som betalas för en dag "
        f"före {day} som avräknas sent eller på nytt.{_less(terms).sv}",
    )


def held_from(contract: Contract) -> str:
    """From which day an amended contract settles: its first of `governed_days`, or where none is announced its date.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    str
        YYYY-MM-DD.
    """
    amendment = contract.model.amendment
    assert amendment is not None
    return next(iter(governed_days(contract)), amendment.date)


def governed_terms(contract: Contract, before: Contract | None = None) -> tuple[Text, ...]:
    """Say of an amended contract from which announced day on its terms hold for lines that are paid on each.

    Parameters
    ----------
    contract : Contract
    before : Contract, optional
        The file before it, of whose lines some may be there no more.

    Returns
    -------
    tuple of Text
        Nothing for one that is not amended, or where neither has such lines.
    """
    if contract.model.amendment is None:
        return ()
    lines, since = paid_each_lines(contract.model), held_from(contract)
    former = () if before is None else paid_each_lines(before.model)
    gone = [id for id in former if id not in contract.model.payment.lines]
    found = []
    if lines:
        found.append(
            Text(
                en=f"Of {join_words(lines, 'and')}, paid on each announced day, the terms of this file hold from "
                f"{since} on{_BEFORE_THAT.en}",
                sv=f"Av {join_words(lines, 'och')}, som betalas på varje angiven dag, gäller villkoren i denna fil "
                f"från och med {since}{_BEFORE_THAT.sv}",
            )
        )
    if gone:
        found.append(
            Text(
                en=f"Of {join_words(gone, 'and')}, paid on each announced day by the file before, nothing is paid from "
                f"{since} on{_BEFORE_THAT.en}",
                sv=f"Av {join_words(gone, 'och')}, som betalas på varje angiven dag enligt filen före, betalas inget "
                f"från och med {since}{_BEFORE_THAT.sv}",
            )
        )
    return tuple(found)


def excepted_days(contract: Contract, before: Contract | None = None) -> Text:
    """' An announced day before 2024-12-31 is excepted: …', of what an amendment does to what was paid before.

    Parameters
    ----------
    contract : Contract
        An amended one.
    before : Contract, optional
        The file before it.

    Returns
    -------
    Text
        Empty where neither has a line that is paid on each announced day: then a settlement is of none. Where one has,
        all lines of that day are settled by the file that held on it.
    """
    since = held_from(contract)
    if not any(paid_each_lines(file.model) for file in (contract, before) if file is not None):
        return Text(en="", sv="")
    return Text(
        en=f" An announced day before {since} is excepted: it is settled by the file that held on it, also late "
        "or again.",
        sv=f" En angiven dag före {since} är undantagen: den avräknas enligt den fil som gällde då, även sent eller på "
        "nytt.",
    )


_BEFORE_THAT = Text(
    en="; an announced day before that is settled by the file that held on it, also where it is settled late or again.",
    sv="; en angiven dag före den avräknas enligt den fil som gällde då, även när den avräknas sent eller på nytt.",
)


def _at(days: tuple[str, ...]) -> Text:
    """', in the settlements of 2024-12-31 and 2025-12-31'."""
    if not days:
        return Text(en="", sv="")
    plural_en, plural_sv = ("", "en") if len(days) == 1 else ("s", "arna")
    return Text(
        en=f", in the settlement{plural_en} of {join_words(days, 'and')}",
        sv=f", vid avräkning{plural_sv} {join_words(days, 'och')}",
    )


def _less(terms: ContractTerms) -> Text:
    """Lines of which less may be left, since what was paid before is deducted from them."""
    lines = [id for id, line in terms.payment.lines.items() if line.in_parts]
    en, sv = join_words(lines, "and"), join_words(lines, "och")
    if not lines:
        return Text(en="", sv="")
    return Text(
        en=f" From {en} what was paid before is deducted, so that less may be left of that.",
        sv=f" Från {sv} dras det som betalats tidigare av, så att mindre kan återstå.",
    )


def most_in_all(contract: Contract) -> str | None:
    """The most that a contract can pay, in however many settlements.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    str or None
        None when nothing bounds it, and where the contract is amended: what the files before paid is not in its file.
    """
    several = settlements(contract)
    if contract.model.amendment is not None:
        return None
    return maximum_total(contract) if several is None else several.maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Liability:
    """What all who pay must be ready for, guarantors among them, in however many settlements.

    Attributes
    ----------
    guarantors : tuple of str
        The parties that guarantee an amount.
    total : str or None
        The most of all parties together, guarantees included; None when nothing bounds it.
    by_year : dict of year to str or None
        The most that falls due in each year, guarantees included: one without a day of its own in each. Empty where the
        contract does not say when its lines fall due.
    by_party : dict of party to str or None
        The most of each that pays a line or guarantees an amount.
    """

    guarantors: tuple[str, ...]
    total: str | None
    by_year: dict[str, str | None]
    by_party: dict[str, str | None]


def liability(contract: Contract) -> Liability:
    """The most that can come to be paid in total, in each year and by each party, guarantees included.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    Liability

    Examples
    --------
    >>> import effekt
    >>> found = liability(effekt.read_contract(effekt.case("norwegian-recidivism") / "contract.yaml"))
    >>> found.total, found.by_party
    ('20000000', {'state': '20000000'})
    """
    several = settlements(contract)
    count = 1 if several is None else several.count
    return Liability(
        guarantors=tuple(dict.fromkeys(one.guarantor for one in (contract.model.payment.guarantees or {}).values())),
        total=maximum_with_guarantees(contract, count),
        by_year=maximum_by_year_with_guarantees(contract, () if several is None else several.days),
        by_party=maximum_by_party(contract, count),
    )


NO_BOUND = Text(en="no upper bound is proved", sv="ingen övre gräns är bevisad")


def above_all(contract: Contract, booked: Liability) -> Text | None:
    """Why the most of a party is more than that of all parties together.

    Parameters
    ----------
    contract : Contract
    booked : Liability

    Returns
    -------
    Text or None
        None where no party's is.
    """
    terms, total = contract.model, booked.total
    bounds = booked.by_party.items() if total is not None and len(booked.by_party) > 1 else ()
    above = [terms.parties[id].name for id, most in bounds if most is None or Fraction(most) > Fraction(total or "0")]
    if not above:
        return None
    en, sv = (format_money(terms.payment.quantum, terms.payment.currency, lang) for lang in ("en", "sv"))
    return Text(
        en=f"The most of {join_words(above, 'and')} is above that of all together, since each is reckoned by itself: "
        "what others were paid back would lower the sum of all alone, and the rounding of parts to whole multiples of "
        f"{en} can raise the part of one.",
        sv=f"Högsta beloppet för {join_words(above, 'och')} överstiger det för alla tillsammans, eftersom vart och ett "
        "räknas för sig: det som andra finge tillbaka sänkte bara summan av alla, och avrundningen av delar till hela "
        f"multiplar av {sv} kan höja en parts del.",
    )


def paid_anew(contract: Contract) -> tuple[str, ...]:
    """The lines of which every final certificate would pay the whole amount, although nothing says that it should.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of str
    """
    lines = contract.model.payment.lines.items()
    return tuple(
        id for id, line in lines if line.paid_each is None and (line.true_up is None or is_decimal(line.true_up.paid))
    )


def most_of_all(found: Settlements, currency: str) -> Text:
    """'at most payable in the 2 settlements of … together: SEK 50,000'.

    Parameters
    ----------
    found : Settlements
    currency : str

    Returns
    -------
    Text
        Without the words before it, so that it can stand after those of a list.
    """
    count, most = len(found.days), found.maximum
    how = Text(en="in all settlements together", sv="vid alla avräkningar tillsammans")
    if count == 1:
        how = Text(en=f"in the settlement of {found.days[0]}", sv=f"vid avräkningen {found.days[0]}")
    elif count:
        how = Text(
            en=f"in the {count} settlements of {join_words(found.days, 'and')} together",
            sv=f"vid de {count} avräkningarna {join_words(found.days, 'och')} tillsammans",
        )
    if most is not None:
        return Text(
            en=f"{how.en}: {format_money(most, currency, 'en')}", sv=f"{how.sv}: {format_money(most, currency, 'sv')}"
        )
    why = Text(en="", sv="")
    if not count:
        why = Text(
            en=", since the file does not say how many there may be (dates.certificates)",
            sv=", eftersom filen inte anger hur många de kan bli (dates.certificates)",
        )
    return Text(en=f"{how.en}: without a bound{why.en}", sv=f"{how.sv}: utan gräns{why.sv}")
