"""Milestones: a price for each one, paid once for each person who reaches it."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, model_validator

from effekt._text import Text
from effekt.contracts.clauses.over_time import check_whole
from effekt.contracts.figures import Range, Ranges
from effekt.contracts.gates import Amount, Basis, Wording
from effekt.contracts.money import exact_text
from effekt.contracts.schema import DecimalText, FigureId, Items, Operand, Term, fault, is_decimal


class Milestone(Term):
    """How many persons have reached something, and the price for each."""

    figure: FigureId
    pays: DecimalText

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Milestone:
        if Fraction(self.pays) <= 0:
            raise fault(f"must be above 0; got {self.pays}.", "pays")
        check_whole(self.figure, info, "figure")
        return self


class Milestones(Term):
    """A price for each milestone and person, each at most once.

    The counts are of persons since the contract began. A count that is negative, above the number of persons, or on
    a `ladder` above the count of the step before, shows that somebody is counted twice: the amount is referred. On a
    ladder `per_person` is the most that one person gives, however many steps they take.
    """

    rule: ClassVar[str] = "milestones"

    people: Operand
    order: Literal["ladder", "any"]
    steps: Annotated[Items[Milestone], Field(min_length=1)]
    per_person: DecimalText | None = None

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Milestones:
        if not is_decimal(self.people):
            check_whole(self.people, info, "people")
        elif Fraction(self.people) < 0 or Fraction(self.people).denominator != 1:
            raise fault(f"must be a whole number of 0 or more; got {self.people}.", "people")
        names = [step.figure for step in self.steps]
        for position, name in enumerate(names):
            if name in names[:position]:
                raise fault(f"stands twice; got {name}.", "steps", position, "figure")
        self._check_per_person()
        return self

    def _check_per_person(self) -> None:
        """On a ladder the counts show how many persons came how far; in any order they do not show who reached what."""
        if self.per_person is None:
            return
        whole = sum((Fraction(step.pays) for step in self.steps), Fraction(0))
        if Fraction(self.per_person) < 0:
            raise fault(f"must be 0 or more; got {self.per_person}.", "per_person")
        if self.order == "any" and Fraction(self.per_person) < whole:
            raise fault(
                f"must be at least what one person can give, {exact_text(whole)}, since counts do not show who reached "
                f"what; got {self.per_person}. Lower the prices, or make it a ladder.",
                "per_person",
            )

    @property
    def prices(self) -> tuple[Fraction, ...]:
        """What each milestone adds for a person, which on a ladder `per_person` may lower."""
        given = [Fraction(step.pays) for step in self.steps]
        if self.per_person is None:
            return tuple(given)
        reached = [min(whole, Fraction(self.per_person)) for whole in itertools.accumulate(given)]
        return tuple(after - before for before, after in itertools.pairwise([Fraction(0), *reached]))

    def operands(self) -> tuple[str, ...]:
        """The counts, and the number of persons where it is a figure."""
        people = () if is_decimal(self.people) else (self.people,)
        return tuple(dict.fromkeys((*people, *(step.figure for step in self.steps))))

    def amount(self, basis: Basis) -> Amount:
        """Σ price × count; referred when a count cannot be one of persons counted once."""
        missing = basis.missing(self.operands())
        if missing:

            def waiting(say: Wording) -> str:
                names = say.join([say.name(name) for name in missing])
                return say(sv=f"Värde saknas för {names}.", en=f"There is no value for {names}.")

            return Amount(value=None, missing=missing, steps=(basis.step(self.rule, waiting, None),))
        problem = self._problem(basis)
        if problem is not None:
            step = basis.step(self.rule, lambda say: problem.in_language(say.lang), None)
            return Amount(value=None, referred=(problem,), steps=(step,))
        counts = [basis.number(step.figure) or Fraction(0) for step in self.steps]
        value = sum((price * count for price, count in zip(self.prices, counts, strict=True)), Fraction(0))
        lowered = self.prices != tuple(Fraction(step.pays) for step in self.steps)

        def sentence(say: Wording) -> str:
            pieces = [
                f"{say.money(price)} × {say.number(str(count))} ({say.name(step.figure)})"
                for step, price, count in zip(self.steps, self.prices, counts, strict=True)
            ]
            most = ""
            if lowered:
                each = say.money(self.per_person or "0")
                most = say(sv=f", med högst {each} per person", en=f", with at most {each} per person")
            return say(
                sv=f"Varje milstolpe betalas en gång per person{most}: {say.join(pieces)} är {say.money(value)}.",
                en=f"Each milestone is paid once per person{most}: {say.join(pieces)} is {say.money(value)}.",
            )

        return Amount(value=value, steps=(basis.step(self.rule, sentence, value),))

    def _problem(self, basis: Basis) -> Text | None:
        """Which count shows that somebody is counted twice."""
        most, limit = basis.number(self.people) or Fraction(0), self.people
        for step in self.steps:
            count = basis.number(step.figure) or Fraction(0)
            if count < 0:
                return Text(
                    sv=f"{step.figure} är ett antal personer och kan inte vara negativt; parterna avgör.",
                    en=f"{step.figure} counts persons and cannot be negative; the parties decide.",
                )
            if count > most:
                return Text(
                    sv=f"{step.figure} är större än {limit}, så någon är räknad två gånger; parterna avgör.",
                    en=f"{step.figure} is above {limit}, so somebody is counted twice; the parties decide.",
                )
            if self.order == "ladder":
                most, limit = count, step.figure
        return None

    def bounds(self, ranges: Ranges) -> Range:
        """From zero to everybody reaching everything."""
        whole = sum(self.prices, Fraction(0))
        people = Fraction(self.people) if is_decimal(self.people) else ranges[self.people][1]
        return Fraction(0), None if people is None else people * whole

    def terms(self, say: Wording, number: str) -> str:
        """'once for each person and milestone: SEK 700 for each of moves; SEK 7,000 for each of s12'."""
        pieces = [
            say(
                sv=f"{say.money(step.pays)} för var och en i {say.name(step.figure)}",
                en=f"{say.money(step.pays)} for each of {say.name(step.figure)}",
            )
            for step in self.steps
        ]
        people = say.number(self.people) if is_decimal(self.people) else say.name(self.people)
        text = say(
            sv=f"en gång per person och milstolpe, för högst {people} personer: ",
            en=f"once for each person and milestone, for at most {people} persons: ",
        ) + "; ".join(pieces)
        if self.order == "ladder":
            text += say(sv="; varje steg förutsätter det före", en="; each step takes the one before")
        if self.per_person is not None:
            most = say.money(self.per_person)
            text += say(sv=f"; högst {most} per person", en=f"; at most {most} per person")
        return text
