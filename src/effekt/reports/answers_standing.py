"""Items A to C of the checklist as a certificate itself answers them: standing, population and data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.locked import Locked, locked
from effekt.certificates.predicate import Pending
from effekt.certificates.signing import is_demo_key, read_public_key
from effekt.contracts.amendments import payers
from effekt.contracts.missing import MISSING_CHECK, WITHIN
from effekt.contracts.model import Analysis
from effekt.contracts.outcome_days import outcome_ends, window_ends
from effekt.contracts.reconciled import reconcile
from effekt.diagnostics.ledger import EVERYONE
from effekt.reports.answers import Found, cannot_tell, digest_of_part, judged, not_asked
from effekt.reports.judging import concluding, paid_by_outcome, stake
from effekt.result import Diagnostic, EffectSet


def checks_of(certificate: Certificate, name: str) -> Iterator[tuple[str, Diagnostic]]:
    """Every check of a name, with its analysis."""
    for id, result in certificate.results.items():
        if isinstance(result, Pending):
            continue
        for one in (result, *(result.effects if isinstance(result, EffectSet) else ())):
            yield from ((id, check) for check in one.diagnostics if check.name == name)


# ------------------------------------------------------------------------------------------------ A. standing


def _other_keys(certificate: Certificate) -> Found:
    """A1: who verifies signs with keys of their own, and is neither a party with a stake nor the same organisation."""
    parties, names, sha = certificate.contract.model.parties, concluding(certificate), certificate.contract.sha256
    if not names:
        return cannot_tell("the contract names nobody who verifies", "avtalet anger ingen som granskar")
    for told in (stake(id, certificate) for id in names):
        if told is not None:
            return Found(verdict="fail", note=told, evidence=sha)
    for id in names:
        if not parties[id].keys:
            return cannot_tell(f"the contract gives {id} no key", f"avtalet anger ingen nyckel för {id}")
        if any(is_demo_key(read_public_key(key)) for key in parties[id].keys):
            return cannot_tell(
                f"the key of {id} is the published demonstration key, which anyone has",
                f"nyckeln för {id} är den publicerade demonstrationsnyckeln, som alla har",
            )
    en, sv = join_words(names, "and"), join_words(names, "och")
    return Found(verdict="pass", note=Text(en=f"{en} has keys of its own", sv=f"{sv} har egna nycklar"), evidence=sha)


def _fee(certificate: Certificate) -> Found:
    """A2: who verifies neither pays nor is paid by the outcome, and the contract says how the fee is set."""
    terms, names, sha = certificate.contract.model, concluding(certificate), certificate.contract.sha256
    if not names:
        return cannot_tell("the contract names nobody who verifies", "avtalet anger ingen som granskar")
    for id in names:
        if paid_by_outcome(id, certificate):
            told = Text(
                en=f"{id} verifies and pays or is paid by the outcome",
                sv=f"{id} granskar och betalar eller får betalt efter utfallet",
            )
            return Found(verdict="fail", note=told, evidence=sha)
    without = [id for id in names if id not in (terms.independence or {})]
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        return cannot_tell(f"the contract does not say how {en} is paid", f"avtalet anger inte hur {sv} får betalt")
    told = Text(en="the contract states the fee under independence", sv="avtalet anger arvodet under independence")
    return Found(verdict="pass", note=told, evidence=sha)


def _lock_digest(certificate: Certificate) -> str | None:
    lock = certificate.plan.lock
    return None if lock is None else hashlib.sha256(lock.encode()).hexdigest()


def _signed_file(certificate: Certificate) -> Found:
    """A3: those who pay and those who are paid have signed a lock of this very file."""
    found, terms, sha = locked(certificate), certificate.contract.model, _lock_digest(certificate)
    if found is None:
        return cannot_tell("no lock of the contract file is here", "ingen låsning av avtalsfilen finns här")
    if not found.stands:
        return Found(
            verdict="fail",
            note=Text(
                en="the lock is of another file, or no party's key signed it",
                sv="låsningen gäller en annan fil, eller är inte undertecknad med någon parts nyckel",
            ),
            evidence=sha,
        )
    payees = {line.payee for line in terms.payment.lines.values()}
    missing = [id for id in terms.parties if id in {*payers(terms), *payees} and id not in found.parties]
    if missing:
        en, sv = join_words(found.parties, "and"), join_words(found.parties, "och")
        return cannot_tell(
            f"the lock of this file is signed by {en}, and not by {join_words(missing, 'and')}",
            f"låsningen av filen är undertecknad av {sv}, och inte av {join_words(missing, 'och')}",
        )
    told = Text(en="all who pay and are paid locked this file", sv="alla som betalar och får betalt har låst filen")
    return Found(verdict="pass", note=told, evidence=sha)


def _amendments(certificate: Certificate) -> Found:
    """A4: everyone who must agree to the last amendment signed its lock; earlier ones are not here."""
    amendment = certificate.contract.model.amendment
    if amendment is None:
        return not_asked("the file amends no earlier one", "filen ändrar ingen tidigare fil")
    found = locked(certificate)
    signers = found.parties if found is not None and found.same else ()
    missing = [id for id in amendment.agreed_by if id not in signers]
    if missing:
        en, sv = join_words(missing, "and"), join_words(missing, "och")
        told = Text(en=f"{en} has not signed it with a key", sv=f"{sv} har inte undertecknat den med en nyckel")
        return Found(verdict="fail", note=told, evidence=certificate.contract.sha256)
    if amendment.number > 1:
        return cannot_tell(
            f"only the last of {amendment.number} amendments is here; verify with --amended",
            f"bara den sista av {amendment.number} ändringar finns här; verifiera med --amended",
        )
    told = Text(en="all who must agree have signed it", sv="alla som ska godkänna den har undertecknat den")
    return Found(verdict="pass", note=told, evidence=_lock_digest(certificate))


def _locked_before(certificate: Certificate) -> Found:
    """A5: a lock of this file, by a party's key, dated before there may be outcome data."""
    found, first = locked(certificate), certificate.contract.model.dates.outcome_data_from
    day = None if found is None or not found.stands else found.date
    before = day is not None and day < first and certificate.plan.locked_before_data
    return judged(
        before,
        _lock_digest(certificate),
        Text(en=f"dated {day}, before {first}", sv=f"daterad {day}, före {first}"),
        _why_not_locked(found, first),
    )


