"""What an amendment does to what was paid by the files before it, where a line deducts that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.liability import line_bounds
from effekt.contracts.model import ContractTerms
from effekt.contracts.parties import Party
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.payment import Guarantee, Line
from effekt.contracts.renamed import renamed
from effekt.contracts.schema import Term
from effekt.workflow.lines_taken_away import counted_as_new, given_name, not_counted, reads_another, taken_away
from effekt.workflow.plan.several_settlements import excepted_days
from effekt.workflow.reading_paid_before import (
    counted_by_each,
    deducted_as,
    deducting,
    limited_anew,
    of_each,
    otherwise,
    passed_on_anew,
    passed_on_here,
    passed_on_no_more,
    read_anew,
    read_here,
    shared_anew,
)


def cautions(before: Contract, after: Contract) -> tuple[Text, ...]:
    """What an amendment changes of lines and guarantees that deduct what was paid before, and of limits between lines.

    Parameters
    ----------
    before, after : Contract
        A contract file and its amendment.

    Returns
    -------
    tuple of Text
        A few sentences for each change, with the announced days that are excepted.
    """
    return _excepting(excepted_days(after, before), _changes(before, after))


def _changes(before: Contract, after: Contract) -> list[Text]:
    old, new = before.model, after.model
    named = renamed(old, new)
    of = {id: id for id in new.payment.lines if id in old.payment.lines} | {now: was for was, now in named.items()}
    both = [id for id in deducting(new) if id in of]
    reads = [id for id in otherwise(new) if id in old.payment.lines]
    found = [given_name(was, now, new) for was, now in named.items()]
    for id in both:
        line, was = new.payment.lines[id], old.payment.lines[of[id]]
        if _amount(of[id], old) != _amount(id, new):
            found.append(_counted_anew(id, line, new))
        elif of_each(line) != of_each(was):
            found.append(limited_anew(id))
        if _shares(line.payers) != _shares(was.payers):
            found.append(_borne_anew(id, line, new))
        if line.payee != was.payee:
            found.append(_paid_to_another(id, was.payee, old, new))
    for id in reads:
        line, was = new.payment.lines[id], old.payment.lines[id]
        if (_amount(id, old), of_each(was)) != (_amount(id, new), of_each(line)):
            found.append(read_anew(id, after))
        if (_shares(line.payers), line.payee) != (_shares(was.payers), was.payee):
            found.append(shared_anew(id, after))
    counting = (*deducting(new), *otherwise(new))
    gone = [id for id in (*deducting(old), *otherwise(old)) if named.get(id, id) not in counting]
    found += [taken_away(id, old, new) for id in gone]
    found += [
        *(counted_as_new(id, new) for id in deducting(new) if id not in of),
        *not_counted(old, new),
        *reads_another(old, new),
    ]
    found += [
        _replaced(id, lines, old, new) for id in new.parties if (lines := _replaced_in(id, [*both, *reads], old, new))
    ]
    ended = [id for id in both if _passes(of[id], old) and not _passes(id, new)]
    found += [_passed_on_no_more(ended, old, new)] if ended else []
    ended_too = [id for id in reads if _passes(id, old) and not _passes(id, new)]
    found += [passed_on_no_more(ended_too, _name(_source(old), old), after)] if ended_too else []
    passed, too = ([id for id in lines if _passes(id, new)] for lines in (both, reads))
    if _receivers(old) != _receivers(new) and not (ended and _source(new) is None):
        fills = _fills_on(new) and not passed
        found += [_passed_on_anew(passed, new)] if passed else [_filled_anew(new)] if fills else []
        found += [passed_on_anew(too, _name(_source(new), new), after)] if too and not fills else []
        found += [_filled_from_nothing(id, new) for id in _counted_from_nothing(old, new)]
    found += [_guaranteed_anew(id, old, new) for id in _guarantees_changed(old, new)]
    limits = [*_limits_changed(old, new, both, named)]
    return [*found, _limited_anew(limits)] if limits else found


def _excepting(excepted: Text, told: Iterable[Text]) -> tuple[Text, ...]:
    return tuple(Text(en=one.en + excepted.en, sv=one.sv + excepted.sv) for one in told)


def amended_terms(contract: Contract) -> tuple[Text, ...]:
    """Say of an amended contract what its terms are to what was paid by the files before it.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Text
        Nothing for one that is not amended, or of which no line deducts or reads what was paid before.
    """
    terms = contract.model
    if terms.amendment is None:
        return ()
    lines, others = deducting(terms), otherwise(terms)
    told = (
        *(_counted(id, terms.payment.lines[id], terms) for id in lines),
        *(read_here(id, contract) for id in others),
        *_passed_on(terms, [id for id in lines if _passes(id, terms)]),
        *(passed_on_here(id, _name(_source(terms), terms), contract) for id in others if _passes(id, terms)),
    )
    return _excepting(excepted_days(contract), told)


def _fills_on(terms: ContractTerms) -> bool:
    """Whether a step counts what was passed on before."""
    steps = () if terms.payment.waterfall is None else terms.payment.waterfall.steps
    figures = [terms.figures[id] for id in reading(tuple(step.up_to for step in steps), terms.figures)]
    return any(isinstance(one, AttestedFigure) and one.paid_before is not None for one in figures)


def _counted_from_nothing(old: ContractTerms, new: ContractTerms) -> tuple[str, ...]:
    """Receivers whom nothing was passed on to by the file before, of whom a step counts what was."""
    steps, before = (() if terms.payment.waterfall is None else terms.payment.waterfall.steps for terms in (new, old))
    figures = [new.figures[id] for id in reading(tuple(step.up_to for step in steps), new.figures)]
    sums = [one.paid_before for one in figures if isinstance(one, AttestedFigure) and one.paid_before is not None]
    had = {party for step in before for party in step.to}
    return tuple(one.passed_to for one in sums if one.passed_to is not None and one.passed_to not in had)


def _amount(id: str, terms: ContractTerms) -> tuple[object, ...]:
    """All that decides what is due on a line, but for what was paid before and the limits of each certificate."""
    line = terms.payment.lines[id]
    limits = (line.cap, line.floor, line.pays.cap, line.pays.floor) if line.true_up is not None else ()
    own = (line.pays.model_copy(update={"cap": None, "floor": None}), line.when, *limits)
    figures = {name: terms.figures[name] for name in reading(own, terms.figures)}
    analyses = {name: terms.analysis[name] for one in figures.values() if (name := analysis_of(one)) is not None}
    data = {one.data: terms.data[one.data] for one in analyses.values()}
    after = None if line.true_up is None else line.true_up.below_zero
    return (*own, after, line.paid_each, figures, analyses, data, terms.payment.quantum, terms.payment.rounding)


def _guarantees_changed(old: ContractTerms, new: ContractTerms) -> Iterator[str]:
    """Guarantees of other terms than before whose amount counts what was paid, passed on or guaranteed before."""
    for id, term in (new.payment.guarantees or {}).items():
        was = (old.payment.guarantees or {}).get(id)
        figures = [new.figures[name] for name in reading(term.amount, new.figures)]
        sums = [one.paid_before for one in figures if isinstance(one, AttestedFigure) and one.paid_before is not None]
        if sums and was is not None and _backed(term, new) != _backed(was, old):
            yield id


def _backed(term: Guarantee, terms: ContractTerms) -> tuple[object, ...]:
    figures = {name: terms.figures[name] for name in reading(term.amount, terms.figures)}
    return term.guarantor, term.beneficiary, Fraction(term.share), term.cap, term.amount, figures


def _limits_changed(
    old: ContractTerms, new: ContractTerms, deducted: Sequence[str], named: Mapping[str, str]
) -> Iterator[str]:
    """Where what holds between lines is another than before, and counts a line that deducts what was paid before."""
    before, after = _limits(old, named), _limits(new, {})
    for place in dict.fromkeys((*before, *after)):
        (rule, lines), (was, own) = after.get(place, (None, ())), before.get(place, (None, ()))
        if rule != was and not {*lines, *own}.isdisjoint(deducted):
            yield place


def _limits(terms: ContractTerms, named: Mapping[str, str]) -> dict[str, tuple[object, tuple[str, ...]]]:
    """Each rule between lines by its place, with its lines, by other names where these are given."""
    payment = terms.payment
    rules: dict[str, Term | None] = {f"payment.caps.{id}": cap for id, cap in (payment.caps or {}).items()}
    rules |= {f"payment.floors.{id}": floor for id, floor in (payment.floors or {}).items()}
    rules |= {f"payment.{name}": getattr(payment, name) for name in ("netting", "cap", "floor")}
    held = {place: (rule, getattr(rule, "lines", tuple(payment.lines))) for place, rule in rules.items()}
    return {
        place: (_under_names(rule, named), tuple(named.get(id, id) for id in lines))
        for place, (rule, lines) in held.items()
        if rule is not None
    }


def _under_names(rule: Term, named: Mapping[str, str]) -> dict[str, object]:
    def name(value: object) -> object:
        return named.get(value, value) if isinstance(value, str) else value

    every = rule.model_dump().items()
    return {key: tuple(map(name, value)) if isinstance(value, tuple) else name(value) for key, value in every}


def _shares(shares: Mapping[str, str]) -> dict[str, Fraction]:
    return {party: Fraction(share) for party, share in shares.items()}


def _passes(line: str, terms: ContractTerms) -> bool:
    """Whether the payee of a line passes on what it is paid."""
    return terms.payment.lines[line].payee == _source(terms)


def _replaced_in(party: str, lines: Sequence[str], old: ContractTerms, new: ContractTerms) -> list[str]:
    """The lines, of those given, that a party of another name or number than before pays, is paid or has a part of."""
    was, now = old.parties.get(party), new.parties[party]
    if was is None or (was.name, was.organisation_number) == (now.name, now.organisation_number):
        return []
    steps = () if new.payment.waterfall is None else new.payment.waterfall.steps
    shares = any(party in step.to for step in steps)
    return [
        id
        for id in lines
        if party in (*new.payment.lines[id].payers, new.payment.lines[id].payee) or (shares and _passes(id, new))
    ]


def _name(id: str | None, terms: ContractTerms) -> str:
    return "" if id is None else terms.parties[id].name


def _source(terms: ContractTerms) -> str | None:
    return None if terms.payment.waterfall is None else terms.payment.waterfall.source


def _receivers(terms: ContractTerms) -> object:
    """Who passes on what it is paid, and the steps, with the figures that say how much goes by each."""
    waterfall = terms.payment.waterfall
    steps = () if waterfall is None else waterfall.steps
    figures = {name: terms.figures[name] for name in reading(tuple(step.up_to for step in steps), terms.figures)}
    return _source(terms), [(step.up_to, _shares(step.to)) for step in steps], figures


def _pays_back(line: Line, terms: ContractTerms) -> bool:
    """Whether what was paid too much is paid back."""
    if line.true_up is not None:
        return line.true_up.below_zero == "clawback"
    low, _ = line_bounds(line, terms)
    return low is None or low < 0


def _is_netted(line: Line, terms: ContractTerms) -> bool:
    netting = terms.payment.netting
    return netting is not None and line in [terms.payment.lines[id] for id in netting.lines]


def _way_back(line: Line, terms: ContractTerms) -> Text:
    if _is_netted(line, terms):
        return Text(en="netted", sv="kvittas")
    return Text(en="paid back", sv="betalas tillbaka")


def _excess(line: Line, terms: ContractTerms) -> Text:
    """What becomes of what was paid too much."""
    if _is_netted(line, terms):
        return Text(
            en="what was paid too much is netted against the other lines",
            sv="kvittas det för mycket betalda mot de andra raderna",
        )
    if _pays_back(line, terms):
        return Text(en="what was paid too much is paid back", sv="betalas det för mycket betalda tillbaka")
    if line.true_up is not None and line.true_up.below_zero == "floor":
        return Text(en="what was paid too much is let go", sv="efterges det för mycket betalda")
    return Text(
        en="what was paid too much is deducted from later payments",
        sv="avräknas det för mycket betalda mot kommande betalningar",
    )


def _counted_anew(id: str, line: Line, terms: ContractTerms) -> Text:
    excess, each = _excess(line, terms), counted_by_each(line)
    what = Text(en="of which what was paid before is deducted", sv="där det som betalats tidigare dras av")
    if line.in_parts:
        what = Text(
            en="which is all that is due since the contract began less what was paid before",
            sv="som är allt som ska betalas sedan avtalets början minus det som betalats tidigare",
        )
    return Text(
        en=f"The amendment changes what {id} pays, {what.en}: the new terms, a new price too, also hold for what was "
        f"paid already. At the next settlement the difference is due or, where less is due, {excess.en}."
        f"{each.en}",
        sv=f"Ändringen ändrar vad {id} betalar, {what.sv}: de nya villkoren, även ett nytt pris, gäller också för det "
        f"som redan är betalt. Vid nästa avräkning ska skillnaden betalas eller, om mindre ska betalas, {excess.sv}."
        f"{each.sv}",
    )


def _borne_anew(id: str, line: Line, terms: ContractTerms) -> Text:
    excess, back = Text(en="", sv=""), _way_back(line, terms)
    if _pays_back(line, terms):
        excess = Text(
            en=f" What is {back.en} is shared by the new shares, though it was paid by the old ones.",
            sv=f" Det som {back.sv} fördelas efter de nya andelarna, fast det betalades efter de gamla.",
        )
    elif line.true_up is None or line.true_up.below_zero == "carry":
        excess = Text(
            en=" What was paid too much by the old shares is deducted from what is shared by the new ones.",
            sv=" Det som betalats för mycket efter de gamla andelarna dras av från det som fördelas efter de nya.",
        )
    return Text(
        en=f"The amendment changes who bears {id}, of which what was paid before is deducted: what was paid stays as "
        f"it was shared, and all that is paid from now on, also for the time before, is shared by the new shares."
        f"{excess.en}",
        sv=f"Ändringen ändrar vem som bär {id}, där det som betalats tidigare dras av: det som är betalt förblir "
        "fördelat som det var, och allt som betalas från och med nu, även för tiden före, fördelas efter de nya "
        f"andelarna.{excess.sv}",
    )


def _paid_to_another(id: str, former: str, old: ContractTerms, terms: ContractTerms) -> Text:
    line = terms.payment.lines[id]
    payee, was = _name(line.payee, terms), _name(former, old)
    back = received = Text(en="", sv="")
    backed = [name for name, one in (terms.payment.guarantees or {}).items() if one.beneficiary == former]
    if backed:
        en, sv = join_words(backed, "and"), join_words(backed, "och")
        received = Text(
            en=f" It no longer counts as received by {was} where {en} is reckoned.",
            sv=f" Det räknas inte längre som mottaget av {was} när {sv} räknas ut.",
        )
    if _is_netted(line, terms):
        back = Text(
            en=f", and what {was} was paid too much is netted against what {payee} is paid on other lines",
            sv=f", och det som {was} fått för mycket kvittas mot det som {payee} får på andra rader",
        )
    elif _pays_back(line, terms):
        back = Text(
            en=f", and {payee} pays back what {was} was paid too much",
            sv=f", och {payee} betalar tillbaka det som {was} fått för mycket",
        )
    return Text(
        en=f"The amendment changes to whom {id} is paid, of which what was paid before is deducted: what {was} "
        f"was paid is deducted from what {payee} is paid{back.en}.{received.en}",
        sv=f"Ändringen ändrar vem som får betalt för {id}, där det som betalats tidigare dras av: det som {was} har "
        f"fått dras av från det som {payee} får{back.sv}.{received.sv}",
    )


def _replaced(party: str, lines: Sequence[str], old: ContractTerms, new: ContractTerms) -> Text:
    was, now = (_named(terms.parties[party]) for terms in (old, new))
    en, sv = join_words(lines, "and"), join_words(lines, "och")
    counts = Text(en="of which what was paid before is deducted", sv="där det som betalats tidigare dras av")
    if not {*lines} <= {*deducting(new)}:
        counts = Text(en="which count what was paid before", sv="där det som betalats tidigare räknas in")
    return Text(
        en=f"The amendment gives {party} another name or number: {was} before, {now} now. Where that is another party "
        f"it takes the place of the former in {en}, {counts.en}: what the former paid or was paid stays so and "
        "counts as paid before, and what is paid or paid back from now on, also for the time before, is paid by and to "
        "the new one; what the two owe each other is not settled here.",
        sv=f"Ändringen ger {party} ett annat namn eller nummer: {was} tidigare, {now} nu. Om det är en annan part "
        f"träder den i den förras ställe i {sv}, {counts.sv}: det som den förra har betalat "
        "eller fått står fast och räknas som tidigare betalt, och det som betalas eller betalas tillbaka från och med "
        "nu, även för tiden före, betalas av och till den nya; vad de två är skyldiga varandra regleras inte här.",
    )


def _named(party: Party) -> str:
    return party.name if party.organisation_number is None else f"{party.name} ({party.organisation_number})"


def _passed_on_no_more(lines: Sequence[str], old: ContractTerms, new: ContractTerms) -> Text:
    name, en, sv = _name(_source(old), old), join_words(lines, "and"), join_words(lines, "och")
    back = Text(en="", sv="")
    if any(_pays_back(new.payment.lines[id], new) for id in lines):
        back = Text(
            en=" What is to be paid back is given back by none of those to whom it was passed on.",
            sv=" Det som ska betalas tillbaka ger ingen av dem som fått del av det tillbaka.",
        )
    return Text(
        en=f"By the amendment {name} no longer passes on what is paid of {en}, of which what was paid before is "
        "deducted: what was passed on stays as it was shared, and nothing of what is paid from now on, also for the "
        f"time before, is passed on by {name}.{back.en}",
        sv=f"Ändringen gör att {name} inte längre fördelar det som betalas för {sv}, där det som betalats tidigare "
        "dras av: det som är fördelat förblir fördelat som det var, och inget av det som betalas från och med nu, även "
        f"för tiden före, fördelas av {name}.{back.sv}",
    )


def _passed_on_anew(lines: list[str], terms: ContractTerms) -> Text:
    name, back = _name(_source(terms), terms), _back_of_passed_on(lines, terms)
    return Text(
        en=f"The amendment changes the steps by which {name} passes on what it is paid of {join_words(lines, 'and')}, "
        "of which what was paid before is deducted: what was passed on stays as it was shared, and all that is passed "
        f"on from now on, also for the time before, is shared by the new terms.{back.en}",
        sv=f"Ändringen ändrar stegen för hur {name} fördelar det den får betalt för {join_words(lines, 'och')}, där "
        "det som betalats tidigare dras av: det som är fördelat förblir fördelat som det var, och allt som fördelas "
        f"från och med nu, även för tiden före, fördelas efter de nya villkoren.{back.sv}",
    )


def _filled_anew(terms: ContractTerms) -> Text:
    name = _name(_source(terms), terms)
    return Text(
        en=f"The amendment changes the steps by which {name} passes on what it is paid, which count what was passed on "
        "before: what was passed on stays as it was shared, and still fills the steps that count it; all that is "
        "passed on from now on is shared by the new terms.",
        sv=f"Ändringen ändrar stegen för hur {name} fördelar det den får betalt, som räknar in det som fördelats "
        "tidigare: det som är fördelat förblir fördelat som det var, och fyller fortfarande de steg som räknar in "
        "det; allt som fördelas från och med nu fördelas efter de nya villkoren.",
    )


def _filled_from_nothing(id: str, terms: ContractTerms) -> Text:
    name = _name(id, terms)
    return Text(
        en=f"By the file before nothing was passed on to {name}: a step that counts what {name} was passed on before "
        "counts from 0 and fills anew, whatever another party was passed on by the step in its place.",
        sv=f"Enligt filen före fördelades inget till {name}: ett steg som räknar in det som tidigare fördelats till "
        f"{name} räknar från 0 och fylls på nytt, oavsett vad en annan part har fått i det steg som det ersätter.",
    )


def _guaranteed_anew(id: str, old: ContractTerms, new: ContractTerms) -> Text:
    was, now = (_name((terms.payment.guarantees or {})[id].guarantor, terms) for terms in (old, new))
    bears = Text(en="", sv="")
    if was != now:
        bears = Text(en=f", by {now}", sv=f", av {now}")
    return Text(
        en=f"The amendment changes the guarantee {id}, whose amount counts what was paid before: what {was} has paid "
        f"of it stays paid, and what is lacking from now on, also for the time before, is borne by the new terms"
        f"{bears.en}; of a guarantee nothing is paid back.",
        sv=f"Ändringen ändrar garantin {id}, vars belopp räknar in det som betalats tidigare: det som {was} har "
        "betalat av den förblir betalt, och det som saknas från och med nu, även för tiden före, bärs enligt de nya "
        f"villkoren{bears.sv}; av en garanti betalas inget tillbaka.",
    )


def _limited_anew(places: Sequence[str]) -> Text:
    en, sv = join_words(places, "and"), join_words(places, "och")
    return Text(
        en=f"The amendment changes what holds between lines ({en}), which counts lines that deduct what was paid "
        "before: what was paid by the old rules stays paid and is deducted. What they held back is due at the next "
        "settlement, and what they added is deducted there, by the new rules, which hold in each settlement by itself.",
        sv=f"Ändringen ändrar vad som gäller mellan rader ({sv}), där det finns rader som drar av det som betalats "
        "tidigare: det som betalats enligt de gamla reglerna förblir betalt och dras av. Det som de höll inne ska "
        "betalas vid nästa avräkning, och det som de lade till dras av då, enligt de nya reglerna, som gäller vid "
        "varje avräkning för sig.",
    )


def _back_of_passed_on(lines: list[str], terms: ContractTerms) -> Text:
    """A negative sum is not passed on: the party that passes on bears it."""
    if not any(_pays_back(terms.payment.lines[id], terms) for id in lines):
        return Text(en="", sv="")
    name = _name(_source(terms), terms)
    return Text(
        en=f" What {name} is to pay back none of those gives back to it to whom it was passed on.",
        sv=f" Det som {name} ska betala tillbaka ger ingen av dem som fått del av det tillbaka till den.",
    )


def _counted(id: str, line: Line, terms: ContractTerms) -> Text:
    excess, each, shared = _excess(line, terms), counted_by_each(line), Text(en="", sv="")
    if len(line.payers) > 1:
        back = _way_back(line, terms)
        also = Text(en=f", and what is {back.en}", sv=f", och det som {back.sv}")
        also = also if _pays_back(line, terms) else Text(en="", sv="")
        shared = Text(
            en=f" What was paid stays as it was shared; what is paid from now on, also for the time before{also.en}, "
            "is shared by the shares that stand here.",
            sv=" Det som är betalt förblir fördelat som det var; det som betalas från och med nu, även för tiden före"
            f"{also.sv}, fördelas efter de andelar som står här.",
        )
    paid = deducted_as(id, terms)
    begins = Text(
        en=f"Of all that is due of the line {id} since the contract began, also in the time of the files before this "
        f"one, only {paid.en} is deducted as paid before, and the terms here, their prices too, also hold for that "
        "time",
        sv=f"Från allt som ska betalas för raden {id} sedan avtalets början, även under filerna före denna, dras bara "
        f"{paid.sv} av som tidigare betalt, och villkoren här, även priserna, gäller också för den tiden",
    )
    return Text(
        en=f"{begins.en}: at the next settlement the difference is due or, where less is due, {excess.en}."
        f"{each.en}{shared.en}",
        sv=f"{begins.sv}: vid nästa avräkning ska skillnaden betalas eller, om mindre ska betalas, {excess.sv}."
        f"{each.sv}{shared.sv}",
    )


def _passed_on(terms: ContractTerms, lines: list[str]) -> Iterator[Text]:
    if not lines:
        return
    name, back = _name(_source(terms), terms), _back_of_passed_on(lines, terms)
    yield Text(
        en=f"What {name} passed on by the files before this one stays as it was shared; what it passes on from now on, "
        f"also for the time before, is shared by the terms here.{back.en}",
        sv=f"Det som {name} fördelat enligt filerna före denna förblir fördelat som det var; det som den fördelar från "
        f"och med nu, även för tiden före, fördelas efter villkoren här.{back.sv}",
    )
