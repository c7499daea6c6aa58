"""Items D to F of the checklist as a certificate itself answers them: analysis, figures and payment, release."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate, minimum_of, public_form
from effekt.certificates.evidence import ATTRIBUTIONS
from effekt.certificates.predicate import Pending
from effekt.certificates.taking import figures_as_taken, fragile, take_figures
from effekt.contracts import Declarations, Figure, SettledLine, Settlement, complete_figures, settle_figures
from effekt.contracts.clauses import Clause
from effekt.contracts.clauses.clause import Discounted, Escalated, Indexed, WithInterest
from effekt.contracts.figures import AttestedFigure, DerivedFigure
from effekt.contracts.reconciled import for_totals_alone
from effekt.contracts.required_checks import holds
from effekt.exceptions import EffektError
from effekt.reports.answers import Found, cannot_tell, digest_of, digest_of_part, judged, not_asked
from effekt.reports.judging import approved
from effekt.reports.names import party_name
from effekt.reports.signed import declared_unsigned
from effekt.reports.thresholds import thresholds
from effekt.result import is_change

_OVER_TIME = (Escalated, Discounted, Indexed, WithInterest)


def required_checks(certificate: Certificate) -> Iterator[tuple[str, str, bool]]:
    """Whether each check that the contract requires was made and fails in no effect of its analysis.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    (str, str, bool)
        The analysis, the check, and whether it holds.
    """
    for id, analysis in certificate.contract.model.analysis.items():
        result = certificate.results.get(id)
        for name, rule in (analysis.required_checks or {}).items():
            if result is not None and not isinstance(result, Pending):
                yield id, name, holds(name, rule, result, *getattr(result, "effects", ()))


def _results(certificate: Certificate) -> str:
    return digest_of_part(certificate, "results")


def _settled(certificate: Certificate) -> str:
    return digest_of_part(certificate, "settlement")


def _fails(en: str, sv: str, evidence: str | None) -> Found:
    return Found(verdict="fail", note=Text(en=en, sv=sv), evidence=evidence)


def _holds(en: str, sv: str, evidence: str | None) -> Found:
    return Found(verdict="pass", note=Text(en=en, sv=sv), evidence=evidence)


# ------------------------------------------------------------------------------------------------ D. analysis


def _as_locked(certificate: Certificate) -> Found:
    """D1: each result is by the method of the contract's analysis, and the contract's file was locked."""
    analyses = certificate.contract.model.analysis
    if not analyses:
        return not_asked("the contract has no analysis", "avtalet har ingen analys")
    if {*certificate.results} != {*analyses}:
        told = ("the results are of other analyses than the contract's", "resultaten är av andra analyser än avtalets")
        return _fails(*told, _results(certificate))
    for id, result in certificate.results.items():
        made: tuple[Any, ...] = () if isinstance(result, Pending) else getattr(result, "effects", (result,))
        if any(one.method != analyses[id].method for one in made):
            told = (f"{id} is by another method than the contract's", f"{id} är med en annan metod än avtalets")
            return _fails(*told, _results(certificate))
    if certificate.plan.lock is None:
        return cannot_tell("as in the contract, of which no lock is here", "som i avtalet, som ingen låsning finns av")
    return _holds("as in the locked contract file", "som i den låsta avtalsfilen", _results(certificate))


def _deviations(certificate: Certificate) -> Found:
    """D2: a deviation that no other party approved fails it; that a list is whole rests on whoever gives it."""
    listed = [one for one in certificate.declarations if one.model.deviations is not None]
    if not listed:
        return cannot_tell(
            "nobody has declared any, nor that there were none", "ingen har uppgett några, eller att inga fanns"
        )
    evidence = digest_of([one.sha256 for one in listed])
    if certificate.left_out:
        return _fails("some that were declared before are left out", "några som angetts tidigare saknas", evidence)
    each = [(one.model.by, found) for one in listed for found in one.model.deviations or ()]
    if any(found.approved is None for _, found in each):
        return _fails("one is approved by nobody", "en har ingen godkänt", evidence)
    if any(not approved(found, by, certificate) for by, found in each):
        return _fails(
            "one is approved by no other party without a stake, nor by both one that pays and one that is paid",
            "en är inte godkänd av någon annan part utan eget intresse, och inte av både en som betalar och en som får "
            "betalt",
            evidence,
        )
    told = list(dict.fromkeys(_word_on_deviations(one, certificate) for one in listed))
    en, sv = join_words([one.en for one in told], "and"), join_words([one.sv for one in told], "och")
    return cannot_tell(
        f"{en}; that none is missing rests on that word", f"{sv}; att ingen saknas är bara sagt", evidence
    )


def _word_on_deviations(one: Declarations, certificate: Certificate) -> Text:
    by, found = party_name(one.model.by, certificate), one.model.deviations
    en, sv = (by, by)
    if one.model.by in declared_unsigned(certificate):
        en, sv = f"{by}, whose key has not signed here,", f"{by}, vars nyckel inte har undertecknat här,"
    if not found:
        return Text(en=f"{en} declares that there were none", sv=f"{sv} uppger att inga fanns")
    return Text(en=f"{en} declares that each is approved", sv=f"{sv} uppger att var och en är godkänd")


def _elsewhere(certificate: Certificate) -> Found:
    """D3: what another environment gives stands in no certificate."""
    if not certificate.contract.model.data:
        return cannot_tell(
            "run effekt verify in an environment of your own, and answer by its lines figure and line",
            "kör effekt verify i en egen miljö, och svara efter raderna figure och line",
        )
    return cannot_tell(
        "run effekt verify with the data in an environment of your own, and answer by its lines result and recomputed",
        "kör effekt verify med data i en egen miljö, och svara efter raderna result och recomputed",
    )


def _required(certificate: Certificate) -> Found:
    """D4: every check that the contract requires was made and is within its limit."""
    met = list(required_checks(certificate))
    if not any(one.required_checks for one in certificate.contract.model.analysis.values()):
        return not_asked("the contract requires none", "avtalet kräver ingen")
    if not met:
        return cannot_tell("the analysis waits for data", "analysen väntar på data")
    failed = [f"{name} ({id})" for id, name, holds in met if not holds]
    en, sv = join_words(failed, "and"), join_words(failed, "och")
    return judged(
        not failed,
        _results(certificate),
        Text(en="all within their limits", sv="alla inom sina gränser"),
        Text(en=f"fails or was not made: {en}", sv=f"ej uppfylld eller inte gjord: {sv}"),
    )


def _fallbacks(certificate: Certificate) -> Found:
    """D5: the figure that each fallback took is the one that its triggers give again."""
    terms = certificate.contract.model.figures
    ladders = [id for id, term in terms.items() if isinstance(term, DerivedFigure) and term.derived.fallback]
    if not ladders:
        return not_asked("the contract has no fallback", "avtalet har ingen reservmetod")
    stated = {figure.id: figure for figure in certificate.figures}
    try:
        again = complete_figures(certificate.contract, _own(certificate))
    except EffektError:
        again = {}
    return judged(
        all(stated.get(id) is not None and stated.get(id) == again.get(id) for id in ladders),
        _settled(certificate),
        Text(en="as its triggers give it again", sv="så som dess villkor ger den på nytt"),
        Text(en="its triggers give another figure", sv="dess villkor ger en annan siffra"),
    )


def _own(certificate: Certificate) -> dict[str, Figure]:
    """The figures that are not derived."""
    terms = certificate.contract.model.figures
    return {one.id: one for one in certificate.figures if not isinstance(terms.get(one.id), DerivedFigure)}


def _all_outcomes(certificate: Certificate) -> Found:
    """D6: each analysis of the contract has a result or says what it waits for, and each figure stands."""
    terms = certificate.contract.model
    shown = {*certificate.results} == {*terms.analysis} and {one.id for one in certificate.figures} == {*terms.figures}
    return judged(
        shown,
        _settled(certificate),
        Text(
            en="every analysis and figure of the contract stands here",
            sv="avtalets alla analyser och siffror finns här",
        ),
        Text(
            en="an analysis or a figure of the contract is not here",
            sv="någon av avtalets analyser eller siffror saknas",
        ),
    )


def _sensitivity(certificate: Certificate) -> Found:
    """D7: every alternative that the contract prespecifies has its value."""
    alternatives = certificate.contract.model.sensitivity
    if not alternatives:
        return not_asked("the contract prespecifies none", "avtalet anger ingen på förhand")
    values = {figure.id: figure.value for figure in certificate.figures}
    without = [name for name, one in alternatives.items() if any(values.get(id) is None for id in one.replace.values())]
    if without and certificate.settlement.state == "not_yet_determinable":
        return cannot_tell("figures wait for their values", "siffror väntar på sina värden")
    en, sv = join_words(without, "and"), join_words(without, "och")
    return judged(
        not without,
        _settled(certificate),
        Text(en="each has its value", sv="var och en har sitt värde"),
        Text(en=f"without a value: {en}", sv=f"utan värde: {sv}"),
    )


# ------------------------------------------------------------------------------------- E. figures and payment


def _named_statistic(certificate: Certificate) -> Found:
    """E1: each figure is what its definition takes from the signed results and attestations."""
    stated = {figure.id: figure for figure in certificate.figures}
    try:
        again = take_figures(
            certificate.contract,
            certificate.results,
            certificate.attestations,
            date=certificate.date,
            software=certificate.software,
        )
    except (EffektError, KeyError):
        again = {}
    other = [
        id
        for id in certificate.contract.model.figures
        if id not in stated or id not in again or not _equal(stated[id], again[id])
    ]
    en, sv = join_words(other, "and"), join_words(other, "och")
    return judged(
        not other,
        _results(certificate),
        Text(en="each as taken again from the results", sv="var och en som tagen på nytt ur resultaten"),
        Text(en=f"another value than its definition gives: {en}", sv=f"annat värde än definitionen ger: {sv}"),
    )


def _equal(one: Figure, other: Figure) -> bool:
    """Equal; why a public result gives no value may be told in other words than the data gave."""
    return one == (replace(other, reason=one.reason) if one.reason and other.reason else other)


@lru_cache(maxsize=16)
def _again(certificate: Certificate) -> Settlement | None:
    """The settlement that the contract's rules give from the figures; None where they give none."""
    try:
        return settle_figures(certificate.contract, _own(certificate), certificate.events)
    except EffektError:  # figures that are not what the contract declares
        return None


