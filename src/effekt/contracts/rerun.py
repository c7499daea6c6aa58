"""With which versions of effekt a contract is settled, and how far a re-run of its numbers may differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt._text import Text
from effekt.contracts.figures import EstimateFigure, Figure, MeasureFigure
from effekt.contracts.schema import DecimalText, Form, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

RERUN_TOLERANCE = Fraction(1, 10**9)  # relative, between machines and library versions
LARGEST_TOLERANCE = Fraction(1, 1000)
_RELEASE = r"[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}"
Release: TypeAlias = Annotated[str, Form(_RELEASE, 'a release of effekt such as "0.1.0"')]


class Software(Term):
    """The releases of effekt that the parties agreed on, from one to another, both included.

    With another, what is computed from the data is referred to the parties (`refer`), or stands and is told (`note`).
    """

    from_: Release = Field(alias="from")
    to: Release
    on_other: Literal["refer", "note"]

    @model_validator(mode="after")
    def _check(self) -> Software:
        if _number(self.to) < _number(self.from_):
            raise fault(f"must not be before from, {self.from_}; got {self.to}.", "to")
        return self

    def agreed(self, version: str) -> bool:
        """Whether a version is one of those agreed on; what is no release is none of them."""
        if re.fullmatch(_RELEASE, version) is None:
            return False
        return _number(self.from_) <= _number(version) <= _number(self.to)

    @property
    def words(self) -> Text:
        """'effekt 0.1.0', 'effekt 0.1.0 to 0.2.3'."""
        if self.from_ == self.to:
            return Text(en=f"effekt {self.to}", sv=f"effekt {self.to}")
        return Text(en=f"effekt {self.from_} to {self.to}", sv=f"effekt {self.from_} till {self.to}")


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def check_tolerance(tolerance: DecimalText | None) -> None:
    """Refuse a tolerance below that of machines, or so wide that it would let other results pass.

    Parameters
    ----------
    tolerance : str or None

    Raises
    ------
    PydanticCustomError
        At its place.
    """
    if tolerance is not None and not RERUN_TOLERANCE <= Fraction(tolerance) <= LARGEST_TOLERANCE:
        raise fault(f'must be at least "0.000000001" and at most "0.001"; got {tolerance}.', "tolerance")


def tolerance_of(terms: ContractTerms) -> Fraction:
    """How far a number computed again may differ from the one stated, as a share of it.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    Fraction
        1e-9 where the contract says nothing.
    """
    return RERUN_TOLERANCE if terms.tolerance is None else Fraction(terms.tolerance)


def other_software(terms: ContractTerms, version: str) -> Text | None:
    """That another version than those agreed on computed what a certificate states.

    Parameters
    ----------
    terms : ContractTerms
    version : str
        Of effekt.

    Returns
    -------
    Text or None
        None where it is one of them, and where the contract names none.
    """
    software = terms.software
    if software is None or software.agreed(version):
        return None
    words = software.words
    return Text(
        en=f"The contract agrees on {words.en}, and this was made by effekt {version}.",
        sv=f"Avtalet anger {words.sv}, och detta är gjort med effekt {version}.",
    )


def without_other_software(terms: ContractTerms, figures: Mapping[str, Figure], version: str) -> dict[str, Figure]:
    """The figures, those that are computed from data referred where the contract refers another version's.

    Parameters
    ----------
    terms : ContractTerms
    figures : mapping of figure to Figure
    version : str
        Of effekt.

    Returns
    -------
    dict of figure to Figure
        Attested figures stand; derived ones are left as they were.
    """
    told, software = other_software(terms, version), terms.software
    if told is None or software is None or software.on_other == "note":
        return dict(figures)
    return {
        id: replace(one, state="referred", value=None, reason=Text(en=f"{id}: {told.en}", sv=f"{id}: {told.sv}"))
        if isinstance(terms.figures[id], (EstimateFigure, MeasureFigure)) and one.state == "determined"
        else one
        for id, one in figures.items()
    }