def _why_not_locked(found: Locked | None, first: str) -> Text:
    if found is None:
        return Text(en="no lock was given", sv="ingen låsning har angetts")
    if not found.stands:
        return Text(en="no party locked this very file", sv="ingen part har låst just denna fil")
    return Text(
        en=f"dated {found.date}, and outcome data may exist from {first}",
        sv=f"daterad {found.date}, och utfallsdata kan finnas från {first}",
    )


# ---------------------------------------------------------------------------------------------- B. population


def _eligible(certificate: Certificate) -> Found:
    """B1: criteria on columns that the data lack cannot have been applied; the source list itself is not here."""
    population = certificate.contract.model.population
    criteria = () if population is None else population.eligibility
    if not criteria:
        return cannot_tell(
            "the contract has no criteria by which it could be derived",
            "avtalet har inga villkor som det kan härledas ur",
        )
    for one in criteria:
        held = certificate.data.get(one.data)
        if held is None or one.column not in held.columns:
            told = Text(
                en=f"the data {one.data} have no column {one.column}, by which it is judged",
                sv=f"underlaget {one.data} saknar kolumnen {one.column}, som det avgörs av",
            )
            return Found(verdict="fail", note=told, evidence=digest_of_part(certificate, "data"))
    return cannot_tell(
        "every row was held against the criteria when it was settled; whether all the eligible are there only the "
        "source list can tell",
        "varje rad prövades mot villkoren vid avräkningen; om alla behöriga finns med kan bara källförteckningen visa",
    )


def _cohorts(certificate: Certificate) -> Found:
    """B2: no figure has a value while someone can still come into its cohorts."""
    population = certificate.contract.model.population
    if population is None or not population.cohorts:
        return cannot_tell("the contract closes no cohorts", "avtalet stänger inga kohorter")
    for figure in certificate.figures:
        day = population.closes(figure.id)
        if day is not None and figure.value is not None and certificate.date <= day:
            told = Text(
                en=f"{figure.id} has a value, and its cohort closes on {day}",
                sv=f"{figure.id} har ett värde, och dess kohort stängs {day}",
            )
            return Found(verdict="fail", note=told, evidence=certificate.contract.sha256)
    told = Text(
        en="no figure has a value before its cohorts are closed",
        sv="ingen siffra har ett värde innan dess kohorter stängts",
    )
    return Found(verdict="pass", note=told, evidence=certificate.contract.sha256)


