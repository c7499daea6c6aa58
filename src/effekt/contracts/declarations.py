"""The declarations file ``effekt/declarations/1``: what a party declares beside the figures.

Deviations from the plan, the verifier's checklist with digests of its evidence, limitations, the days on which tables
were taken out of their sources, and events: the contract
ended early, a comparison was contaminated, a figure is disputed, a source was revised, a table was not delivered. Only
events move amounts, by the contract's own rules. Its bytes travel with the certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import Field, model_validator

from effekt._serialize import canonical_json
from effekt._validation import did_you_mean, join_words
from effekt.contracts.events import Contaminated, Disputed, Ended, NotDelivered, Revised, check_events
from effekt.contracts.model import Contract, ContractTerms, check_contract
from effekt.contracts.reading import check_after_signed, check_of_contract, read_document, read_named
from effekt.contracts.schema import (
    Bilingual,
    ContractId,
    DateText,
    DecimalText,
    EvidenceDigest,
    Form,
    Id,
    Items,
    References,
    Term,
    fault,
    validate,
)
from effekt.contracts.strict_yaml import Document
from effekt.exceptions import ContractError

DECLARATIONS = "effekt/declarations/1"
E = TypeVar("E", Contaminated, Disputed)
CHECKLIST = (
    *("A1", "A2", "A3", "A4", "A5"),
    *("B1", "B2", "B3", "B4", "B5", "B6", "B7"),
    *("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"),
    *("D1", "D2", "D3", "D4", "D5", "D6", "D7"),
    *("E1", "E2", "E3", "E4", "E5", "E6", "E7"),
    *("F1", "F2", "F3", "F4", "F5"),
)
"""What a verifier checks: standing, population, data, analysis, figures and payment, release."""

ChecklistItem: TypeAlias = Annotated[
    str, Form(r"[A-F][1-9]", "an item of the checklist, A1 to F5, such as C1", CHECKLIST.__contains__)
]
ConclusionKind: TypeAlias = Literal["unmodified", "qualified", "adverse", "disclaimer"]
CheckVerdict: TypeAlias = Literal["pass", "fail", "not_applicable", "not_determinable"]


class Approval(Term):
    """Who approved a deviation, and when."""

    by: Annotated[Items[Id], Field(min_length=1)]
    date: DateText


class Deviation(Term):
    """One departure from the locked plan; without `approved` nobody approved it."""

    what: Bilingual
    why: Bilingual
    date: DateText
    approved: Approval | None = None
    effect: Annotated[Mapping[Id, DecimalText | Literal["unknown"]], Field(min_length=1)]


class Checked(Term):
    """The answer to one item of the checklist, with the digest of what it rests on."""

    verdict: CheckVerdict
    evidence: EvidenceDigest | None = None
    note: Bilingual | None = None


class Conclusion(Term):
    """What whoever verifies concludes; a modified conclusion names the items of the checklist that it rests on.

    `qualified` is for what is material but not pervasive, `adverse` for what is both, and `disclaimer` for evidence
    that could not be obtained (ISAE 3000).
    """

    kind: ConclusionKind
    because: Items[ChecklistItem] = ()
    basis: Bilingual | None = None

    @model_validator(mode="after")
    def _check(self) -> Conclusion:
        modified = self.kind != "unmodified"
        for key in ("because", "basis"):
            if bool(getattr(self, key)) != modified:
                what = "is missing, since the conclusion is" if modified else "has no meaning, since the conclusion is"
                raise fault(f"{what} {self.kind}; {'add' if modified else 'remove'} it.", key)
        for item in self.because:
            if self.because.count(item) > 1:
                raise fault(f"names {item} twice; name each item once.", "because")
        return self


class DeclarationTerms(Term):
    """Everything in a declarations file. An empty list of deviations says that there were none.

    `extracted` is the day on which each table was taken out of its source.
    """

    schema_: Literal["effekt/declarations/1"] = Field(alias="schema")
    contract: ContractId
    by: Id
    date: DateText
    deviations: Items[Deviation] | None = None
    checklist: Mapping[ChecklistItem, Checked] | None = None
    limitations: Items[Bilingual] | None = None
    conclusion: Conclusion | None = None
    extracted: Annotated[Mapping[Id, DateText], Field(min_length=1)] | None = None
    ended: Ended | None = None
    contaminated: Items[Contaminated] | None = None
    disputed: Items[Disputed] | None = None
    revised: Items[Revised] | None = None
    not_delivered: Items[NotDelivered] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """A declarations file that has been read.

    Attributes
    ----------
    raw : bytes
        The file as it was read.
    sha256 : str
        Digest of `raw`, in hexadecimal.
    model : DeclarationTerms
        What it declares.
    document : Document
        The lines of its values.
    file : str or None
        Name of the file, for errors; None for one that was parsed from bytes.
    """

    raw: bytes = field(repr=False)
    sha256: str
    model: DeclarationTerms = field(repr=False, compare=False)
    document: Document = field(repr=False, compare=False)
    file: str | None = field(default=None, repr=False, compare=False)


def parse_declarations(raw: bytes) -> Declarations:
    r"""Read a declarations file from its bytes.

    Parameters
    ----------
    raw : bytes
        The file, strict YAML under the schema ``effekt/declarations/1``.

    Returns
    -------
    Declarations
        What it says; whether it fits a contract is checked by `check_declarations`.

    Raises
    ------
    ContractError
        If anything in it is wrong; one sentence with line, place and remedy.

    Examples
    --------
    >>> text = 'schema: effekt/declarations/1\ncontract: c\nby: verifier\ndate: "2022-03-01"\ndeviations: []'
    >>> parse_declarations(text.encode()).model.deviations
    ()
    """
    document = read_document(raw, DECLARATIONS)
    model = validate(DeclarationTerms, document, References.of(document.value))
    return Declarations(raw=raw, sha256=hashlib.sha256(raw).hexdigest(), model=model, document=document)


def read_declarations(path: str | Path, contract: Contract) -> Declarations:
    """Read a declarations file and check it against its contract.

    Parameters
    ----------
    path : str or Path
        The file.
    contract : Contract
        The contract it is about.

    Returns
    -------
    Declarations

    Raises
    ------
    ContractError
        If the file cannot be read, anything in it is wrong or it does not fit the contract.
    ArgumentError
        If `path` is no path, or `contract` not one that has been read.
    """
    check_contract(contract)

    def read(raw: bytes) -> Declarations:
        declarations = replace(parse_declarations(raw), file=Path(path).name)
        check_declarations(contract, declarations)
        return declarations

    return read_named(path, read)


def speaking_against(declarations: Sequence[Declarations]) -> tuple[str, ...]:
    """Digests of every deviation, failed check and event that is declared, by which leaving one out later is told.

    Parameters
    ----------
    declarations : sequence of Declarations

    Returns
    -------
    tuple of str
        Each once, in order. A deviation is the same while its party, its day and what was done are; a failed check is
        while its party and its item are; an event is while its party, its day and what it is about are, so that a
        dispute stays the same when it is decided, and a table that was not delivered when it comes.
    """
    return tuple(sorted({digest for one in declarations for part in _parts(one.model) for digest in _digests(part)}))


def by_names_of(declarations: Sequence[Declarations], terms: ContractTerms) -> dict[str, str | None]:
    """How what is declared is told by a contract file that may no longer have all that it is about.

    Parameters
    ----------
    declarations : sequence of Declarations
        That fit another file of the same contract.
    terms : ContractTerms
        Of the file by which it is told.

    Returns
    -------
    dict of str to (str or None)
        For each digest that `speaking_against` gives that of the same with the names alone that the file has: figures,
        analyses and tables. None where it has none of them, no rule by which an event could be told, or not the party
        that declares it. A failed check is told as it is.
    """
    found: dict[str, str | None] = {}
    for one in declarations:
        for part in _parts(one.model):
            (was,) = _digests(part)
            now = next(_digests(still_there(part, terms)), None) if one.model.by in terms.parties else None
            found[was] = now or found.get(was)
    return found


def still_there(model: DeclarationTerms, terms: ContractTerms) -> DeclarationTerms:
    """What is declared, with the names alone that a contract file has.

    Parameters
    ----------
    model : DeclarationTerms
    terms : ContractTerms

    Returns
    -------
    DeclarationTerms
        Without what names nothing that the file has.
    """
    figures, announced, ended = terms.figures, terms.dates.certificates, model.ended
    disputed = [_only(one, "figures", figures) for one in model.disputed or () if terms.disputes is not None]
    contaminated = [_only(one, "analysis", terms.analysis) for one in model.contaminated or () if terms.termination]
    return model.model_copy(
        update={
            "deviations": [one for one in model.deviations or () if not figures.keys().isdisjoint(one.effect)],
            "ended": None if ended is None or ended.clause not in (terms.termination or {}) else ended,
            "disputed": [one for one in disputed if one.figures],
            "contaminated": [one for one in contaminated if one.analysis],
            "revised": [one for one in model.revised or () if one.data in terms.data],
            "not_delivered": [
                one
                for one in model.not_delivered or ()
                if one.data in terms.data and (not announced or one.date in announced)
            ],
        }
    )


def about_no_more(declarations: Sequence[Declarations], terms: ContractTerms) -> frozenset[str]:
    """The figures, analyses and tables that only such declarations are about of which a contract file has nothing.

    Parameters
    ----------
    declarations : sequence of Declarations
        That fit another file of the same contract.
    terms : ContractTerms
        Of the file that may no longer have them.

    Returns
    -------
    frozenset of str
    """
    parts = [part for one in declarations for part in _parts(one.model)]
    gone = [part for part in parts if next(_digests(still_there(part, terms)), None) is None]
    named = [(*one.figures,) for part in gone for one in part.disputed or ()]
    named += [(*one.effect,) for part in gone for one in part.deviations or ()]
    named += [one.analysis for part in gone for one in part.contaminated or ()]
    named += [(one.data,) for part in gone for one in part.revised or ()]
    named += [(one.data,) for part in gone for one in part.not_delivered or ()]
    return frozenset(id for ids in named for id in ids)


def _only(event: E, key: str, known: Collection[str]) -> E:
    """An event with the names alone that are known."""
    named = getattr(event, key)
    kept = {id: named[id] for id in named if id in known} if isinstance(named, Mapping) else None
    return event.model_copy(update={key: tuple(id for id in named if id in known) if kept is None else kept})


def _parts(model: DeclarationTerms) -> Iterator[DeclarationTerms]:
    """Each deviation, failed check and event by itself."""
    nothing = DeclarationTerms.model_construct(by=model.by, date=model.date)
    for key in ("deviations", "contaminated", "disputed", "revised", "not_delivered"):
        for one in getattr(model, key) or ():
            yield nothing.model_copy(update={key: (one,)})
    for item, checked in (model.checklist or {}).items():
        if checked.verdict == "fail":
            yield nothing.model_copy(update={"checklist": {item: checked}})
    if model.ended is not None:
        yield nothing.model_copy(update={"ended": model.ended})


def _digests(model: DeclarationTerms) -> Iterator[str]:
    for told in _told(model):
        yield hashlib.sha256(canonical_json({"by": model.by, **told}).encode()).hexdigest()


def _told(model: DeclarationTerms) -> Iterator[dict[str, object]]:
    """Each deviation, failed check and event by its day and what it is about."""
    for deviation in model.deviations or ():
        yield {"date": deviation.date, "what": deviation.what.model_dump()}
    for item in model.checklist or ():
        yield {"item": item}
    if model.ended is not None:
        yield {"ended": model.ended.clause, "date": model.ended.date}
    for contaminated in model.contaminated or ():
        yield {"contaminated": sorted(contaminated.analysis), "date": contaminated.date}
    for disputed in model.disputed or ():
        yield {"disputed": sorted(disputed.figures), "date": disputed.date}
    for revised in model.revised or ():
        yield {"revised": revised.data, "was": revised.was}
    for owed in model.not_delivered or ():
        yield {"not_delivered": owed.data, "date": owed.date}


def check_declarations(contract: Contract, *declarations: Declarations) -> None:
    """Refuse declarations that do not fit their contract.

    Parameters
    ----------
    contract : Contract
    *declarations : Declarations
        From one or several parties.

    Raises
    ------
    ContractError
        For another contract, an unknown party or figure, a day before the contract was signed, an approval that comes
        after the declaration, an effect with other digits than its figure, or an item that one party answers
        twice or a conclusion that it declares twice; what two parties answer differently is shown of both.
    """
    answered: dict[tuple[str, ...], Declarations] = {}
    for one in declarations:
        _check_one(contract, one)
        places: list[tuple[str, ...]] = [("checklist", item) for item in one.model.checklist or {}]
        for place in [*places, ("conclusion",)] if one.model.conclusion is not None else places:
            first = answered.setdefault((one.model.by, *place), one)
            if first is not one:
                here, there = (f"{found.file}: " if found.file else "" for found in (one, first))
                also = f" here and in {there.removesuffix(': ')}" if there else ""
                told, keep = (
                    ("answered", "one answer") if len(place) > 1 else ("declared", "one, as a party concludes once")
                )
                raise ContractError(
                    f"{here}{one.document.where(place)} is {told} twice by {one.model.by}{also}; keep {keep}."
                )


def _check_one(contract: Contract, one: Declarations) -> None:
    where, model, terms = one.document.where, one.model, contract.model
    check_of_contract(where(("contract",)), model.contract, terms.id)
    _known(where(("by",)), model.by, terms.parties, "parties")
    check_after_signed(where(("date",)), model.date, terms.dates.signed)
    check_events(terms, model, where)
    for data, day in (model.extracted or {}).items():
        _known(where(("extracted", data)), data, terms.data, "data")
        _check_day(where(("extracted", data)), day, model.date)
    for position, deviation in enumerate(model.deviations or ()):
        place = ("deviations", position)
        _check_day(where((*place, "date")), deviation.date, model.date)
        for id, moved in deviation.effect.items():
            _known(where((*place, "effect", id)), id, terms.figures, "figures")
            digits = len(moved.partition(".")[2])
            if moved != "unknown" and digits > terms.figures[id].digits:
                raise ContractError(
                    f"{where((*place, 'effect', id))} must have at most the {terms.figures[id].digits} decimals of "
                    f"{id}; got {moved}."
                )
        if deviation.approved is not None:
            _check_day(where((*place, "approved", "date")), deviation.approved.date, model.date)
            for number, party in enumerate(deviation.approved.by):
                _known(where((*place, "approved", "by", number)), party, terms.parties, "parties")


def _check_day(where: str, day: str, last: str) -> None:
    if day > last:
        raise ContractError(f"{where} must not be after the day of the declaration, {last}; got {day}.")


def _known(where: str, name: str, known: Mapping[str, object], section: str) -> None:
    if name not in known:
        hint = did_you_mean(name, known) or f" Defined there: {join_words(list(known), 'and')}."
        raise ContractError(f"{where} must be a name under {section} of the contract; got {name}.{hint}")
