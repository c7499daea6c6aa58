"""What a file leaves open of when its certificates are final, and on which data."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.left_open import Undecided, moving_analyses, stated_by
from effekt.contracts.outcome_days import outcome_ends, window_ends
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.scenarios import moving_figures
from effekt.workflow.data.thin_data import PUBLISHED
from effekt.workflow.plan.several_settlements import settled_once

_RUN_OUT = Undecided(
    field="run_out",
    place="dates.run_out",
    text=Text(
        en="The file does not say how many days after the last that counts it takes until all outcomes are recorded, "
        "so none are waited for.",
        sv="Filen anger inte hur många dagar efter den sista som räknas det dröjer innan alla utfall är registrerade, "
        "så inga väntas in.",
    ),
    remedy=Text(
        en="Write it as dates.run_out, 0 where they are recorded at once, before signing.",
        sv="Skriv det som dates.run_out, 0 där de registreras genast, före undertecknandet.",
    ),
)
_DATA_LOCK = Undecided(
    field="data_lock",
    place="dates.data_lock",
    text=Text(
        en="The file does not say when the data are frozen, so a final certificate can come sooner or later, on what "
        "they are by then.",
        sv="Filen anger inte när data låses, så ett slutligt intyg kan komma förr eller senare, på de data som då "
        "finns.",
    ),
    remedy=Text(
        en="Write it as dates.data_lock, before signing.", sv="Skriv det som dates.data_lock, före undertecknandet."
    ),
)
_INTERIM = Undecided(
    field="interim",
    place="interim",
    text=Text(
        en="The file does not say on which days the figures are only looked at, and no day in it keeps a certificate "
        "from being final before the end.",
        sv="Filen anger inte vilka dagar siffrorna bara tas fram, och ingen dag i den hindrar att ett intyg blir "
        "slutligt före slutet.",
    ),
    remedy=Text(
        en="Write them under interim, [] where there are none, or when it is settled under dates.certificates, before "
        "signing.",
        sv="Skriv dem under interim, [] där det inte finns några, eller när avtalet avräknas under dates.certificates, "
        "före undertecknandet.",
    ),
)
_REVISIONS = stated_by(
    field="revisions",
    key="revisions",
    text=Text(
        en="The file does not say what follows when a source is revised after it was used, so what is settled then is "
        "paid on whichever table is given.",
        sv="Filen anger inte vad som följer när en källa revideras efter att den använts, så det som då avräknas "
        "betalas på den tabell som ges.",
    ),
)


def of_when_final(contract: Contract) -> Iterator[Undecided]:
    """What is not stated of run-out, frozen data, looks and revised sources, each where a payment can turn on it.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    terms = contract.model
    if terms.dates.run_out is None and (window_ends(contract) or _ended(contract)):
        yield _RUN_OUT
    if terms.dates.data_lock is None and settled_once(contract) and _grows(contract):
        yield _DATA_LOCK
    if terms.interim is None and _final_on_any_day(contract):
        yield _INTERIM
    if terms.revisions is None and moving_analyses(contract):
        yield _REVISIONS


def _ended(contract: Contract) -> set[str]:
    """The figures that money turns on and of which a day says when their outcomes end."""
    windows, until = window_ends(contract), outcome_ends(contract)
    figures = contract.model.figures
    return {id for id in moving_figures(contract) if id in until or analysis_of(figures[id]) in windows}


def _published(contract: Contract) -> set[str]:
    """The figures that money turns on and that a published study gives, of which there is nothing before."""
    studies = {id for id, one in moving_analyses(contract).items() if one.method == PUBLISHED}
    return {id for id in moving_figures(contract) if analysis_of(contract.model.figures[id]) in studies}


def _grows(contract: Contract) -> bool:
    """Whether money turns on a table that neither its edition nor its seal freezes, and that is no publication."""
    data = contract.model.data
    return any(
        one.method != PUBLISHED and "vintage" not in one.arguments and data[one.data].sealed is None
        for one in moving_analyses(contract).values()
    )


def _final_on_any_day(contract: Contract) -> bool:
    """Whether no window, lock or announced day holds a certificate back, and a line reads no figure that does."""
    terms, held = contract.model, _ended(contract) | _published(contract)
    if window_ends(contract) or terms.dates.data_lock is not None or terms.dates.certificates:
        return False
    read = [set(reading(line, terms.figures)) for line in terms.payment.lines.values()]
    return any(figures and not figures & held for figures in read)