def _rounding(certificate: Certificate) -> Found:
    """E2: every line has the roundings that the rules give, at their places, and is a multiple of the unit."""
    again, quantum = _again(certificate), Fraction(certificate.contract.model.payment.quantum)
    lines = certificate.settlement.lines
    whole = all(line.amount is None or Fraction(line.amount) % quantum == 0 for line in lines)
    return judged(
        whole and again is not None and list(map(_roundings, lines)) == list(map(_roundings, again.lines)),
        _settled(certificate),
        Text(en="each line is rounded where the contract says", sv="varje rad är avrundad där avtalet anger"),
        Text(en="a line is rounded otherwise", sv="en rad är avrundad på annat sätt"),
    )


def _roundings(line: SettledLine) -> list[tuple[int, str | None]]:
    return [(at, step.value) for at, step in enumerate(line.steps) if step.rule == "rounding"]


def _distance(certificate: Certificate) -> Found:
    """E3: no figure is so near a threshold that a re-run within the tolerance would change an amount."""
    if not thresholds(certificate.contract):
        return not_asked("the payment has no threshold", "betalningen har ingen tröskel")
    if not certificate.contract.model.analysis:
        return not_asked("no figure is estimated", "ingen siffra är skattad")
    contract, results = certificate.contract, certificate.results
    try:
        taken = figures_as_taken(contract, results, certificate.attestations, certificate.date)
        near = list(fragile(contract, results, taken))
    except (EffektError, KeyError):
        return cannot_tell("the figures cannot be taken again", "siffrorna kan inte tas på nytt")
    en, sv = join_words(near, "and"), join_words(near, "och")
    return judged(
        not near,
        _results(certificate),
        Text(en="further than the tolerance; in standard errors above", sv="längre än toleransen; i medelfel ovan"),
        Text(en=f"a re-run could change the amount: {en}", sv=f"en omräkning kan ändra beloppet: {sv}"),
    )


