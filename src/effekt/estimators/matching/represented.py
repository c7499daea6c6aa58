"""Whose effect the inference of a matched comparison is for: a population that its units represent, or they at hand."""

from __future__ import annotations

from effekt._inference import Inference, StudentT
from effekt._text import Text
from effekt.result import Note

_WHOSE = {
    "ATT": ("treated units", "de behandlade"),
    "ATC": ("controls", "kontrollerna"),
    "ATE": ("units", "enheterna"),
    "ATO": ("units", "enheterna"),
}
_TOWARDS_EITHER = Text(
    en=", weighted towards those who could have been in either arm",
    sv=", med störst vikt för dem som kunde ha hamnat i endera gruppen",
)
_SETS_AS_HERE = Text(
    en=", divided among the sets as they are", sv=", fördelad på de matchade grupperna som de är fördelade"
)
_AS_THEY_ARE = Text(en="", sv="")


def population_notes(
    inference: Inference, estimand: str, *, population: str = "PATT", weighted: bool = False, within_sets: bool = False
) -> tuple[Note, ...]:
    """The note that says so, where there is inference.

    `within_sets` is of a variance that takes the shares of the sets as fixed.
    """
    if not isinstance(inference, StudentT):
        return ()
    en, sv = _WHOSE[estimand]
    how_en, how_sv = ("compared", "jämförelsen") if weighted else ("matched", "matchningen")
    if population == "SATT":
        text = Text(
            en=f"Standard error, interval and p are for the effect expected of the {how_en} {en} at hand given their "
            "covariates, and not for the effect that these very units had, which may differ from it; they say nothing "
            "about others.",
            sv=f"Medelfel, intervall och p gäller den effekt som är att vänta för {sv} i {how_sv} givet deras "
            "kovariater, och inte den effekt som just dessa enheter fick, som kan vara en annan; de säger inget om "
            "andra.",
        )
    else:
        such = _TOWARDS_EITHER if estimand == "ATO" else _SETS_AS_HERE if within_sets else _AS_THEY_ARE
        text = Text(
            en=f"Standard error, interval and p are for the effect in the population that the {how_en} {en} "
            f"represent{such.en}, and not for the effect on these very units, which may differ from it.",
            sv=f"Medelfel, intervall och p gäller effekten i den population som {sv} i {how_sv} "
            f"representerar{such.sv}, och inte effekten på just dessa enheter, som kan vara en annan.",
        )
    return (Note(code="population", text=text),)
