"""What is declared beside the figures: level of assurance, responsibilities, deviations from the plan, limitations."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from effekt._calendar import days_after
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations
from effekt.contracts.declarations import Deviation
from effekt.reports.document import Block, Callout, Items, Paragraph, Section, same
from effekt.reports.intentions import level_sentence, responsibility_sentence
from effekt.reports.judging import approved
from effekt.reports.names import figure_mention, party_name
from effekt.reports.wording import joined, number, signed

NO_DEVIATIONS = Text(en="No deviations from the plan were made.", sv="Inga avvikelser från planen har gjorts.")
NOT_DECLARED = Text(
    en="Nobody has declared whether the plan was deviated from.", sv="Ingen har uppgett om planen frångåtts."
)
NOT_APPROVED = Text(en="Nobody approved it.", sv="Ingen har godkänt den.")
APPROVAL_DOES_NOT_COUNT = Text(
    en="That approval does not count: it takes another party without a stake, or both one that pays and one that is "
    "paid.",
    sv="Det godkännandet räknas inte: det krävs en annan part utan eget intresse, eller både en som betalar och en som "
    "får betalt.",
)
_INHERENT = Text(
    en="The certificate says what these data give under this contract. That the data are true, and that the contract's "
    "choices are the right ones, is not concluded.",
    sv="Intyget säger vad dessa data ger enligt detta avtal. Det drar ingen slutsats om att data är sanna eller att "
    "avtalets val är de rätta.",
)


def assurance_section(certificate: Certificate) -> Section | None:
    """With what certainty it is concluded, who answers for what, and until when it can be disputed.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None for a contract that says nothing of it.
    """
    terms = certificate.contract.model
    blocks: list[Block] = []
    if terms.assurance is not None:
        blocks.append(Paragraph(text=level_sentence(terms.assurance, terms), role="lead"))
        blocks.append(Paragraph(text=responsibility_sentence(terms.assurance, terms)))
    blocks += [Paragraph(text=text) for text in _day_sentences(certificate)]
    if not blocks:
        return None
    heading = Text(en="Level of assurance and responsibilities", sv="Säkerhet och ansvar")
    return Section(id="assurance", heading=heading, blocks=tuple(blocks))


def dispute_deadline(certificate: Certificate) -> str | None:
    """The last day on which the certificate can be disputed, YYYY-MM-DD; None where the contract names none."""
    disputes = certificate.contract.model.disputes
    if disputes is None:
        return None
    return days_after(certificate.date, disputes.days)


def _day_sentences(certificate: Certificate) -> Iterator[Text]:
    terms, date = certificate.contract.model, certificate.date
    deadline, due, last = dispute_deadline(certificate), terms.dates.certificate_due, terms.dates.too_late(date)
    if deadline is not None:
        yield Text(en=f"It can be disputed until {deadline}.", sv=f"Det kan bestridas till och med {deadline}.")
    if due is not None and date > due:
        yield Text(
            en=f"The contract asks for the certificate by {due}; it is dated {date}.",
            sv=f"Avtalet kräver intyget senast {due}; det är daterat {date}.",
        )
    if last is not None:
        yield Text(
            en=f"It is dated after the last day to settle, {last}.",
            sv=f"Det är daterat efter sista dag för avräkning, {last}.",
        )
    if certificate.kind == "interim" and terms.interim is not None:
        yield _look(date, [look.at for look in terms.interim])


def _look(date: str, declared: list[str]) -> Text:
    """Whether an interim certificate is one of the looks that the contract declares."""
    if date in declared:
        position = declared.index(date) + 1
        return Text(
            en=f"It is look {position} of the {len(declared)} that the contract declares before the end.",
            sv=f"Det är nummer {position} av de {len(declared)} delavläsningar som avtalet anger.",
        )
    days_en, days_sv = (", ".join(declared) or none for none in ("none", "inga"))
    return Text(
        en=f"The contract does not declare a look on this day; those declared are: {days_en}.",
        sv=f"Avtalet anger ingen delavläsning denna dag; de angivna är: {days_sv}.",
    )


# ------------------------------------------------------------------------------------------------- deviations


def deviations_section(certificate: Certificate) -> Section | None:
    """Every departure from the plan: what, why, when, who approved it and how it moved the figures.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None where nobody declares anything of it, nothing was declared before and the contract states no level of
        assurance.
    """
    declared = [one for one in certificate.declarations if one.model.deviations is not None]
    left_out = len(certificate.left_out)
    if not declared and not left_out and certificate.contract.model.assurance is None:
        return None
    blocks: list[Block] = [Callout(text=_left_out(left_out))] if left_out else []
    for one in declared:
        blocks += _of_one(one, certificate)
    if not declared and not left_out:
        blocks.append(Callout(text=NOT_DECLARED))
    heading = Text(en="Deviations from the plan", sv="Avvikelser från planen")
    return Section(id="deviations", heading=heading, blocks=tuple(blocks))


def _left_out(count: int) -> Text:
    return Text(
        en=f"Deviations, failed checks and events that were declared before, and that this certificate leaves out: "
        f"{count}. Ask for the certificate or the log in which they stand.",
        sv=f"Avvikelser, ej uppfyllda kontroller och händelser som har angetts tidigare, och som saknas i detta intyg: "
        f"{count}. Begär det intyg eller den logg där de står.",
    )


def _of_one(declared: Declarations, certificate: Certificate) -> Iterator[Block]:
    model = declared.model
    by, date = party_name(model.by, certificate), model.date
    yield Paragraph(text=Text(en=f"As {by} declared on {date}:", sv=f"Enligt {by}, {date}:"), role="note")
    if not model.deviations:
        yield Paragraph(text=NO_DEVIATIONS)
    for deviation in model.deviations or ():
        told = tuple(_deviation(deviation, certificate))
        if not approved(deviation, model.by, certificate):
            why = NOT_APPROVED if deviation.approved is None else APPROVAL_DOES_NOT_COUNT
            yield Callout(text=told[0], items=(*told[1:], why))
        else:
            yield Paragraph(text=told[0])
            yield Items(items=told[1:])


def _deviation(deviation: Deviation, certificate: Certificate) -> Iterator[Text]:
    what, why = deviation.what.text, deviation.why.text
    yield Text(en=f"{deviation.date}: {what.en}", sv=f"{deviation.date}: {what.sv}")
    yield Text(en=f"Why: {why.en}", sv=f"Skäl: {why.sv}")
    if deviation.approved is not None:
        names = joined(same(party_name(id, certificate)) for id in deviation.approved.by)
        day = deviation.approved.date
        yield Text(en=f"Approved by {names.en} on {day}.", sv=f"Godkänd av {names.sv} {day}.")
    for id, moved in deviation.effect.items():
        yield _moved(figure_mention(id, certificate.contract.model), moved)


def _moved(name: Text, moved: str) -> Text:
    if moved == "unknown":
        return Text(en=f"How it moved {name.en} is not known.", sv=f"Hur den ändrade {name.sv} är inte känt.")
    if not Decimal(moved):
        return Text(en=f"It did not move {name.en}.", sv=f"Den ändrade inte {name.sv}.")
    by = signed(number(moved), float(moved))
    return Text(en=f"It moved {name.en} by {by.en}.", sv=f"Den ändrade {name.sv} med {by.sv}.")


# ------------------------------------------------------------------------------------------------ limitations


def limitations_section(certificate: Certificate) -> Section | None:
    """What is not concluded: what holds of every certificate, of the designs, and what a party adds.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None where nobody adds anything and the contract states no level of assurance.
    """
    added = [text.text for one in certificate.declarations for text in one.model.limitations or ()]
    if not added and certificate.contract.model.assurance is None:
        return None
    of_design = [limit for found in certificate.evidence for limit in found.limits]
    items = tuple(dict.fromkeys((*of_design, *added)))
    blocks: tuple[Block, ...] = (Paragraph(text=_INHERENT, role="lead"), Items(items=items))
    heading = Text(en="Limitations", sv="Begränsningar")
    return Section(id="limitations", heading=heading, blocks=blocks)