def _second_implementation(certificate: Certificate) -> Found:
    """E4: what another implementation gives stands in no certificate."""
    if not certificate.contract.model.analysis:
        return cannot_tell(
            "no figure is computed from data: run effekt verify, and answer by its lines independent, which are of the "
            "payment",
            "ingen siffra är beräknad ur data: kör effekt verify, och svara efter raderna independent, som gäller "
            "betalningen",
        )
    return cannot_tell(
        "run effekt verify with the data, and answer by its lines independent; they are of the figures and of the "
        "payment",
        "kör effekt verify med data, och svara efter raderna independent; de gäller siffrorna och betalningen",
    )


def _limits(certificate: Certificate) -> Found:
    """E5: every step of every line but roundings and shares, and the total, follow from the figures."""
    again = _again(certificate)
    same = again is not None and _steps(again) == _steps(certificate.settlement)
    return judged(
        same,
        _settled(certificate),
        Text(en="every step follows from the figures", sv="varje steg följer av siffrorna"),
        Text(en="a step does not follow from the figures", sv="ett steg följer inte av siffrorna"),
    )


def _steps(settled: Settlement) -> object:
    left_out = ("rounding", "allocation")
    lines = [
        (line.id, line.state, line.amount, [step for step in line.steps if step.rule not in left_out])
        for line in (*settled.lines, *settled.guarantees)
    ]
    return lines, settled.state, settled.total, settled.undisputed, settled.distribution, settled.standings