def _flow(certificate: Certificate) -> Found:
    """B3: at every step of the ledger those left and lost are those of the step before; the last are analysed."""
    ledgers = list(checks_of(certificate, "unit_ledger"))
    if not ledgers and certificate.contract.model.ledgers:
        return cannot_tell("the certificate has no unit ledger", "intyget har ingen personredovisning")
    if not ledgers:
        return cannot_tell("the contract asks for no unit ledger", "avtalet kräver ingen personredovisning")
    lacking = ", ".join(id for id in certificate.contract.model.ledgers or {} if id not in dict(ledgers))
    if lacking:
        return cannot_tell(
            f"the certificate has no unit ledger of {lacking}", f"intyget har ingen personredovisning för {lacking}"
        )
    answers = [ledger_closes(id, check, certificate) for id, check in ledgers]
    if None in answers:
        return cannot_tell("counts of the ledger are hidden", "antal i redovisningen är dolda")
    return judged(
        all(answers),
        digest_of_part(certificate, "results"),
        Text(en="the unit ledger closes at every step", sv="personredovisningen går ihop i varje steg"),
        Text(en="the unit ledger does not close", sv="personredovisningen går inte ihop"),
    )


def ledger_closes(id: str, check: Diagnostic, certificate: Certificate) -> bool | None:
    """Whether those left and lost at each step are those of the step before, and the last those who were analysed.

    Parameters
    ----------
    id : str
        The analysis.
    check : Diagnostic
        Its `unit_ledger`.
    certificate : Certificate

    Returns
    -------
    bool or None
        None where counts are hidden.
    """
    columns: Mapping[str, Any] = check.table or {}
    rows = list(zip(*(columns.get(name, ()) for name in ("step", "arm", "kind", "units")), strict=False))
    sample = getattr(certificate.results[id], "sample", None)
    analysed = check.values.get("analysed")
    if not rows or any(units is None for *_, units in rows) or analysed is None or sample is None:
        return None
    before: dict[str, int] | None = None
    for step in dict.fromkeys(row[0] for row in rows):
        left = {arm: n for at, arm, kind, n in rows if (at, kind) == (step, "left")}
        lost: dict[str, int] = {}
        for at, arm, kind, n in rows:
            if (at, kind) == (step, "lost"):
                lost[arm] = lost.get(arm, 0) + n
        if before is not None and not _follows(before, left, lost):
            return False
        before = left
    return before is not None and sum(before.values()) == analysed and sample.n_units in (None, analysed)


def _follows(before: dict[str, int], left: dict[str, int], lost: dict[str, int]) -> bool:
    if set(before) != set(left) or set(lost) - set(left):  # assignment divides those who were one group
        return sum(before.values()) == sum(left.values()) + sum(lost.values())
    return all(before[arm] == left[arm] + lost.get(arm, 0) for arm in left)


def _register(certificate: Certificate) -> Found:
    """B4: a list that was frozen when outcomes could be known may have been chosen by them."""
    population, first = certificate.contract.model.population, certificate.contract.model.dates.outcome_data_from
    register = None if population is None else population.register_
    if register is None:
        return cannot_tell("the contract names no frozen list", "avtalet anger ingen fryst lista")
    if register.frozen >= first:
        told = Text(
            en=f"the list was frozen on {register.frozen}, and outcome data may exist from {first}",
            sv=f"listan frystes {register.frozen}, och utfallsdata kan finnas från {first}",
        )
        return Found(verdict="fail", note=told, evidence=certificate.contract.sha256)
    return cannot_tell(
        f"the list was frozen on {register.frozen}; whether the data are those of the list it alone can tell",
        f"listan frystes {register.frozen}; om data är listans kan bara listan visa",
    )


def _linkage(certificate: Certificate) -> Found:
    """B5: the loss in each arm is shown, and does not differ by more than chance between them."""
    attrition = list(checks_of(certificate, "differential_attrition"))
    by_arm = [
        check
        for _, check in checks_of(certificate, "unit_ledger")
        if {*((check.table or {}).get("arm", ()))} - {EVERYONE, None}
    ]
    if any(check.status in ("warning", "failed") for _, check in attrition):
        told = Text(en="more are lost in one arm than in the other", sv="fler har fallit bort i den ena gruppen")
        return Found(verdict="fail", note=told, evidence=digest_of_part(certificate, "results"))
    if attrition or by_arm:
        told = Text(en="the loss is shown by arm", sv="bortfallet visas per grupp")
        return Found(verdict="pass", note=told, evidence=digest_of_part(certificate, "results"))
    return cannot_tell("no result shows it", "inget resultat visar det")


