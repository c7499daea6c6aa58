"""With which software a contract is settled, and how far a re-run of its numbers may differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.figures import EstimateFigure, Figure, MeasureFigure
from effekt.contracts.schema import DecimalText, Form, Sha256, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

RERUN_TOLERANCE = Fraction(1, 10**9)  # relative, between machines and library versions
LARGEST_TOLERANCE = Fraction(1, 1000)
_RELEASE = r"[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}"
Release: TypeAlias = Annotated[str, Form(_RELEASE, 'a release of effekt such as "0.1.0"')]
Library: TypeAlias = Literal["python", "numpy", "scipy", "scikit-learn"]
LibraryVersion: TypeAlias = Annotated[
    str, Form(r"[0-9]{1,5}(\.[0-9]{1,5}){0,3}", 'a version, or its beginning, such as "3.11"')
]


class Software(Term):
    """The releases of effekt that the parties agreed on, from one to another, both included.

    `code` is the digest of that one release's own files, and `libraries` the versions of what computes with it. With
    another, what is computed from the data is referred to the parties (`refer`), or stands and is told (`note`).
    """

    from_: Release = Field(alias="from")
    to: Release
    on_other: Literal["refer", "note"]
    code: Sha256 | None = None
    libraries: Annotated[Mapping[Library, LibraryVersion], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Software:
        if _number(self.to) < _number(self.from_):
            raise fault(f"must not be before from, {self.from_}; got {self.to}.", "to")
        if self.code is not None and self.from_ != self.to:
            raise fault(f"is of one release, and from and to are {self.from_} and {self.to}; give one in both.", "code")
        return self

    def agreed(self, version: str) -> bool:
        """Whether a version is one of those agreed on; what is no release is none of them."""
        if re.fullmatch(_RELEASE, version) is None:
            return False
        return _number(self.from_) <= _number(version) <= _number(self.to)

    @property
    def words(self) -> Text:
        """'effekt 0.1.0', 'effekt 0.1.0 to 0.2.3, numpy 2.4 and python 3.11'."""
        libraries = [f"{name} {version}" for name, version in sorted((self.libraries or {}).items())]
        code = "" if self.code is None else f" (SHA-256 {self.code})"
        releases = self._releases
        return Text(
            en=join_words([f"{releases.en}{code}", *libraries], "and"),
            sv=join_words([f"{releases.sv}{code}", *libraries], "och"),
        )

    @property
    def _releases(self) -> Text:
        if self.from_ == self.to:
            return Text(en=f"effekt {self.to}", sv=f"effekt {self.to}")
        return Text(en=f"effekt {self.from_} to {self.to}", sv=f"effekt {self.from_} till {self.to}")

    def parted(self, software: Mapping[str, str]) -> Iterator[Text]:
        """What was agreed on and what was used instead, of each that differs."""
        version, code = software.get("effekt", ""), software.get("code", "")
        if not self.agreed(version):
            releases = self._releases
            yield Text(
                en=f"The contract agrees on {releases.en}, and this was made by effekt {version}.",
                sv=f"Avtalet anger {releases.sv}, och detta är gjort med effekt {version}.",
            )
        if self.code is not None and self.code != code:
            yield Text(
                en=f"The contract agrees on effekt's code with SHA-256 {self.code}, and this was made by {code}.",
                sv=f"Avtalet anger effekts kod med SHA-256 {self.code}, och detta är gjort med {code}.",
            )
        for name, pinned in sorted((self.libraries or {}).items()):
            used = software.get(name)
            if used is not None and used != pinned and not used.startswith(f"{pinned}."):
                yield Text(
                    en=f"The contract agrees on {name} {pinned}, and this was made with {name} {used}.",
                    sv=f"Avtalet anger {name} {pinned}, och detta är gjort med {name} {used}.",
                )


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


def other_software(terms: ContractTerms, software: Mapping[str, str]) -> Text | None:
    """That other software than what was agreed on computed what a certificate states.

    Parameters
    ----------
    terms : ContractTerms
    software : mapping of name to version
        What computed it, as a certificate states it.

    Returns
    -------
    Text or None
        None where it is what was agreed on, and where the contract names none. A library that nothing was computed
        with is not compared.
    """
    parted = [] if terms.software is None else list(terms.software.parted(software))
    if not parted:
        return None
    return Text(en=" ".join(one.en for one in parted), sv=" ".join(one.sv for one in parted))


def without_other_software(
    terms: ContractTerms, figures: Mapping[str, Figure], software: Mapping[str, str]
) -> dict[str, Figure]:
    """The figures, those that are computed from data referred where the contract refers other software's.

    Parameters
    ----------
    terms : ContractTerms
    figures : mapping of figure to Figure
    software : mapping of name to version

    Returns
    -------
    dict of figure to Figure
        Attested figures stand; derived ones are left as they were.
    """
    told, agreed = other_software(terms, software), terms.software
    if told is None or agreed is None or agreed.on_other == "note":
        return dict(figures)
    return {
        id: replace(one, state="referred", value=None, reason=Text(en=f"{id}: {told.en}", sv=f"{id}: {told.sv}"))
        if isinstance(terms.figures[id], (EstimateFigure, MeasureFigure)) and one.state == "determined"
        else one
        for id, one in figures.items()
    }