def _currency(certificate: Certificate) -> Found:
    """E6: the contract's currency, and a value for every index, rate and day that an amount follows."""
    payment, values = certificate.contract.model.payment, {one.id: one.value for one in certificate.figures}
    if certificate.settlement.currency != payment.currency:
        return _fails("another currency than the contract's", "annan valuta än avtalets", _settled(certificate))
    used = sorted({id for line in payment.lines.values() for id in _inputs(line.pays) if id in values})
    settled = _settled(certificate)
    if not used:
        return _holds("the contract's currency, and no index or rate", "avtalets valuta, utan index och ränta", settled)
    without = [id for id in used if values[id] is None]
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        return cannot_tell(f"no value yet of {en}", f"ännu inget värde på {sv}")
    attested = {id for one in certificate.attestations for id in one.model.figures}
    terms = certificate.contract.model.figures
    return judged(
        all(id in attested for id in used if isinstance(terms[id], AttestedFigure)),
        settled,
        Text(
            en="the contract's currency; what it follows is attested", sv="avtalets valuta; det den följer är intygat"
        ),
        Text(en="an index, rate or day is attested by nobody", sv="ett index, en ränta eller en dag är inte intygad"),
    )


def _inputs(clause: Clause) -> Iterator[str]:
    """Figures that a clause over time reads for itself, such as an index number."""
    if isinstance(clause.way, _OVER_TIME):
        yield from clause.way.operands()
    for part in clause.parts:
        yield from _inputs(part)


def _sums(certificate: Certificate) -> Found:
    """E7: shares sum to their lines, lines to the total, receipts to what is passed on; each as the rules give."""
    settled, again = certificate.settlement, _again(certificate)
    lines = (*settled.lines, *settled.guarantees)
    closes = all(
        line.amount is None or _sum(share.amount for share in line.shares) == Fraction(line.amount) for line in lines
    )
    total = _sum(line.amount for line in settled.lines if line.amount is not None)
    closes = closes and settled.total in (None, settled.undisputed) and Fraction(settled.undisputed) == total
    passed = settled.distribution
    if passed is not None and passed.amount is not None:
        closes = closes and _sum(one.amount for one in passed.receipts) == Fraction(passed.amount)
    same = again is not None and [(one.id, one.payee, one.shares) for one in lines] == [
        (one.id, one.payee, one.shares) for one in (*again.lines, *again.guarantees)
    ]
    return judged(
        closes and same,
        _settled(certificate),
        Text(en="what each pays sums to the last unit", sv="vad var och en betalar summerar till sista enheten"),
        Text(
            en="what each pays does not sum, or is shared otherwise",
            sv="summan stämmer inte, eller är fördelad på annat sätt",
        ),
    )


def _sum(amounts: Iterator[str]) -> Fraction:
    return sum(map(Fraction, amounts), Fraction(0))


# ------------------------------------------------------------------------------------------------- F. release


def _disclosure(certificate: Certificate) -> Found:
    """F1: no count below the contract's smallest stands in a result; amounts are judged when it is published."""
    minimum = minimum_of(certificate.contract)
    if not minimum:
        return cannot_tell("the contract sets no smallest count", "avtalet anger inget minsta antal")
    shown = {id: public_form(result, minimum) for id, result in certificate.results.items()}
    if shown != certificate.predicate["results"]:
        return _fails(
            f"a count below {minimum} stands here", f"ett antal under {minimum} står här", _results(certificate)
        )
    return cannot_tell(
        f"no count below {minimum} stands in the results; amounts are judged when a public statement is made",
        f"inget antal under {minimum} står i resultaten; beloppen prövas när ett offentligt intyg görs",
    )