def _duplicates(certificate: Certificate) -> Found:
    """B6: a ledger with the column of the person is refused where one stands twice."""
    terms = certificate.contract.model.ledgers or {}
    counted = [id for id, _ in checks_of(certificate, "unit_ledger") if id in terms and terms[id].unit is not None]
    if not counted or set(counted) != set(terms):
        return cannot_tell("no ledger names its persons", "ingen personredovisning anger sina personer")
    closes = [ledger_closes(id, check, certificate) for id, check in checks_of(certificate, "unit_ledger")]
    if None in closes:
        return cannot_tell("counts of the ledger are hidden", "antal i redovisningen är dolda")
    return judged(
        all(closes),
        digest_of_part(certificate, "results"),
        Text(en="no person stands twice in the ledger", sv="ingen person står två gånger i redovisningen"),
        Text(en="the ledger has other numbers than were analysed", sv="redovisningen har andra antal än analysen"),
    )


# ---------------------------------------------------------------------------------------------------- C. data


def _digests(certificate: Certificate) -> Found:
    """C1: what the statement is about is what it carries; whether it is the data, only the data can tell."""
    told = {subject.name: subject.sha256 for subject in certificate.statement.subjects}
    carried = {f"data/{id}": one.sha256 for id, one in certificate.data.items()}
    if not certificate.contract.model.data:
        return not_asked("nothing is computed from data", "inget är beräknat ur data")
    if {name: sha for name, sha in told.items() if name.startswith("data/")} != carried or {*certificate.data} != {
        *certificate.contract.model.data
    }.difference(certificate.not_delivered):
        note = Text(
            en="the digests that are signed are not those of the tables that it names",
            sv="de signerade kontrollsummorna är inte de angivna underlagens",
        )
        return Found(verdict="fail", note=note, evidence=digest_of_part(certificate, "data"))
    return cannot_tell(
        "run effekt verify with the data, and answer by its lines data",
        "kör effekt verify med data, och svara efter raderna data",
    )


def _form(certificate: Certificate) -> Found:
    """C2: the delivered tables have the columns that were agreed; their values were held against them when settled."""
    agreed = {id: one.columns for id, one in certificate.contract.model.data.items() if one.columns}
    if not agreed:
        return cannot_tell("the contract agrees on no columns", "avtalet anger inga kolumner")
    evidence = digest_of_part(certificate, "data")
    for id in agreed:
        if id in certificate.not_delivered:
            return cannot_tell(f"the table {id} was not delivered", f"underlaget {id} var inte levererat")
    for id, columns in agreed.items():
        missing = (
            [name for name in columns if name not in certificate.data[id].columns]
            if id in certificate.data
            else [*columns]
        )
        if missing:
            told = Text(en=f"the data {id} lack {missing[0]}", sv=f"underlaget {id} saknar {missing[0]}")
            return Found(verdict="fail", note=told, evidence=evidence)
    told = Text(en="the agreed columns are there", sv="de avtalade kolumnerna finns")
    return Found(verdict="pass", note=told, evidence=evidence)


def _vintage(certificate: Certificate) -> Found:
    """C3: a result says of which edition it is, and where every row does, that is the contract's."""
    agreed = {
        id: one.arguments for id, one in certificate.contract.model.analysis.items() if "vintage" in one.arguments
    }
    if not agreed:
        return cannot_tell("the contract names no edition", "avtalet anger ingen utgåva")
    for id, arguments in agreed.items():
        result = certificate.results.get(id)
        notes = [note.text.en for note in getattr(result, "notes", ()) if note.code == "data_vintage"]
        if not isinstance(result, Pending) and not any(str(arguments["vintage"]) in text for text in notes):
            told = Text(en=f"{id} is not of the agreed edition", sv=f"{id} är inte av den avtalade utgåvan")
            return Found(verdict="fail", note=told, evidence=digest_of_part(certificate, "results"))
    if any("vintage_column" not in arguments for arguments in agreed.values()):
        return cannot_tell("no column of the data states the edition", "ingen kolumn i data anger utgåvan")
    told = Text(en="every row states the agreed edition", sv="varje rad anger den avtalade utgåvan")
    return Found(verdict="pass", note=told, evidence=digest_of_part(certificate, "results"))


