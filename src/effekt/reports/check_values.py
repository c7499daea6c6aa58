"""What checks of trends, of inferences and of counts call their values; a key may mean another thing in each."""

from __future__ import annotations

from effekt._text import Text
from effekt.diagnostics.inference_choice import NONE, WAYS

_Label = tuple[Text, bool]


def _number(en: str, sv: str) -> _Label:
    return Text(en=en, sv=sv), False


def _share(en: str, sv: str) -> _Label:
    return Text(en=en, sv=sv), True


_P = {f"p_{way}": _number(f"p-value, {name.en}", f"p-värde, {name.sv}") for way, name in WAYS.items()}

OWN_VALUES: dict[str, dict[str, _Label]] = {
    "excluded_periods": {
        "excluded_periods": _number("Periods left out of the windows", "Perioder som undantas ur fönstren"),
        "relative_excluding": _share(
            "Relative change without them, as declared", "Relativ förändring utan dem, enligt avtalet"
        ),
        "relative_nothing_excluded": _share(
            "Relative change with nothing left out", "Relativ förändring med inget undantaget"
        ),
    },
    "inference_choice": {
        "declared": _number("The way that counts", "Det sätt som gäller"),
        **_P,
        "p_none": _number("p-value, without inference", "p-värde, utan osäkerhetsberäkning"),
        "n_rejecting": _number("Ways that reject no effect", "Sätt som förkastar att det inte finns någon effekt"),
        "n_not_rejecting": _number("Ways that do not", "Sätt som inte gör det"),
        "n_cannot_reject": _number("Ways that never can, whatever the data", "Sätt som aldrig kan det, vad data än är"),
        "level": _share("Level of the intervals", "Intervallens nivå"),
        "scale": _number("Intervals are of the", "Intervallen gäller"),
    },
    "rmspe_ratio": {
        "ratio": _number("Gap after over gap before, treated", "Avvikelse efter delad med före, behandlade"),
        "p_value": _number("Rank p-value of it", "Rang-p-värde för den"),
        "exact_p_value": _number("The same as a fraction", "Detsamma som bråk"),
    },
    "prediction_interval": {
        "low": _number("Without the intervention, lowest", "Utan insatsen, lägst"),
        "high": _number("Without the intervention, highest", "Utan insatsen, högst"),
        "counterfactual": _number("Counterfactual", "Kontrafaktiskt"),
        "treated": _number("Outcome of the treated", "De behandlades utfall"),
    },
    "pretrend": {
        "statistic": _number("F statistic", "F-värde"),
    },
    "time_weights": {
        "n_periods": _number("Periods before", "Perioder före"),
        "n_positive": _number("– with weight", "– med vikt"),
    },
    "heaping": {
        "at": _number("Length in days", "Längd i dagar"),
        "count": _number("Spells that ended then", "Perioder som slutade då"),
        "neighbours": _number("Mean of the lengths around it", "Medelvärde för längderna omkring"),
        "ratio": _number("The one over the other", "Det ena genom det andra"),
        "reference_count": _number("The same in the reference window: spells", "Detsamma i referensfönstret: perioder"),
        "reference_ratio": _number("– and over those around", "– och genom dem omkring"),
    },
    "spill_over": {
        "relative_corrected": _share("Relative change, corrected", "Relativ förändring, korrigerad"),
    },
    "adjustment_readings": {
        "relative_corrected": _share(
            "Relative change, corrected for the level", "Relativ förändring, korrigerad för nivån"
        ),
    },
    "romano_wolf": {
        "n_figures": _number("Effects tested together", "Effekter som prövas tillsammans"),
        "n_rejected": _number("– that stand", "– som står sig"),
        "level": _share("Level", "Nivå"),
        "method": _number("Method", "Metod"),
        "n_draws": _number("Draws", "Dragningar"),
        "reference": _number("Drawn from", "Draget ur"),
    },
    "minimum_n": {
        "rows": _number("Rows", "Rader"),
        "units": _number("Units", "Enheter"),
        "treated": _number("Treated units", "Behandlade enheter"),
        "control": _number("Comparison units", "Jämförelseenheter"),
        "clusters": _number("Clusters", "Kluster"),
    },
    "payment_quantity": {
        "figure": _number("Figure", "Siffra"),
        "verdict": _number("Paid for those whom the contract says", "Betalas för dem som avtalet anger"),
    },
    "agreed_limit": {
        "check": _number("Check", "Kontroll"),
        "number": _number("Its number", "Dess tal"),
        "value": _number("Value", "Värde"),
        "min": _number("At least", "Minst"),
        "max": _number("At most", "Högst"),
        "verdict": _number("By the contract", "Enligt avtalet"),
    },
}
"""By check, what its values are called and whether they are shares; of other keys the words that all checks share."""

OWN_WORDS: dict[str, dict[str, Text]] = {
    "inference_choice": {
        **WAYS,
        NONE: Text(en="no inference", sv="ingen osäkerhetsberäkning"),
        "relative": Text(en="relative change", sv="relativ förändring"),
        "difference": Text(en="difference, in the outcome's unit", sv="skillnad, i utfallets enhet"),
    },
    "adjustment_readings": {
        "level_correction": Text(en="corrected for the reference level", sv="korrigerad för referensnivån"),
    },
    "romano_wolf": {
        "romano_wolf": Text(en="Romano–Wolf", sv="Romano–Wolf"),
        "assignments": Text(en="other assignments", sv="andra lottningar"),
        "joint_t": Text(en="a joint t distribution", sv="en gemensam t-fördelning"),
    },
    "minimum_n": {
        "enough": Text(en="as many", sv="så många finns"),
        "fewer": Text(en="not that many", sv="så många finns inte"),
    },
    "payment_quantity": {
        "holds": Text(en="nothing against it", sv="inget talar emot det"),
        "some_unmatched": Text(en="some have no match", sv="några saknar match"),
        "not_the_matched": Text(en="not the matched", sv="inte de matchade"),
        "below_the_enrolled": Text(en="fewer than enrolled", sv="färre än inskrivna"),
    },
    "agreed_limit": {
        "within": Text(en="within the limit", sv="inom gränsen"),
        "outside": Text(en="outside the limit", sv="utanför gränsen"),
        "no_number": Text(en="no such number", sv="talet saknas"),
    },
}
"""By check, what its values say where they are words."""
