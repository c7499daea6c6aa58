"""What a reader of an effect on compliers is told, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from effekt._inference import Randomization, Unavailable
from effekt._text import Text, format_percent
from effekt._validation import plural
from effekt.diagnostics._arrays import p_words
from effekt.exceptions import DataError
from effekt.result import Diagnostic, EffectEstimate, Note
from effekt.roles import Estimand

DETERMINED = Unavailable(
    reason=Text(
        en="Within the arms the outcome follows from what was received without any variation, so there is no standard "
        "error.",
        sv="Inom grupperna följer utfallet av vad som mottagits, utan variation, och därför finns inget medelfel.",
    )
)
AS_ASSIGNED = Unavailable(
    reason=Text(
        en="Everyone received what they were assigned, so the share of compliers does not vary.",
        sv="Alla fick det de lottats till, så andelen följsamma varierar inte.",
    )
)


def estimand_of(itt: EffectEstimate) -> Estimand:
    """The compliers of those that the effect of assignment is about; the chance of the lot is about the units alone."""
    population = itt.estimand.population
    among = "av" if population.sv.startswith("försökets ") else "i"
    return Estimand(
        name="CACE",
        population=Text(en=f"the compliers of {population.en}", sv=f"de följsamma {among} {population.sv}"),
    )


ASSUMPTIONS = Note(
    code="complier_assumptions",
    text=Text(
        en="The effect on compliers assumes that assignment affects the outcome through receipt only, and that nobody "
        "receives the treatment only if not assigned to it; the data cannot show either.",
        sv="Effekten för följsamma förutsätter att lottningen påverkar utfallet enbart genom mottagen insats, och att "
        "ingen får insatsen bara om den inte lottats till den; inget av detta kan visas med data.",
    ),
)


def notes_of(itt: EffectEstimate, first: EffectEstimate, variance: str) -> tuple[Note, ...]:
    """What a reader of the effect on compliers must know: who they are, what it assumes, how its set is made."""
    notes = {"compliers": _who(first), ASSUMPTIONS.code: ASSUMPTIONS.text}
    if first.observed.control == 0:
        notes["one_sided"] = Text(
            en="No control received the treatment, so compliers are all who would receive it if assigned; that nobody "
            "defies the lot needs no assumption.",
            sv="Ingen i kontrollgruppen fick insatsen, så de följsamma är alla som skulle få den om de lottades till "
            "den; att ingen gör tvärtemot lotten behöver inte antas.",
        )
    if any(note.code == "rate" for note in itt.notes):
        notes["exposure_stays"] = _EXPOSURE_STAYS
    notes |= {note.code: note.text for note in itt.notes if note.code == "treated_at_hand"}
    if isinstance(itt.inference, Randomization):
        notes["receipt_by_lot"] = Text(
            en="Interval and p-value are by randomisation, of the outcome less the effect times receipt: exact for an "
            "effect that is the same for all who receive the treatment.",
            sv="Intervall och p-värde bygger på lottningen, för utfallet minus effekten gånger mottagen insats: exakta "
            "för en effekt som är densamma för alla som får insatsen.",
        )
    elif not isinstance(itt.inference, Unavailable):
        notes["anderson_rubin"] = _tested(variance)
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _tested(variance: str) -> Text:
    """How the set is made, and what the standard error is."""
    if variance in _BY_DESIGN:
        named = _BY_DESIGN[variance]
        return Text(
            en=f"Interval and p-value invert the Anderson–Rubin test under {named.en}; the standard error is that of "
            "the ratio by the delta method, and no interval rests on it.",
            sv=f"Intervall och p-värde kommer från Anderson–Rubin-testet med {named.sv}; medelfelet är kvotens enligt "
            "deltametoden, och inget intervall vilar på det.",
        )
    return Text(
        en=f"Interval and p-value invert the Anderson–Rubin test under {variance}; the standard error is that of "
        "two-stage least squares, and no interval rests on it.",
        sv=f"Intervall och p-värde kommer från Anderson–Rubin-testet med {variance}; medelfelet är det från "
        "tvåstegs minsta kvadratmetoden, och inget intervall vilar på det.",
    )


_BY_DESIGN = {
    "between_pair": Text(en="the variance between pairs", sv="variansen mellan paren"),
    "young": Text(
        en="the upper bound of the Horvitz–Thompson variance", sv="den övre gränsen för Horvitz–Thompson-variansen"
    ),
}


DIGITS = 12  # of a share: what lies beyond is rounding, and must not decide which way a half is rounded


def _who(first: EffectEstimate) -> Text:
    shares = (first.estimate, first.counterfactual_mean, 1 - first.treated_mean)
    exact = [round(max(share, 0.0), DIGITS) for share in shares]
    en, sv = ([format_percent(share, lang) for share in exact] for lang in ("en", "sv"))
    return Text(
        en=f"Compliers are {en[0]}; {en[1]} receive the treatment and {en[2]} do not, whatever they are assigned.",
        sv=f"De följsamma är {sv[0]}; {sv[1]} får insatsen och {sv[2]} får den inte, vad de än lottas till.",
    )


SHARE_OF_EXPOSURE = Note(
    code="share_of_exposure",
    text=Text(
        en="Receipt counts by exposure: the shares are the exposure of those who received it over that of all.",
        sv="Mottagen insats räknas efter exponering: andelarna är hur stor del av exponeringen som föll på dem som "
        "fick den.",
    ),
)
_EXPOSURE_STAYS = Text(
    en="That effects of assignment on rates are effects on compliers assumes that assignment does not change exposure.",
    sv="Att effekter av lottningen på kvoter är effekter på följsamma förutsätter att lottningen inte ändrar "
    "exponeringen.",
)
MISSING_OUTCOMES, MISSING_RECEIPT = "missing_outcomes", "missing_receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Whose receipt is missing though nothing else is.

    Attributes
    ----------
    treated, control : (int, int)
        Rows of the arm that lack their receipt and nothing else, and rows that lack nothing else.
    tested : Diagnostic, optional
        The exact test of whether the arms differ in that; none where clusters or unequal chances were assigned, or
        none is missing.
    """

    treated: tuple[int, int]
    control: tuple[int, int]
    tested: Diagnostic | None

    @property
    def count(self) -> int:
        """How many rows lack it."""
        return self.treated[0] + self.control[0]

    def refuse_whole_arm(self, received: str) -> None:
        """Refuse receipt that is unknown of a whole arm, of which no share of compliers can be read."""
        for arm, (lost, count) in (("treated", self.treated), ("control", self.control)):
            if lost and lost == count:
                raise DataError(
                    f"Column {received!r} must be known for some {arm} row; of the {plural(count, f'{arm} row')} whose "
                    "outcome is known none has it. Complete it (0 where nobody of the arm could receive the "
                    "treatment), or use randomized_trial for the effect of assignment alone."
                )