def _run_out(certificate: Certificate) -> Found:
    """C4: the certificate is dated when the outcomes of every window were all recorded."""
    if certificate.events is not None and certificate.events.ended is not None:
        return cannot_tell("the contract ended early", "avtalet upphörde i förtid")
    ends = {**outcome_ends(certificate.contract), **window_ends(certificate.contract)}
    if not ends:
        return cannot_tell("no window says when it is", "inget fönster anger när den är det")
    last = max(complete for _, complete in ends.values())
    return judged(
        certificate.date >= last,
        certificate.contract.sha256,
        Text(en=f"complete on {last}", sv=f"fullständiga {last}"),
        Text(
            en=f"complete on {last}; the certificate is dated {certificate.date}",
            sv=f"fullständiga {last}; intyget är daterat {certificate.date}",
        ),
    )


def _totals(certificate: Certificate) -> Found:
    """C5: every total is within what is agreed of its independent source."""
    totals = reconcile(certificate.contract.model, {figure.id: figure for figure in certificate.figures})
    if not totals:
        return cannot_tell("the contract reconciles no total", "avtalet stämmer inte av någon summa")
    if any(one.holds is None for one in totals):
        return cannot_tell("a total or its source has no value", "en summa eller dess källa saknar värde")
    return judged(
        all(one.holds for one in totals),
        digest_of_part(certificate, "settlement"),
        Text(en="every total is within its limit", sv="varje summa är inom sin gräns"),
        Text(en="a total is outside its limit", sv="en summa är utanför sin gräns"),
    )


def _definition(certificate: Certificate) -> Found:
    """C6: a break at a declared date speaks against it; that there is none, no result can show."""
    breaks = [check for _, check in checks_of(certificate, "level_break")]
    if any(check.status in ("warning", "failed") for check in breaks):
        told = Text(en="the level breaks at a declared date", sv="nivån bryts vid ett angivet datum")
        return Found(verdict="fail", note=told, evidence=digest_of_part(certificate, "results"))
    return cannot_tell("only whoever holds the data knows", "det vet bara den som har data")


def _missing(certificate: Certificate) -> Found:
    """C7: no more rows are left out for an empty column than the contract allows; without a limit, none is."""
    analyses = certificate.contract.model.analysis
    if not analyses:
        return not_asked("nothing is computed from data", "inget är beräknat ur data")
    limited = [check for _, check in checks_of(certificate, MISSING_CHECK)]
    evidence = digest_of_part(certificate, "results")
    if any(check.values.get("rows") != WITHIN for check in limited):
        told = Text(en="more are missing than the contract allows", sv="fler saknas än avtalet tillåter")
        return Found(verdict="fail", note=told, evidence=evidence)
    unlimited = {id: one for id, one in analyses.items() if one.most_missing is None}
    if any(_may_leave_out(certificate.results.get(id), one) for id, one in unlimited.items()):
        return cannot_tell(
            "rows are left out, or their number is not known, and the contract sets no limit",
            "rader är uteslutna, eller deras antal är okänt, och avtalet anger ingen gräns",
        )
    told = Text(en="none, or within the contract's limit", sv="inga, eller inom avtalets gräns")
    return Found(verdict="pass", note=told, evidence=evidence)


def _may_leave_out(result: Any, analysis: Analysis) -> bool:
    """Whether rows are left out of a result, or their number is not known and its calls take rows without a value."""
    members = getattr(result, "effects", (result,))
    counts = [getattr(getattr(one, "sample", None), "n_dropped", None) for one in members]
    calls = [one for one in (analysis.arguments, analysis.arguments.get("match")) if isinstance(one, Mapping)]
    refuses = all(one.get("missing") == "raise" for one in calls) and not isinstance(result, Pending | None)
    return any(count != 0 and not (count is None and refuses) for count in counts)


_RISKS = (
    "only the list of the eligible, with what was known of them before, can tell",
    "det kan bara listan över de behöriga visa, med vad som var känt om dem före",
)
_TRACED = (
    "only the sources of units drawn by lot can tell (effekt trace draws them)",
    "det kan bara källorna för lottade enheter visa (effekt trace drar lotten)",
)
STANDING: dict[str, Callable[[Certificate], Found]] = {
    "A1": _other_keys,
    "A2": _fee,
    "A3": _signed_file,
    "A4": _amendments,
    "A5": _locked_before,
    "B1": _eligible,
    "B2": _cohorts,
    "B3": _flow,
    "B4": _register,
    "B5": _linkage,
    "B6": _duplicates,
    "B7": lambda _: cannot_tell(*_RISKS),
    "C1": _digests,
    "C2": _form,
    "C3": _vintage,
    "C4": _run_out,
    "C5": _totals,
    "C6": _definition,
    "C7": _missing,
    "C8": lambda _: cannot_tell(*_TRACED),
}
"""How the items of standing, population and data are answered."""
