"""Who in the end gets the money: the waterfall of the party that passes it on, and guarantees.

Both are computed from the lines as they are to be paid and change none of them. What a guarantor pays comes beside
the lines' total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effekt._text import Text
from effekt.contracts.figures import undetermined
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step, allocate, decimal_text, fraction, money_digits, round_to
from effekt.contracts.payment import Guarantee, Tranche, Waterfall
from effekt.contracts.rounding import rounding_step
from effekt.contracts.schema import is_decimal
from effekt.contracts.settled import Distribution, Receipt, SettledLine, Share, State


def distribute(lines: Sequence[SettledLine], basis: Basis, terms: ContractTerms) -> Distribution | None:
    """Pass on what the waterfall's party is paid, step by step.

    Parameters
    ----------
    lines : sequence of SettledLine
        The lines as they are to be paid.
    basis : Basis
        The figures and the wording.
    terms : ContractTerms
        The contract.

    Returns
    -------
    Distribution or None
        Undetermined while a line to that party, or the amount of a step, is; None without a waterfall. A sum that is
        negative is not passed on.
    """
    waterfall = terms.payment.waterfall
    if waterfall is None:
        return None
    own = [line for line in lines if line.payee == waterfall.source]
    operands = tuple(step.up_to for step in waterfall.steps if step.up_to is not None)
    missing, state, reasons = undetermined_by(own, basis.missing(operands), basis)
    if state is not None:
        return Distribution(
            party=waterfall.source, state=state, amount=None, receipts=(), missing=missing, reasons=reasons, steps=()
        )
    amount = max(sum((fraction(line.amount or "0") for line in own), Fraction(0)), Fraction(0))
    received: dict[str, Fraction] = {party: Fraction(0) for step in waterfall.steps for party in step.to}
    steps: list[Step] = []
    left = amount
    for tranche in waterfall.steps:
        taken = min(left, _limit(tranche, basis, terms)) if tranche.up_to is not None else left
        weights = [Fraction(share) for share in tranche.to.values()]
        parts = dict(zip(tranche.to, allocate(taken, weights, Fraction(terms.payment.quantum)), strict=True))
        for party, part in parts.items():
            received[party] += part
        left -= taken
        steps.append(_tranche_step(taken, parts, left, basis, terms))
    digits = money_digits(terms.payment.quantum)
    return Distribution(
        party=waterfall.source,
        state="payable" if amount else "zero_by_terms",
        amount=decimal_text(amount, digits),
        receipts=tuple(Receipt(party=party, amount=decimal_text(part, digits)) for party, part in received.items()),
        missing=(),
        reasons=(),
        steps=tuple(steps),
    )


def undetermined_by(
    lines: Sequence[SettledLine], figures: tuple[str, ...], basis: Basis
) -> tuple[tuple[str, ...], State | None, tuple[Text, ...]]:
    """Missing figures, the state while something is undetermined (else None), and why.

    Parameters
    ----------
    lines : sequence of SettledLine
    figures : tuple of str
        Those without a value that it waits for beside the lines.
    basis : Basis

    Returns
    -------
    tuple of (tuple of str, State or None, tuple of Text)
    """
    waiting = [line for line in lines if line.amount is None]
    if not waiting and not figures:
        return (), None, ()
    missing = tuple(dict.fromkeys((*(name for line in waiting for name in line.missing), *figures)))
    own = [basis.figures[name].reason for name in figures]
    reasons = (*(reason for line in waiting for reason in line.reasons), *(reason for reason in own if reason))
    states = {line.state for line in waiting} | ({undetermined(basis.figures, figures)} if figures else set())
    return missing, "referred" if "referred" in states else "not_yet_determinable", tuple(dict.fromkeys(reasons))


def _limit(tranche: Tranche, basis: Basis, terms: ContractTerms) -> Fraction:
    """The most a step takes, in whole quanta; a negative figure takes nothing."""
    limit = max(basis.number(tranche.up_to or "0") or Fraction(0), Fraction(0))
    return round_to(limit, Fraction(terms.payment.quantum), terms.payment.rounding)


def _tranche_step(
    taken: Fraction, parts: dict[str, Fraction], left: Fraction, basis: Basis, terms: ContractTerms
) -> Step:
    def sentence(say: Wording) -> str:
        gets = say(sv="får", en="gets")
        who = say.join([f"{terms.parties[party].name} {gets} {say.money(part)}" for party, part in parts.items()])
        return say(
            sv=f"Av beloppet tas {say.money(taken)}: {who}; kvar är {say.money(left)}.",
            en=f"Of the amount {say.money(taken)} is taken: {who}; {say.money(left)} is left.",
        )

    return basis.step("waterfall", sentence, left)


# ------------------------------------------------------------------------------------------------- guarantees


def guaranteed(
    lines: Sequence[SettledLine], distribution: Distribution | None, basis: Basis, terms: ContractTerms
) -> tuple[SettledLine, ...]:
    """What each guarantor pays.

    Parameters
    ----------
    lines : sequence of SettledLine
        The lines as they are to be paid.
    distribution : Distribution or None
        What the waterfall gives.
    basis : Basis
        The figures and the wording.
    terms : ContractTerms
        The contract.

    Returns
    -------
    tuple of SettledLine
        For each guarantee the share of what the beneficiary lacks of the guaranteed amount, at most the cap; with the
        guarantor as its one payer.
    """
    every = (terms.payment.guarantees or {}).items()
    return tuple(_guarantee(id, term, lines, distribution, basis, terms) for id, term in every)


def _guarantee(
    id: str,
    term: Guarantee,
    lines: Sequence[SettledLine],
    distribution: Distribution | None,
    basis: Basis,
    terms: ContractTerms,
) -> SettledLine:
    passed = terms.payment.waterfall
    direct, through = _ways_to(term, terms)
    concerned = [line for line in lines if line.payee == direct or (passed and through and line.payee == passed.source)]
    figures = basis.missing((term.amount,))
    if through and passed is not None:
        operands = tuple(step.up_to for step in passed.steps if step.up_to is not None)
        figures = tuple(dict.fromkeys((*figures, *basis.missing(operands))))
    missing, state, reasons = undetermined_by(concerned, figures, basis)
    if state is not None:
        return SettledLine(
            id=id,
            state=state,
            amount=None,
            payee=term.beneficiary,
            shares=(),
            missing=missing,
            reasons=reasons,
            steps=(),
        )
    received = sum((fraction(line.amount or "0") for line in lines if line.payee == direct), Fraction(0))
    if distribution is not None:
        received += sum((fraction(r.amount) for r in distribution.receipts if r.party == term.beneficiary), Fraction(0))
    value, steps = _borne(term, max(received, Fraction(0)), basis, terms)
    amount = decimal_text(value, money_digits(terms.payment.quantum))
    return SettledLine(
        id=id,
        state="payable" if value else "zero_by_terms",
        amount=amount,
        payee=term.beneficiary,
        shares=(Share(payer=term.guarantor, amount=amount),),
        missing=(),
        reasons=(),
        steps=steps,
    )


def _borne(
    term: Guarantee, received: Fraction, basis: Basis, terms: ContractTerms
) -> tuple[Fraction, tuple[Step, ...]]:
    """What the guarantor bears, with its sentence."""
    whole = max(basis.number(term.amount) or Fraction(0), Fraction(0))
    lacking = max(whole - received, Fraction(0))
    borne = Fraction(term.share) * lacking
    limited = borne if term.cap is None else min(borne, Fraction(term.cap))
    value = round_to(limited, Fraction(terms.payment.quantum), terms.payment.rounding)

    def sentence(say: Wording) -> str:
        name, share = terms.parties[term.beneficiary].name, say.number(term.share)
        text = say(
            sv=f"{name} får {say.money(received)} av garanterade {say.money(whole)}; av de {say.money(lacking)} som "
            f"saknas bär garanten andelen {share}, som är {say.money(borne)}",
            en=f"{name} gets {say.money(received)} of the guaranteed {say.money(whole)}; of the {say.money(lacking)} "
            f"that is lacking the guarantor bears the share {share}, which is {say.money(borne)}",
        )
        if limited != borne:
            text += say(sv=f", högst {say.money(limited)}", en=f", at most {say.money(limited)}")
        return f"{text}."

    borne_step = basis.step("guarantee", sentence, limited)
    return value, (borne_step,) if value == limited else (borne_step, rounding_step(value, terms.payment, basis))


def guarantee_maximum(term: Guarantee, terms: ContractTerms) -> Fraction | None:
    """The most a guarantor can pay; None when nothing bounds it."""
    whole = Fraction(term.share) * Fraction(term.amount) if is_decimal(term.amount) else None
    bounds = [bound for bound in (whole, None if term.cap is None else Fraction(term.cap)) if bound is not None]
    return round_to(min(bounds), Fraction(terms.payment.quantum), terms.payment.rounding) if bounds else None


# -------------------------------------------------------------------------------------------------- sentences


def waterfall_terms(waterfall: Waterfall, terms: ContractTerms, say: Wording) -> str:
    """'X passes on what it is paid in this order: (1) to A, up to SEK 10; (2) the rest to A (80 per cent) and …'."""
    pieces = []
    for position, step in enumerate(waterfall.steps, start=1):
        who = shared(step.to, terms, say)
        if step.up_to is None:
            pieces.append(say(sv=f"({position}) resten till {who}", en=f"({position}) the rest to {who}"))
            continue
        limit = say.money(step.up_to) if is_decimal(step.up_to) else say.name(step.up_to)
        pieces.append(say(sv=f"({position}) högst {limit} till {who}", en=f"({position}) up to {limit} to {who}"))
    name = terms.parties[waterfall.source].name
    start = say(
        sv=f"{name} fördelar vad den får betalt i denna ordning: ",
        en=f"{name} passes on what it is paid in this order: ",
    )
    return f"{start}{'; '.join(pieces)}."


def guarantee_terms(term: Guarantee, terms: ContractTerms, say: Wording) -> str:
    """'G pays I 75 per cent of what is lacking of SEK 9,600,000 after what it gets from the line a, at most …'."""
    guarantor, beneficiary = terms.parties[term.guarantor].name, terms.parties[term.beneficiary].name
    whole = say.money(term.amount) if is_decimal(term.amount) else say.name(term.amount)
    lacking = _lacking(term, whole, terms, say)
    text = say(
        sv=f"{guarantor} betalar {beneficiary} {say.percent(term.share)} av {lacking}",
        en=f"{guarantor} pays {beneficiary} {say.percent(term.share)} of {lacking}",
    )
    if term.cap is not None:
        text += say(sv=f", högst {say.money(term.cap)}", en=f", at most {say.money(term.cap)}")
    return f"{text}."


def _lacking(term: Guarantee, whole: str, terms: ContractTerms, say: Wording) -> str:
    """'what is lacking of SEK 9,600,000 after what it gets from the lines a and b and from the distribution'."""
    direct, through = _ways_to(term, terms)
    lines = [id for id, line in terms.payment.lines.items() if line.payee == direct]
    ways = []
    if lines:
        one, names = len(lines) == 1, say.join(lines)
        ways.append(
            say(sv=f"av {'raden' if one else 'raderna'} {names}", en=f"from the {'line' if one else 'lines'} {names}")
        )
    if through:
        ways.append(say(sv="av fördelningen", en="from the distribution"))
    if not ways:
        return say(
            sv=f"hela {whole}, eftersom den inte får något av någon rad eller fördelning",
            en=f"all of {whole}, since it gets nothing from any line or distribution",
        )
    return say(
        sv=f"vad som saknas av {whole} efter vad den får {say.join(ways)}",
        en=f"what is lacking of {whole} after what it gets {say.join(ways)}",
    )


def _ways_to(term: Guarantee, terms: ContractTerms) -> tuple[str | None, bool]:
    """To whom lines are paid that the beneficiary keeps, and whether it has a part of what is passed on."""
    passed = terms.payment.waterfall
    through = passed is not None and any(term.beneficiary in step.to for step in passed.steps)
    return term.beneficiary if passed is None or passed.source != term.beneficiary else None, through


def shared(shares: Mapping[str, str], terms: ContractTerms, say: Wording) -> str:
    """'A (80 per cent) and B (20 per cent)', or one name alone."""
    items = list(shares.items())
    if len(items) == 1:
        return terms.parties[items[0][0]].name
    return say.join([f"{terms.parties[party].name} ({say.percent(share)})" for party, share in items])
