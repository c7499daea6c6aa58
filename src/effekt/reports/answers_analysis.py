"""Items D of the checklist as a certificate itself answers them: the analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Declarations, complete_figures
from effekt.contracts.check_groups import all_of, groups_of
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.made_checks import nothing_missing
from effekt.contracts.paying import analysis_of
from effekt.contracts.required_checks import NOT_MET, Group, Verdict, why_not_met, worst_of
from effekt.exceptions import EffektError
from effekt.reports.answers import (
    Found,
    cannot_tell,
    digest_of,
    fails,
    holds_with,
    judged,
    not_asked,
    results_digest,
    settlement_digest,
)
from effekt.reports.answers_figures import own_figures
from effekt.reports.judging import approved
from effekt.reports.names import party_name
from effekt.reports.signed import declared_unsigned


def required_checks(certificate: Certificate) -> Iterator[tuple[str, str, Verdict | None, Text | None]]:
    """Why each check that the contract requires is not met in some effect of its analysis.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    (str, str, str or None, Text or None)
        The analysis, the check, whether it fails, warns, was not made or is outside a limit of the contract's own, and
        that in words, with its number; None where it is met in every effect that a figure is taken from, as the figure
        itself is judged, and in none of the others is there anything against it.
    """
    for id, analysis in certificate.contract.model.analysis.items():
        result = certificate.results.get(id)
        for name, rule in (analysis.required_checks or {}).items():
            if result is None or isinstance(result, Pending):
                continue
            found = worst_of(name, rule, (*_groups(id, analysis.method, result, certificate), all_of(result)))
            if found is None:
                yield id, name, None, None
            else:
                verdict, results = found
                yield id, name, verdict, why_not_met(name, rule, verdict, *results)


def _groups(id: str, method: str, result: Any, certificate: Certificate) -> Iterator[Group]:
    """Of each effect of an analysis that a figure is taken from, the results in which its checks may stand."""
    for term in certificate.contract.model.figures.values():
        if isinstance(term, (EstimateFigure, MeasureFigure)) and analysis_of(term) == id:
            yield from groups_of(term, method, result)


def _as_locked(certificate: Certificate) -> Found:
    """D1: each result is by the method of the contract's analysis, and the contract's file was locked."""
    analyses = certificate.contract.model.analysis
    if not analyses:
        return not_asked("the contract has no analysis", "avtalet har ingen analys")
    if {*certificate.results} != {*analyses}:
        told = ("the results are of other analyses than the contract's", "resultaten är av andra analyser än avtalets")
        return fails(*told, results_digest(certificate))
    for id, result in certificate.results.items():
        made: tuple[Any, ...] = () if isinstance(result, Pending) else getattr(result, "effects", (result,))
        if any(one.method != analyses[id].method for one in made):
            told = (f"{id} is by another method than the contract's", f"{id} är med en annan metod än avtalets")
            return fails(*told, results_digest(certificate))
    if certificate.plan.lock is None:
        return cannot_tell("as in the contract, of which no lock is here", "som i avtalet, som ingen låsning finns av")
    return holds_with("as in the locked contract file", "som i den låsta avtalsfilen", results_digest(certificate))


def _deviations(certificate: Certificate) -> Found:
    """D2: a deviation that no other party approved fails it; that a list is whole rests on whoever gives it."""
    listed = [one for one in certificate.declarations if one.model.deviations is not None]
    if not listed:
        return cannot_tell(
            "nobody has declared any, nor that there were none", "ingen har uppgett några, eller att inga fanns"
        )
    evidence = digest_of([one.sha256 for one in listed])
    if certificate.left_out:
        return fails("some that were declared before are left out", "några som angetts tidigare saknas", evidence)
    each = [(one.model.by, found) for one in listed for found in one.model.deviations or ()]
    if any(found.approved is None for _, found in each):
        return fails("one is approved by nobody", "en har ingen godkänt", evidence)
    if any(not approved(found, by, certificate) for by, found in each):
        return fails(
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
    failed = sorted((one for one in met if one[2] is not None), key=lambda one: [*NOT_MET].index(one[2] or "failed"))
    words = dict.fromkeys(why for *_, why in failed if why is not None)
    told = [(said, [f"{name} ({id})" for id, name, _, why in failed if why == said]) for said in words]
    en = "; ".join(f"{said.en}: {join_words(names, 'and')}" for said, names in told)
    sv = "; ".join(f"{said.sv}: {join_words(names, 'och')}" for said, names in told)
    return judged(
        not told,
        results_digest(certificate),
        _with_nothing_missing(certificate),
        Text(en=en, sv=sv),
    )


def _with_nothing_missing(certificate: Certificate) -> Text:
    """That all are within their limits; of each that is not there since nothing is missing, that it is so."""
    said: dict[Text, list[str]] = {}
    for id, analysis in certificate.contract.model.analysis.items():
        result = certificate.results.get(id)
        if result is None or isinstance(result, Pending):
            continue
        for name in analysis.required_checks or {}:
            why = nothing_missing(name, result, *getattr(result, "effects", ()))
            if why is not None:
                said.setdefault(why, []).append(f"{name} ({id})")
    en = [f"{why.en}, so nothing is to be checked: {join_words(names, 'and')}" for why, names in said.items()]
    sv = [f"{why.sv}, så inget finns att kontrollera: {join_words(names, 'och')}" for why, names in said.items()]
    return Text(en="; ".join(["all within their limits", *en]), sv="; ".join(["alla inom sina gränser", *sv]))


def _fallbacks(certificate: Certificate) -> Found:
    """D5: the figure that each fallback took is the one that its triggers give again."""
    terms = certificate.contract.model.figures
    ladders = [id for id, term in terms.items() if isinstance(term, DerivedFigure) and term.derived.fallback]
    if not ladders:
        return not_asked("the contract has no fallback", "avtalet har ingen reservmetod")
    stated = {figure.id: figure for figure in certificate.figures}
    try:
        again = complete_figures(certificate.contract, own_figures(certificate))
    except EffektError:
        again = {}
    return judged(
        all(stated.get(id) is not None and stated.get(id) == again.get(id) for id in ladders),
        settlement_digest(certificate),
        Text(en="as its triggers give it again", sv="så som dess villkor ger den på nytt"),
        Text(en="its triggers give another figure", sv="dess villkor ger en annan siffra"),
    )


def _all_outcomes(certificate: Certificate) -> Found:
    """D6: each analysis of the contract has a result or says what it waits for, and each figure stands."""
    terms = certificate.contract.model
    shown = {*certificate.results} == {*terms.analysis} and {one.id for one in certificate.figures} == {*terms.figures}
    return judged(
        shown,
        settlement_digest(certificate),
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
        settlement_digest(certificate),
        Text(en="each has its value", sv="var och en har sitt värde"),
        Text(en=f"without a value: {en}", sv=f"utan värde: {sv}"),
    )


ANALYSED: dict[str, Callable[[Certificate], Found]] = {
    "D1": _as_locked,
    "D2": _deviations,
    "D3": _elsewhere,
    "D4": _required,
    "D5": _fallbacks,
    "D6": _all_outcomes,
    "D7": _sensitivity,
}
"""How the items of the analysis are answered."""