def missing_receipt(unknown: Unknown) -> tuple[Note, Diagnostic]:
    """How many lack their receipt and nothing else, of how many that lack nothing else, in each arm."""
    (lost_treated, n_treated), (lost_control, n_control) = unknown.treated, unknown.control
    chance = _chance(unknown.tested)
    text = Text(
        en=f"Receipt is missing for {lost_treated} of {n_treated} treated and {lost_control} of {n_control} "
        "control rows whose outcome is known; they count in the effect of assignment, but not in the share of "
        "compliers and the effect on them, which are biased if those whose receipt is known differ."
        f"{chance.en}",
        sv=f"Uppgift om mottagen insats saknas för {lost_treated} av {n_treated} rader i behandlingsgruppen och "
        f"{lost_control} av {n_control} i kontrollgruppen vars utfall är känt; de räknas med i effekten av "
        "lottningen, men inte i andelen följsamma och effekten för dem, som blir skeva om de med känd uppgift "
        f"skiljer sig från övriga.{chance.sv}",
    )
    check = Diagnostic(
        name=MISSING_RECEIPT,
        status="warning" if unknown.tested is not None and unknown.tested.status == "warning" else "information",
        statement=text,
        values={
            "n_missing_treated": lost_treated,
            "n_treated": n_treated,
            "n_missing_control": lost_control,
            "n_control": n_control,
            **({} if unknown.tested is None else {"p_value": unknown.tested.values["p_value"]}),
        },
    )
    return Note(code=MISSING_RECEIPT, text=text), check


def _chance(tested: Diagnostic | None) -> Text:
    """What the exact test of the two shares says."""
    p_value = None if tested is None else tested.values["p_value"]
    if tested is None or not isinstance(p_value, float):
        return Text(en="", sv="")
    en, sv = p_words(p_value, "en"), p_words(p_value, "sv")
    if tested.status == "warning":
        return Text(
            en=f" So large a difference between the arms is rare when assignment does not change whose receipt is "
            f"known ({en}).",
            sv=f" En så stor skillnad mellan grupperna är sällsynt när lottningen inte påverkar för vem uppgiften är "
            f"känd ({sv}).",
        )
    return Text(
        en=f" There is no evidence that the arms differ in this ({en}).",
        sv=f" Det finns inget belägg för att grupperna skiljer sig åt i detta ({sv}).",
    )


def _no_bounds(en: str, sv: str) -> Note:
    return Note(
        code="no_complier_bounds",
        text=Text(
            en=f"{en} missing, and how far the effect on compliers could lie from what was seen is not bounded: that "
            "takes two rows of each arm with outcome and receipt, rows that lack one of these but nothing else that "
            "the design rests on and are in no block or pair of one arm, and an outcome that is not counted over an "
            "exposure, since receipt then counts by it.",
            sv=f"{sv} saknas, och hur långt effekten för följsamma kan ligga från det som setts är inte avgränsat: det "
            "kräver två rader i varje grupp med utfall och mottagen insats, rader som saknar något av dessa men inget "
            "annat som uppläggningen vilar på och inte finns i block eller par utan rader i båda grupperna, och ett "
            "utfall som inte räknas över en exponering, eftersom mottagen insats då räknas efter den.",
        ),
    )


NO_BOUNDS = _no_bounds("Outcomes are", "Utfall")
NO_BOUNDS_OF_RECEIPT = _no_bounds("Receipt is", "Uppgift om mottagen insats")
