"""A contract's payment terms in words, one sentence for each line and for each rule between lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from effekt._calendar import days_after
from effekt._text import Text
from effekt.contracts.figures import Figure, figure_bounds
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.liability import ends_before_caps, line_bounds
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.paid_each import paid_each_terms
from effekt.contracts.payment import ContractCap, ContractFloor, Line, Netting, Payment, Reduces
from effekt.contracts.receivers import guarantee_terms, shared, waterfall_terms
from effekt.contracts.true_up import true_up_terms


def line_terms(contract: Contract) -> dict[str, Text]:
    """Put each line of a contract in words.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    dict of str to Text
        For each line one sentence in Swedish and English, without the figures' values.
    """
    basis = basis_of(contract.model, {})
    return {
        id: Text(
            sv=_line_sentence(id, line, contract.model, basis.swedish),
            en=_line_sentence(id, line, contract.model, basis.english),
        )
        for id, line in contract.model.payment.lines.items()
    }


def payment_terms(contract: Contract) -> tuple[Text, ...]:
    """Put in words what holds between the lines of a contract, and who in the end gets the money.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    tuple of Text
        One sentence each for netting, caps, floor, sharing, waterfall and guarantees, in the order in which they are
        applied.
    """
    basis = basis_of(contract.model, {})
    return tuple(
        Text(sv=sv, en=en)
        for sv, en in zip(
            _payment_sentences(contract.model, basis.swedish),
            _payment_sentences(contract.model, basis.english),
            strict=True,
        )
    )


def basis_of(terms: ContractTerms, figures: Mapping[str, Figure]) -> Basis:
    """Figures with the wording of a contract."""
    swedish = Wording(lang="sv", currency=terms.payment.currency, figures=terms.figures)
    return Basis(figures=figures, swedish=swedish, english=replace(swedish, lang="en"), in_words=True)


def _line_sentence(id: str, line: Line, terms: ContractTerms, say: Wording) -> str:
    pays = say(sv="betalar", en="pays" if len(line.payers) == 1 else "pay")
    amount = line.qualify(line.pays.terms(say), say)
    if line.true_up is None:
        amount += _negative_terms(id, line, terms, say)
    else:
        amount += f", {true_up_terms(line.true_up, say)}"
    if _without_least(line, terms):
        amount += say(
            sv="; inget i raden begränsar hur lågt dess belopp kan bli",
            en="; nothing in the line limits how low its amount can be",
        )
    if line.paid_each is not None:
        amount += paid_each_terms(say)
    if line.due is not None:
        amount += say(sv=f"; raden förfaller till betalning {line.due}", en=f"; the line falls due on {line.due}")
    return f"{shared(line.payers, terms, say)} {pays} {terms.parties[line.payee].name} {amount}."


def _negative_terms(id: str, line: Line, terms: ContractTerms, say: Wording) -> str:
    """What becomes of a negative amount of the line: netted, or paid back; nothing where it cannot be negative."""
    low, _ = line_bounds(line, terms)
    if low is not None and low >= 0:
        return ""
    if terms.payment.netting is not None and id in terms.payment.netting.lines:
        return say(
            sv="; är radens belopp negativt kvittas det mot de andra raderna",
            en="; if the line's amount is negative it is netted against the other lines",
        )
    return say(
        sv="; är radens belopp negativt betalas det tillbaka", en="; if the line's amount is negative it is paid back"
    )


def _without_least(line: Line, terms: ContractTerms) -> bool:
    """Whether what is netted or paid back of a line has no bound."""
    if line.true_up is not None and line.true_up.below_zero != "clawback":
        return False
    return line.limit_bounds(line.pays.bounds(figure_bounds(terms.figures)))[0] is None


def _payment_sentences(terms: ContractTerms, say: Wording) -> Iterator[str]:
    payment = terms.payment
    each = _each_time(payment, say)
    if payment.due_days is not None:
        yield from _due_sentences(terms, payment.due_days, say)
    if payment.netting is not None:
        yield _netting_sentence(payment.netting, say)
    for cap in (payment.caps or {}).values():
        limit, names = say.money(cap.amount), say.join(list(cap.lines))
        way = _gives_way_under_cap(cap, cap.lines, terms, say)
        yield say(
            sv=f"Raderna {names} betalar tillsammans högst {limit}{each}; {way}.",
            en=f"The lines {names} together pay at most {limit}{each}; {way}.",
        )
    for floor in (payment.floors or {}).values():
        least, names, raised = say.money(floor.amount), say.join(list(floor.lines)), _raised(floor, terms, say)
        yield say(
            sv=f"Raderna {names} betalar tillsammans lägst {least}{each}; om det behövs höjs {raised}.",
            en=f"The lines {names} together pay at least {least}{each}; if needed {raised}.",
        )
    if payment.cap is not None:
        limit = say.money(payment.cap.amount)
        way = _gives_way_under_cap(payment.cap, payment.lines, terms, say)
        yield say(
            sv=f"Alla rader betalar tillsammans högst {limit}{each}; {way}.",
            en=f"All lines together pay at most {limit}{each}; {way}.",
        )
    if payment.floor is not None:
        least, raised = say.money(payment.floor.amount), _raised(payment.floor, terms, say)
        yield say(
            sv=f"Alla rader betalar tillsammans lägst {least}{each}; om det behövs höjs {raised}.",
            en=f"All lines together pay at least {least}{each}; if needed {raised}.",
        )
    yield from _sharing_sentences(payment, say)
    yield from _receiver_sentences(terms, say, by_itself=bool(each))
    if payment.maximum is not None:
        limit = say.money(payment.maximum)
        yield say(
            sv=f"Enligt dessa villkor kan högst {limit} komma att betalas i allt, garantier och alla avräkningar "
            "inräknade: det har parterna angett, och villkor som kan ge mer godtas inte.",
            en=f"By these terms no more than {limit} can come to be paid in all, guarantees and every settlement "
            "included: the parties declare that, and terms that can give more are refused.",
        )


def _raised(floor: ContractFloor, terms: ContractTerms, say: Wording) -> str:
    """'the line a is raised, also where its condition is not met': what holds of a line alone comes before a floor."""
    line, own = terms.payment.lines[floor.raises], []
    if line.when is not None or line.pays.when is not None:
        own.append(say(sv="även om dess villkor inte är uppfyllt", en="also where its condition is not met"))
    caps = (line.cap, line.pays.cap, None if line.true_up is None else line.true_up.cap)
    if any(cap is not None for cap in caps):
        own.append(say(sv="även över dess eget tak", en="also above its own cap"))
    told = "".join(f", {one}" for one in own)
    return say(sv=f"raden {floor.raises}{told}", en=f"the line {floor.raises} is raised{told}")


def _sharing_sentences(payment: Payment, say: Wording) -> Iterator[str]:
    """How what several share comes to whole quanta, and what is shared where some was paid before."""
    shared_lines = [id for id, line in payment.lines.items() if len(line.payers) > 1]
    rules = [rule for rule in (payment.netting, payment.cap, *(payment.caps or {}).values()) if rule is not None]
    steps = () if payment.waterfall is None else payment.waterfall.steps
    if shared_lines or any(rule.reduces == "pro_rata" for rule in rules) or any(len(step.to) > 1 for step in steps):
        quantum = say.money(payment.quantum)
        yield say(
            sv="Där ett belopp delas, mellan betalare, mottagare eller rader som sänks i proportion, är varje del en "
            f"hel multipel av {quantum}, avrundad mot noll; det som då återstår fördelas med en multipel var på de "
            "delar som avrundningen minskade mest, vid lika på den som står först.",
            en="Where an amount is divided, among payers, receivers or lines that are lowered in proportion, each part "
            f"is a whole multiple of {quantum}, rounded towards zero; what is then left goes, one multiple each, to "
            "the parts that the rounding lowered most, of equal ones to that which stands first.",
        )
    in_parts = [id for id in shared_lines if payment.lines[id].in_parts]
    if in_parts:
        one, names = len(in_parts) == 1, say.join(in_parts)
        yield say(
            sv=f"{'Raden' if one else 'Raderna'} {names} delas så att var och en betalar sin del av summan av det som "
            "betalats tidigare och det som betalas nu, minus sin del av det som betalats tidigare.",
            en=f"The {'line' if one else 'lines'} {names} {'is' if one else 'are'} shared so that each pays its part "
            "of the sum of what was paid before and what is paid now, less its part of what was paid before.",
        )


def _receiver_sentences(terms: ContractTerms, say: Wording, *, by_itself: bool) -> Iterator[str]:
    """Who in the end gets the money; `by_itself` where it is counted for each of several settlements."""
    payment = terms.payment
    if payment.waterfall is not None:
        yield waterfall_terms(payment.waterfall, terms, say)
        if _may_be_negative(_paid_to(payment.waterfall.source, payment), terms):
            yield say(sv="En negativ summa fördelas inte vidare.", en="A negative sum is not passed on.")
    for guarantee in (payment.guarantees or {}).values():
        yield guarantee_terms(guarantee, terms, say)
        if payment.waterfall is not None and payment.waterfall.source == guarantee.beneficiary:
            name = terms.parties[guarantee.beneficiary].name
            yield say(
                sv=f"Av vad {name} får betalt räknas då bara det som fördelningen ger {name} självt, inte det som går "
                "vidare till andra.",
                en=f"Of what {name} is paid, only what the distribution gives to {name} itself counts then, not what "
                "goes on to others.",
            )
        elif _may_be_negative(_paid_to(guarantee.beneficiary, payment), terms):
            name, zero = terms.parties[guarantee.beneficiary].name, say.money(0)
            yield say(
                sv=f"Är summan av raderna till {name} negativ räknas den då som {zero}.",
                en=f"If the lines to {name} come to a negative sum it counts as {zero} then.",
            )
    if by_itself and (payment.waterfall is not None or payment.guarantees):
        yield say(
            sv="Vad som fördelas och garanteras räknas för varje avräkning för sig.",
            en="What is passed on and guaranteed is counted for each settlement by itself.",
        )


def _paid_to(party: str, payment: Payment) -> list[str]:
    return [id for id, line in payment.lines.items() if line.payee == party]


def _may_be_negative(lines: Collection[str], terms: ContractTerms) -> bool:
    """Whether the amount of one of these lines can be below zero."""
    lows = [low for id, (low, _) in ends_before_caps(terms).items() if id in lines]
    return any(low is None or low < 0 for low in lows)


def _each_time(payment: Payment, say: Wording) -> str:
    """' in each settlement' where a line is paid in several, since what holds between lines holds in each by itself."""
    if not any(line.cumulative or line.paid_each is not None for line in payment.lines.values()):
        return ""
    return say(sv=" vid varje avräkning", en=" in each settlement")


def _due_sentences(terms: ContractTerms, days: int, say: Wording) -> Iterator[str]:
    lines = terms.payment.lines
    which = [id for id, line in lines.items() if line.due is None]
    names, one = say.join(which), len(which) == 1
    sv, en = "Alla rader förfaller", "All lines fall"
    if len(which) < len(lines):
        sv = f"{'Raden' if one else 'Raderna'} {names} förfaller"
        en = f"The {'line' if one else 'lines'} {names} {'falls' if one else 'fall'}"
    yield say(
        sv=f"{sv} till betalning {days} {'dag' if days == 1 else 'dagar'} efter intygets dag.",
        en=f"{en} due {days} {'day' if days == 1 else 'days'} after the day of the certificate.",
    )
    if (certified := terms.dates.certificate_due) is not None:
        day = days_after(certified, days)
        yield say(
            sv=f"För ett intyg av den {certified}, då det senast ska finnas, är det {day}.",
            en=f"For a certificate of {certified}, when it is due at the latest, that is {day}.",
        )


def _gives_way(reduces: Reduces, say: Wording) -> str:
    if reduces == "pro_rata":
        return say(sv="de sänks i proportion till sina belopp", en="they are lowered in proportion to their amounts")
    return say(sv="den sista raden sänks först", en="the last line is lowered first")


def _gives_way_under_cap(cap: ContractCap, lines: Collection[str], terms: ContractTerms, say: Wording) -> str:
    """How lines give way to a cap; with who does not, where one of them can be negative and leaves room for others."""
    if not _may_be_negative(lines, terms):
        return _gives_way(cap.reduces, say)
    zero = say.money(0)
    if cap.reduces == "pro_rata":
        return say(
            sv=f"de som är över {zero} sänks i proportion till sina belopp",
            en=f"those above {zero} are lowered in proportion to their amounts",
        )
    return say(
        sv=f"den sista raden sänks först, och ingen under {zero}",
        en=f"the last line is lowered first, and none below {zero}",
    )


def _netting_sentence(netting: Netting, say: Wording) -> str:
    names, zero = say.join(list(netting.lines)), say.money(0)
    rest = {
        "zero": say(sv=f"ett negativt saldo räknas som {zero}", en=f"a negative balance counts as {zero}"),
        "negative": say(sv="ett negativt saldo betalas tillbaka", en="a negative balance is paid back"),
    }[netting.below_zero]
    return say(
        sv=f"Raderna {names} kvittas mot varandra: negativa belopp dras från de positiva, där "
        f"{_gives_way(netting.reduces, say)}; {rest}.",
        en=f"The lines {names} are netted: negative amounts are deducted from the positive ones, where "
        f"{_gives_way(netting.reduces, say)}; {rest}.",
    )