def _words(certificate: Certificate) -> Found:
    """F2: what the contract calls the comparison is no more than the designs of its analyses are."""
    terms = certificate.contract.model
    designs = {id: one for id, one in terms.analysis.items() if id not in for_totals_alone(terms)}
    if not designs and terms.attribution not in ("none", "assumed_baseline"):
        return cannot_tell(
            f"the contract calls it {terms.attribution}; attested figures do not show it",
            f"avtalet kallar det {terms.attribution}; intygade siffror visar det inte",
        )
    more = [
        id
        for id, one in designs.items()
        if terms.attribution not in ATTRIBUTIONS.get(one.method, (terms.attribution,))
        or (is_change(certificate.results.get(id)) and terms.attribution not in ("none", "assumed_baseline"))
    ]
    en, sv = join_words(more, "and"), join_words(more, "och")
    return judged(
        not more,
        certificate.contract.sha256,
        Text(en=f"{terms.attribution}, as the designs are", sv=f"{terms.attribution}, som designerna är"),
        Text(
            en=f"the contract calls it {terms.attribution}, which {en} is not",
            sv=f"avtalet kallar det {terms.attribution}, vilket {sv} inte är",
        ),
    )


def _limitations(certificate: Certificate) -> Found:
    """F3: some limits of the designs, or of a party's own, are stated."""
    added = [text for one in certificate.declarations for text in one.model.limitations or ()]
    silent = [one.model.by for one in certificate.declarations if one.model.limitations == ()]
    if silent:
        return _fails(f"{silent[0]} declares that there are none", f"{silent[0]} uppger att inga finns", None)
    return judged(
        bool(added) or all(found.limits for found in certificate.evidence),
        digest_of([one.sha256 for one in certificate.declarations]),
        Text(en="those of the designs, and what parties add", sv="designernas, och det som parter lägger till"),
        Text(en="none are stated", sv="inga är angivna"),
    )


def _disputes(certificate: Certificate) -> Found:
    """F4: the contract gives time to dispute, which ends before the last day to settle."""
    terms = certificate.contract.model
    if terms.disputes is None:
        return cannot_tell("the contract gives no time to dispute", "avtalet anger ingen tid att bestrida")
    last = str(datetime.date.fromisoformat(certificate.date) + datetime.timedelta(days=terms.disputes.days))
    longstop = terms.dates.longstop
    return judged(
        longstop is None or last <= longstop,
        certificate.contract.sha256,
        Text(en=f"until {last}", sv=f"till och med {last}"),
        Text(
            en=f"until {last}, after the last day to settle, {longstop}",
            sv=f"till och med {last}, efter sista dag för avräkning, {longstop}",
        ),
    )


def _chain(certificate: Certificate) -> Found:
    """F5: it comes after the one whose place it takes, and leaves out nothing that was declared against it before."""
    earlier = certificate.supersedes
    if earlier is None:
        return not_asked("it takes the place of none", "det ersätter inget")
    evidence = earlier.sha256
    if certificate.left_out:
        return _fails("it leaves out what was declared before", "det utelämnar det som angetts tidigare", evidence)
    if certificate.date < earlier.date:
        return _fails(
            "it is dated before the one it takes the place of", "det är daterat före det som det ersätter", evidence
        )
    return cannot_tell("verify with --earlier", "verifiera med --earlier")


RELEASED: dict[str, Callable[[Certificate], Found]] = {
    "D1": _as_locked,
    "D2": _deviations,
    "D3": _elsewhere,
    "D4": _required,
    "D5": _fallbacks,
    "D6": _all_outcomes,
    "D7": _sensitivity,
    "E1": _named_statistic,
    "E2": _rounding,
    "E3": _distance,
    "E4": _second_implementation,
    "E5": _limits,
    "E6": _currency,
    "E7": _sums,
    "F1": _disclosure,
    "F2": _words,
    "F3": _limitations,
    "F4": _disputes,
    "F5": _chain,
}
"""How the items of analysis, figures and payment, and release are answered."""
